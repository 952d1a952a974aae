import type { ChipFields } from '../documents/chip-card.ts';
import type { CardAtLane, CardProblem, CardProgress } from './card-state.ts';
import type { LaneState, Passage } from './lane-state.ts';

/** The card on the reader. `problem` of a failed one, `proof` of one that was read. */
export type CardSnapshot = Pick<
  CardAtLane,
  'insertion' | 'photo' | 'photoPending' | 'photoProblem'
> & {
  readonly stage: CardAtLane['stage']['kind'];
  readonly ordinal: number | null;
  readonly progress: CardProgress | null;
  readonly problem: string | null;
  readonly proof: string | null;
  readonly fields: ChipFields | null;
};

export function cardSnapshot(card: CardAtLane): CardSnapshot {
  const { insertion, stage, fields, photo, photoPending, photoProblem } = card;
  return {
    ...{ insertion, fields, photo, photoPending, photoProblem },
    stage: stage.kind === 'reading' && stage.slipped ? 'gone' : stage.kind,
    ordinal: 'ordinal' in stage ? stage.ordinal : null,
    progress: stage.kind === 'reading' ? stage.progress : null,
    problem: stage.kind === 'failed' ? stage.problem : null,
    proof: stage.kind === 'read' ? stage.proof : null,
  };
}

/** What the passer might do next; a card on the reader comes before what a camera sees. Never what was decided (A4). */
export function hintOf({ card, hint }: LaneState, shown: Passage | null): string | null {
  const ofCard = card === null ? null : cardHint(card);
  if (ofCard !== null) return ofCard;
  const wanted = shown?.verdict?.reasons.some(({ code }) => code === 'chip.required') ?? false;
  if (wanted && card === null && shown?.stage.kind === 'held') return 'card-lay';
  return hint?.word ?? null;
}

function cardHint({ stage }: CardAtLane): string | null {
  switch (stage.kind) {
    case 'waiting':
      return null;
    case 'reading':
      return stage.slipped ? 'card-again' : 'card-hold';
    case 'read':
      return 'card-take';
    case 'gone':
      return 'card-again';
    case 'failed':
      return FAILED_HINTS[stage.problem];
    default:
      return stage satisfies never;
  }
}

const FAILED_HINTS: Readonly<Record<CardProblem, string | null>> = {
  // The code of this card is wanted, or its number; the officer sees to it.
  'number-does-not-open': null,
  'more-needed': null,
  'no-application': 'card-take',
  refused: 'card-take',
  spent: 'card-again',
  lost: 'card-again',
  deadline: 'card-again',
  fault: 'card-again',
};
