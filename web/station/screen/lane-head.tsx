import type { ComponentChildren } from 'preact';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { OfficerView } from '../../../src/station/http/shapes.ts';
import { age } from '../../shared/dates.ts';
import { Personal } from '../../shared/personal.tsx';
import { Icon } from './icons.tsx';
import { laneTitle } from './lane-name.ts';
import { useUi } from './ui.ts';

type Props = {
  readonly lane: LaneView;
  readonly dead: boolean;
  readonly officers: readonly OfficerView[];
  readonly nowMs: number;
  readonly globals: ComponentChildren;
  readonly onOpen: (sheet: 'officer' | 'tray' | 'menu') => void;
};

/** Which lane this is, who is in charge, and who waits beside it. */
export function LaneHead({ lane, dead, officers, nowMs, globals, onOpen }: Props) {
  const { t } = useUi();
  return (
    <header class="lane-head">
      <h1 class="lane-title">
        <span class="lane-number">{laneTitle(lane.name, t)}</span>
        <span class="lane-direction">
          <Icon name={`arrow-${lane.direction}`} />
          {t(`direction.${lane.direction}`)}
        </span>
      </h1>
      <button type="button" class="head-button" onClick={() => onOpen('officer')}>
        <Icon name="officer" />
        <span class="clip">{officerLabel(lane.officer, officers, t)}</span>
      </button>
      {lane.parked.length > 0 && !dead && (
        <TrayChip lane={lane} nowMs={nowMs} onOpen={() => onOpen('tray')} />
      )}
      {lane.waiting > 0 && !dead && (
        <span class="waiting">{t('waiting.chip', { count: lane.waiting })}</span>
      )}
      <div class="globals">
        {globals}
        <button
          type="button"
          class="icon-button"
          aria-label={t('menu.label')}
          title={t('menu.label')}
          onClick={() => onOpen('menu')}
        >
          <Icon name="menu" />
        </button>
      </div>
    </header>
  );
}

function officerLabel(
  officer: string | null,
  officers: readonly OfficerView[],
  t: ReturnType<typeof useUi>['t'],
) {
  if (officer === null) return t('officer.none');
  const name = officers.find(({ id }) => id === officer)?.name ?? officer;
  const [before, after] = t('officer.on', { name: '\n' }).split('\n');
  return (
    <>
      {before}
      <Personal value={name} charsMax={24} />
      {after}
    </>
  );
}

function TrayChip({ lane, nowMs, onOpen }: Pick<Props, 'lane' | 'nowMs'> & { onOpen: () => void }) {
  const { t } = useUi();
  const oldestMs = Math.min(...lane.parked.map(({ sinceMs }) => sinceMs));
  const overdue = lane.parked.some((parked) => parked.overdue);
  return (
    <button type="button" class="head-button tray-chip" data-overdue={overdue} onClick={onOpen}>
      <Icon name="flag" />
      <span class="clip">
        {t('tray.chip', { count: lane.parked.length, age: age(nowMs - oldestMs, t) })}
      </span>
      {overdue && <span class="unseen"> {t('tray.overdue')}</span>}
    </button>
  );
}
