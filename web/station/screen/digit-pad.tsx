import { Icon } from './icons.tsx';
import { useKeys, useUi } from './ui.ts';

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

type Props = {
  readonly onDigit: (digit: string) => void;
  readonly onErase: () => void;
  readonly submit: {
    readonly label: string;
    readonly enabled: boolean;
    readonly onPress: () => void;
  };
};

/** Twelve large keys, for gloves; the keyboard's digits do the same. */
export function DigitPad({ onDigit, onErase, submit }: Props) {
  const { t } = useUi();
  useKeys((pressed) => {
    if (pressed.kind === 'character') onDigit(pressed.character);
    else if (pressed.kind === 'erase') onErase();
    else return false;
    return true;
  });
  return (
    <div class="digit-pad">
      {DIGITS.map((digit) => (
        <button key={digit} type="button" class="digit" onClick={() => onDigit(digit)}>
          {digit}
        </button>
      ))}
      <button type="button" class="digit" aria-label={t('keypad.erase')} onClick={onErase}>
        <Icon name="erase" />
      </button>
      <button type="button" class="digit" onClick={() => onDigit('0')}>
        0
      </button>
      <button
        type="button"
        class="digit digit-submit"
        data-kind="primary"
        disabled={!submit.enabled}
        onClick={submit.onPress}
      >
        {submit.label}
      </button>
    </div>
  );
}
