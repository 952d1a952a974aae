import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { age, clockTime } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { Glyph } from '../../shared/glyph.tsx';
import { Personal } from '../../shared/personal.tsx';
import { groupNumber } from '../../shared/personal-number.ts';
import { type ActionButton, trayActionsOf } from '../show/actions.ts';
import { verdictStyle } from '../show/face.ts';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly parked: LaneView['parked'];
  readonly nowMs: number;
  readonly onButton: (button: ActionButton) => void;
  readonly onClose: () => void;
};

/** Everybody who was asked to step aside and is still owed an answer. */
export function TraySheet({ parked, nowMs, onButton, onClose }: Props) {
  const { t } = useUi();
  return (
    <Sheet title={t('sheet.tray')} height="full" onClose={onClose}>
      {parked.length === 0 && <p class="sheet-text">{t('sheet.tray.empty')}</p>}
      <ul class="tray">
        {parked.map((person) => (
          <TrayItem key={person.ordinal} person={person} nowMs={nowMs} onButton={onButton} />
        ))}
      </ul>
    </Sheet>
  );
}

type ItemProps = Pick<Props, 'nowMs' | 'onButton'> & {
  readonly person: LaneView['parked'][number];
};

function TrayItem({ person, nowMs, onButton }: ItemProps) {
  const { t } = useUi();
  const { name, number, sinceMs, overdue } = person;
  const { glyph, tone, word } = verdictStyle(person, person.reasons.includes('register.ageing'));
  return (
    <li class="tray-item" data-tone={tone} data-overdue={overdue}>
      <p class="tray-who">
        <Glyph name={glyph} />
        <strong>{t(word)}</strong>
        {name !== null && <Personal class="subject-name" value={name} />}
        {number !== null && (
          <span class="subject-number">
            <Figures text={groupNumber(number)} />
          </span>
        )}
        <span class="tray-since">
          {t('tray.since', { at: clockTime(sinceMs), age: age(nowMs - sinceMs, t) })}
          {overdue && <strong> · {t('tray.overdue')}</strong>}
        </span>
      </p>
      <div class="tray-actions">
        {trayActionsOf(person).map((button) => (
          <button key={button.action} type="button" class="action" onClick={() => onButton(button)}>
            {t(button.label)}
          </button>
        ))}
      </div>
    </li>
  );
}
