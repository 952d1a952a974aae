import { useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { age } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { groupNumber } from '../../shared/personal-number.ts';
import { isTextKey } from '../../texts/texts.ts';
import { explainNumber, withDigit } from '../input/typed-number.ts';
import { PAPER_REASONS, type ReasonWord } from '../show/actions.ts';
import { openLines, slipText } from '../show/paper.ts';
import { explainedText } from '../show/why.ts';
import { DigitPad } from './digit-pad.tsx';
import { ReasonButtons } from './reason-sheet.tsx';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

type Props = {
  readonly lines: LaneView['paperLines'];
  readonly nowMs: number;
  readonly onNewLine: (reason: ReasonWord) => void;
  readonly onEnter: (slip: string, number: string | null) => void;
  readonly onClose: () => void;
};

/** The paper book: a new line when nothing else is left, and the numbers of its lines once there is time. */
export function PaperSheet({ lines, nowMs, onNewLine, onEnter, onClose }: Props) {
  const { t } = useUi();
  const [slip, setSlip] = useState<string | null>(null);
  if (slip !== null) {
    return (
      <EnterLine
        slip={slip}
        onEnter={(number) => {
          onEnter(slip, number);
          setSlip(null);
        }}
        onBack={() => setSlip(null)}
        onClose={onClose}
      />
    );
  }
  return (
    <Sheet title={t('sheet.paper')} height="full" onClose={onClose}>
      <section class="menu-group" aria-label={t('paper.new')}>
        <h3>{t('paper.new')}</h3>
        <ReasonButtons reasons={PAPER_REASONS} onChoose={onNewLine} />
      </section>
      <p class="sheet-text">{t(lines.length === 0 ? 'paper.empty' : 'paper.explain')}</p>
      <ul class="paper-lines">
        {openLines({ paperLines: lines }).map((line) => (
          <PaperLine key={line.slip} line={line} nowMs={nowMs} onChoose={setSlip} />
        ))}
      </ul>
    </Sheet>
  );
}

type LineProps = {
  readonly line: LaneView['paperLines'][number];
  readonly nowMs: number;
  readonly onChoose: (slip: string) => void;
};

function PaperLine({ line, nowMs, onChoose }: LineProps) {
  const { t } = useUi();
  const reason = `reason.${line.reason}`;
  return (
    <li>
      <button type="button" class="action paper-line" onClick={() => onChoose(line.slip)}>
        <strong>
          <Figures text={slipText(line.slip)} />
        </strong>
        <span>
          {isTextKey(reason) ? t(reason) : line.reason} · {age(nowMs - line.atMs, t)}
        </span>
      </button>
    </li>
  );
}

type EnterProps = {
  readonly slip: string;
  readonly onEnter: (number: string | null) => void;
  readonly onBack: () => void;
  readonly onClose: () => void;
};

function EnterLine({ slip, onEnter, onBack, onClose }: EnterProps) {
  const { t } = useUi();
  const [digits, setDigits] = useState('');
  const typed = explainNumber(digits);
  return (
    <Sheet title={t('paper.typing', { slip: slipText(slip) })} height="full" onClose={onClose}>
      <div class="keypad">
        <div class="keypad-said" role="status">
          <p class="keypad-number" data-empty={digits === ''}>
            {digits === '' ? t('keypad.empty') : <Figures text={groupNumber(digits)} />}
          </p>
          <p class="keypad-explained">{explainedText(digits, t, ' · ')}</p>
          <div class="paper-else">
            <button type="button" class="action" onClick={onBack}>
              {t('paper.back')}
            </button>
            <button type="button" class="action" onClick={() => onEnter(null)}>
              {t('paper.no-number')}
            </button>
          </div>
        </div>
        <DigitPad
          onDigit={(digit) => setDigits((before) => withDigit(before, digit))}
          onErase={() => setDigits((before) => before.slice(0, -1))}
          submit={{
            label: t('paper.submit'),
            enabled: typed.missing === 0,
            onPress: () => onEnter(digits),
          }}
        />
      </div>
    </Sheet>
  );
}
