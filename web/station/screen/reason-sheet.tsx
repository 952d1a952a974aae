import type { ReasonWord } from '../show/actions.ts';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly title: string;
  readonly reasons: readonly ReasonWord[];
  readonly onChoose: (reason: ReasonWord) => void;
  readonly onClose: () => void;
};

/** One tap says why. */
export function ReasonSheet({ title, reasons, onChoose, onClose }: Props) {
  return (
    <Sheet title={title} height="low" onClose={onClose}>
      <ReasonButtons reasons={reasons} onChoose={onChoose} />
    </Sheet>
  );
}

export function ReasonButtons({ reasons, onChoose }: Pick<Props, 'reasons' | 'onChoose'>) {
  const { t } = useUi();
  return (
    <div class="reasons">
      {reasons.map((reason) => (
        <button key={reason} type="button" class="action" onClick={() => onChoose(reason)}>
          {t(`reason.${reason}`)}
        </button>
      ))}
    </div>
  );
}
