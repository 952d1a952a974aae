import { useEffect, useState } from 'preact/hooks';
import type { LaneOpeningsView, OpeningsView } from '../../../src/station/http/openings-shape.ts';
import type { OfficerView } from '../../../src/station/http/shapes.ts';
import { clockSeconds, since } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { Personal } from '../../shared/personal.tsx';
import {
  beforeTexts,
  type Opening,
  openingFacts,
  openingWord,
  unlisted,
} from '../show/openings.ts';
import { laneTitle } from './lane-name.ts';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

const NAME_CHARS_MAX = 40;

type Props = {
  /** The lane it was opened at comes first. */
  readonly lane: string;
  /** Changes when there is more to tell. */
  readonly version: string;
  readonly officers: readonly OfficerView[];
  readonly nowMs: number;
  readonly onClose: () => void;
};

/** What the shift's leader wants to have explained, of every lane (security A6). Nobody who passed is named in it. */
export function OpeningsSheet({ lane, version, officers, nowMs, onClose }: Props) {
  const { t } = useUi();
  const { openings, retry } = useOpenings(version);
  const lanes = typeof openings === 'string' ? [] : openings.lanes;
  const ordered = [...lanes].sort(
    (one, other) => Number(other.id === lane) - Number(one.id === lane),
  );
  return (
    <Sheet title={t('sheet.openings')} height="full" onClose={onClose}>
      {openings === 'loading' && <p class="sheet-text">{t('openings.loading')}</p>}
      {openings === 'failed' && (
        <>
          <p class="problem" role="alert">
            {t('openings.failed')}
          </p>
          <button type="button" class="action" onClick={retry}>
            {t('openings.retry')}
          </button>
        </>
      )}
      {ordered.map((each) => (
        <LaneOpenings
          key={each.id}
          lane={each}
          named={lanes.length > 1}
          officers={officers}
          nowMs={nowMs}
        />
      ))}
    </Sheet>
  );
}

function useOpenings(version: string) {
  const { api } = useUi();
  const [openings, setOpenings] = useState<OpeningsView | 'loading' | 'failed'>('loading');
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let gone = false;
    void api.openings().then((answer) => {
      if (!gone) setOpenings(answer ?? 'failed');
    });
    return () => {
      gone = true;
    };
  }, [api, version, asked]);
  return { openings, retry: () => setAsked((times) => times + 1) };
}

type LaneProps = Pick<Props, 'officers' | 'nowMs'> & {
  readonly lane: LaneOpeningsView;
  readonly named: boolean;
};

function LaneOpenings({ lane, named, officers, nowMs }: LaneProps) {
  const { t } = useUi();
  const { name, shifts, listedSinceMs, before } = lane;
  const at = since(listedSinceMs, nowMs);
  const counted = beforeTexts(before ?? [], nowMs, t);
  const older = counted.length === 0 ? 'openings.listed-since.none' : 'openings.listed-since';
  return (
    <section class="openings" aria-label={t('openings.lane', { name: laneTitle(name, t) })}>
      {named && <h3 class="openings-lane">{laneTitle(name, t)}</h3>}
      {shifts.map((shift) => (
        <ShiftOpenings key={shift.sinceMs} shift={shift} officers={officers} nowMs={nowMs} />
      ))}
      <p class="sheet-text">{t(before === null ? 'openings.before.unknown' : older, { at })}</p>
      {counted.map((text) => (
        <p key={text} class="openings-before">
          {text}
        </p>
      ))}
    </section>
  );
}

type ShiftProps = Pick<Props, 'officers' | 'nowMs'> & {
  readonly shift: LaneOpeningsView['shifts'][number];
};

function ShiftOpenings({ shift, officers, nowMs }: ShiftProps) {
  const { t } = useUi();
  const { officer, sinceMs, untied, overridden, listed } = shift;
  const at = since(sinceMs, nowMs);
  const older = unlisted(shift);
  return (
    <>
      <h4 class="openings-shift">
        <Named
          text={t(officer === null ? 'openings.shift.nobody' : 'openings.shift', {
            at,
            name: '\n',
          })}
          officer={officer}
          officers={officers}
        />
        <span class="openings-count">{t('openings.shift.count', { untied, overridden })}</span>
      </h4>
      {listed.length === 0 && <p class="sheet-text">{t('openings.none')}</p>}
      <ul class="opening-list">
        {listed.map((opening, index) => (
          <OpeningRow key={listed.length - index} opening={opening} officers={officers} />
        ))}
      </ul>
      {older > 0 && <p class="sheet-text">{t('openings.more', { count: older })}</p>}
    </>
  );
}

function OpeningRow({
  opening,
  officers,
}: Pick<Props, 'officers'> & { readonly opening: Opening }) {
  const { t } = useUi();
  const { atMs, officer, takenBack } = opening;
  return (
    <li class="opening" data-taken-back={takenBack}>
      <time class="opening-at">
        <Figures text={clockSeconds(atMs)} />
      </time>
      <strong class="opening-what">{openingWord(opening, t)}</strong>
      <span class="opening-facts">
        {officer === null ? (
          t('opening.nobody')
        ) : (
          <Named text={'\n'} officer={officer} officers={officers} />
        )}
        {openingFacts(opening, t).map((fact) => ` · ${fact}`)}
      </span>
    </li>
  );
}

type NamedProps = {
  /** A line end stands where the name belongs. */
  readonly text: string;
  readonly officer: string | null;
  readonly officers: readonly OfficerView[];
};

/** An officer's name inside a text; one that is no more on the list is named by the id in the journal. */
function Named({ text, officer, officers }: NamedProps) {
  const [before, after] = text.split('\n');
  if (officer === null || after === undefined) return <span>{before}</span>;
  const name = officers.find(({ id }) => id === officer)?.name ?? officer;
  return (
    <span>
      {before}
      <Personal value={name} charsMax={NAME_CHARS_MAX} />
      {after}
    </span>
  );
}
