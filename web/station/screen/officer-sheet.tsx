import { useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { OfficerView } from '../../../src/station/http/shapes.ts';
import { since } from '../../shared/dates.ts';
import { Personal } from '../../shared/personal.tsx';
import { displayable } from '../../shared/personal-text.ts';
import { withDigit } from '../input/typed-number.ts';
import type { Answer } from '../state/station-api.ts';
import { DigitPad } from './digit-pad.tsx';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';
import { useProblem } from './use-problem.ts';

const PIN_DIGITS_MAX = 12;
const NAME_CHARS_MAX = 40;

type Props = {
  readonly officers: readonly OfficerView[];
  readonly current: string | null;
  readonly openings: LaneView['openings'];
  readonly nowMs: number;
  readonly onOpenings: () => void;
  readonly signIn: (officer: string | null, pin: string | null) => Answer;
  readonly onClose: () => void;
};

/** Who takes the shift: a name, then a PIN where the station asks for one. */
export function OfficerSheet(props: Props) {
  const { officers, current, openings, nowMs, signIn, onOpenings, onClose } = props;
  const { t } = useUi();
  const [chosen, setChosen] = useState<OfficerView | null>(null);
  const { problem, tell } = useProblem();
  const enter = (officer: string | null, pin: string | null) => {
    void signIn(officer, pin).then((refusal) => {
      tell(refusal);
      if (refusal === null) onClose();
    });
  };
  const title =
    chosen === null
      ? t('sheet.officer')
      : t('sheet.pin', { name: displayable(chosen.name, NAME_CHARS_MAX) });
  return (
    <Sheet title={title} height="full" onClose={onClose}>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {chosen === null ? (
        <>
          <p class="sheet-text">
            {officers.length === 0 ? t('sheet.officer.none') : t('officer.explain')}
          </p>
          <div class="reasons">
            {officers.map((officer) => (
              <button
                key={officer.id}
                type="button"
                class="action"
                aria-current={officer.id === current}
                onClick={() => setChosen(officer)}
              >
                <Personal value={officer.name} charsMax={NAME_CHARS_MAX} />
              </button>
            ))}
            {current !== null && (
              <button
                type="button"
                class="action"
                data-kind="quiet"
                onClick={() => enter(null, null)}
              >
                {t('officer.sign-out')}
              </button>
            )}
          </div>
          <Handing openings={openings} nowMs={nowMs} onOpenings={onOpenings} />
        </>
      ) : (
        <PinPad onEnter={(pin) => enter(chosen.id, pin)} />
      )}
    </Sheet>
  );
}

/** What is to be explained before a shift is handed over, and what whoever takes it over ought to ask. */
function Handing({
  openings,
  nowMs,
  onOpenings,
}: Pick<Props, 'openings' | 'nowMs' | 'onOpenings'>) {
  const { t } = useUi();
  const { sinceMs, untied, overridden, beforeStart } = openings;
  const count = untied + (beforeStart ?? 0);
  return (
    <section class="handing">
      <p class="sheet-text">
        {t('openings.summary', { at: since(sinceMs, nowMs), untied, overridden })}
        {beforeStart === 0 ? '' : ` ${t('openings.summary.before', { count: beforeStart ?? '?' })}`}
      </p>
      <button type="button" class="action" data-kind="quiet" onClick={onOpenings}>
        {count === 0 ? t('openings.open') : t('openings.open.count', { count })}
      </button>
    </section>
  );
}

function PinPad({ onEnter }: { readonly onEnter: (pin: string | null) => void }) {
  const { t } = useUi();
  const [pin, setPin] = useState('');
  return (
    <div class="keypad">
      <div class="keypad-said">
        <p class="keypad-number" data-empty={pin === ''}>
          {pin === '' ? '····' : '•'.repeat(pin.length)}
        </p>
      </div>
      <DigitPad
        onDigit={(digit) => setPin((before) => withDigit(before, digit, PIN_DIGITS_MAX))}
        onErase={() => setPin((before) => before.slice(0, -1))}
        submit={{
          label: t('officer.enter'),
          enabled: true,
          onPress: () => onEnter(pin === '' ? null : pin),
        }}
      />
    </div>
  );
}
