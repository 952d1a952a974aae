import { useState } from 'preact/hooks';
import { Figures } from '../../shared/figures.tsx';
import { Glyph } from '../../shared/glyph.tsx';
import { groupNumber } from '../../shared/personal-number.ts';
import type { Translate } from '../../texts/texts.ts';
import {
  explainNumber,
  NUMBER_DIGITS,
  type TypedNumber,
  withDigit,
} from '../input/typed-number.ts';
import type { Face } from '../show/face.ts';
import { explainedText } from '../show/why.ts';
import { DigitPad } from './digit-pad.tsx';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly face: Face;
  readonly onPresent: (number: string) => void;
  /** Nothing can be typed either: the paper book is left. */
  readonly onPaper: () => void;
  readonly onClose: () => void;
};

/** The number by hand. It says whose number it would be while it is typed, so that a slip is seen before it counts. */
export function KeypadSheet({ face, onPresent, onPaper, onClose }: Props) {
  const { t } = useUi();
  const [digits, setDigits] = useState('');
  const typed = explainNumber(digits);
  const look = () => {
    onPresent(digits);
    onClose();
  };
  return (
    <Sheet title={t('sheet.keypad')} height="full" onClose={onClose}>
      <div class="keypad">
        <div class="keypad-said" role="status">
          <p class="keypad-number" data-empty={digits === ''}>
            {digits === '' ? t('keypad.empty') : <Figures text={groupNumber(digits)} />}
            <span class="keypad-rest" aria-hidden="true">
              {groupNumber(digits.padEnd(NUMBER_DIGITS, '•')).slice(groupNumber(digits).length)}
            </span>
          </p>
          <p class="keypad-explained">{explainedText(digits, t, ' · ')}</p>
          <p class="keypad-hint">{hintOf(typed, t)}</p>
          {face.passage !== null && (
            <p class="keypad-face" data-tone={face.tone}>
              <Glyph name={face.glyph} /> {face.word}
            </p>
          )}
          {digits === '' && (
            <button type="button" class="action keypad-paper" onClick={onPaper}>
              {t('action.paper')}
            </button>
          )}
        </div>
        <DigitPad
          onDigit={(digit) => setDigits((before) => withDigit(before, digit))}
          onErase={() => setDigits((before) => before.slice(0, -1))}
          submit={{ label: t('keypad.submit'), enabled: typed.missing === 0, onPress: look }}
        />
      </div>
    </Sheet>
  );
}

function hintOf({ digits, missing, maybeOld }: TypedNumber, t: Translate): string {
  if (maybeOld) return t('keypad.nine');
  return digits === '' || missing === 0 ? '' : t('keypad.rest', { count: missing });
}
