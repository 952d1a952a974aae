import { useRef } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { Glyph } from '../../shared/glyph.tsx';
import { forward, type Progress } from '../show/card-progress.ts';
import type { Face } from '../show/face.ts';
import { CardAside } from './card-aside.tsx';
import { FaceChips } from './face-chips.tsx';
import { laneTitle } from './lane-name.ts';
import { Preview } from './preview.tsx';
import { SubjectLines } from './subject-lines.tsx';
import { useUi } from './ui.ts';

/** Words shorter than this are not made any larger. */
const WORD_CHARS_MIN = 8;
/** A face has room for the worst reason and one more; the rest is in the details. */
const REASONS_SHOWN = 2;

type Props = {
  readonly face: Face;
  readonly lane: LaneView | null;
  readonly onDetails?: () => void;
};

/** The lane's answer: shape, word, who, why, what to do. Nothing here moves for attention. */
export function FacePanel({ face, lane, onDetails }: Props) {
  const { t } = useUi();
  const { passage } = face;
  const release = lane?.mode === 'release' && passage === null && face.tone !== 'dead';
  return (
    <main
      class="face"
      data-tone={face.tone}
      data-person={passage !== null}
      aria-label={lane === null ? undefined : t('lane.answer', { name: laneTitle(lane.name, t) })}
    >
      <div class="face-in">
        <div class="face-glyph">
          <Glyph name={face.glyph} left={face.rest?.share ?? 1} />
          {face.rest !== null && face.glyph === 'ring' && (
            <span class="face-rest">{Math.ceil(face.rest.ms / 1_000)}</span>
          )}
        </div>
        <div class="face-status" role="status" aria-atomic="true">
          <div class="face-top">
            <p
              class="face-word"
              style={{ '--chars': Math.max(WORD_CHARS_MIN, [...face.word].length) }}
            >
              {face.word}
            </p>
            {passage !== null && <SubjectLines passage={passage} />}
            {release && (
              <p class="face-count">
                <strong>{lane.released}</strong> {t('mode.release.count')}
              </p>
            )}
          </div>
          <div class="face-lines">
            <Sentences face={face} />
            {passage !== null && (
              <FaceChips
                passage={passage}
                proof={face.proof}
                healthPhone={lane?.healthPhone ?? null}
                {...(onDetails === undefined ? {} : { onDetails })}
              />
            )}
          </div>
        </div>
        {lane !== null && <Beside face={face} lane={lane} />}
      </div>
    </main>
  );
}

/** The card while the answer is about it; else the camera's view. */
function Beside({ face, lane }: { readonly face: Face; readonly lane: LaneView }) {
  const { passage, card } = face;
  const progress = useRef<Progress | null>(null);
  progress.current = forward(progress.current, lane.card);
  const share = progress.current?.share ?? 0;
  return card !== null && (passage !== null || card.stage === 'reading') ? (
    <CardAside lane={lane.id} card={card} share={share} proven={face.proof?.look === 'genuine'} />
  ) : (
    <Preview lane={lane} dead={face.tone === 'dead'} />
  );
}

function Sentences({ face: { why, action } }: { readonly face: Face }) {
  const { t } = useUi();
  return (
    <>
      {why.slice(0, REASONS_SHOWN).map((sentence) => (
        <p key={sentence} class="face-why">
          {sentence}
        </p>
      ))}
      {why.length > REASONS_SHOWN && (
        <p class="face-more">{t('why.more', { count: why.length - REASONS_SHOWN })}</p>
      )}
      {action !== null && <p class="face-do">{action}</p>}
    </>
  );
}
