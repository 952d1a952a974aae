import { type CardAtLane, type CardStage, STARTING } from './card-state.ts';
import type { CardInput } from './lane-input.ts';
import {
  DECIDE_MS_MAX,
  NOTICE_MS,
  NUMBERS_TRIED_MAX,
  READ_CARD_MS_MAX,
  TRIES_MAX,
  UNOPENED_MS,
} from './lane-settings.ts';
import type { LaneState, Passage } from './lane-state.ts';
import { askRules } from './on-presented.ts';
import { onScreen } from './screen.ts';
import type { Turn } from './turn.ts';

/** What a reader tells of the card that lies on it. Of several readers the card that came last counts. */
export function onCard(turn: Turn, input: CardInput): void {
  if (input.kind === 'card-inserted') {
    const { deviceId, insertion } = input;
    turn.set({
      card: {
        ...{ deviceId, insertion, laidMonoMs: turn.at.monoMs, stage: { kind: 'waiting' } },
        ...{ tried: [], numbersSpent: 0 },
        ...{ fields: null, photo: null, photoPending: false, photoProblem: null },
      },
    });
    return;
  }
  const { card } = turn.state;
  if (card === null || card.insertion !== input.insertion) return;
  switch (input.kind) {
    case 'card-progress':
      onProgress(turn, card, input.progress);
      break;
    case 'card-fields':
      turn.set({ card: { ...card, fields: input.fields } });
      break;
    case 'card-photo-coming':
      turn.set({ card: { ...card, photoPending: true } });
      break;
    case 'card-photo':
      turn.set({
        card: { ...card, photo: input.photo, photoPending: false, photoProblem: input.problem },
      });
      break;
    case 'card-started-over':
      turn.set({ card: withoutPerson(card) });
      break;
    case 'card-ended':
      onEnded(turn, card, input.end);
      break;
    case 'card-slipped':
    case 'card-back':
      onSlip(turn, card, input.kind === 'card-slipped');
      break;
    case 'card-removed':
      onRemoved(turn, card);
      break;
    default:
      input satisfies never;
  }
}

/**
 * After every input: a card that waits is tried with the number of who is on the screen, else of who came last. A passage
 * whose number has failed gets to know when nobody else's is there to be tried.
 */
export function settleCard(turn: Turn): void {
  const { card } = turn.state;
  if (card === null) return;
  if (card.stage.kind === 'gone' && turn.at.monoMs >= card.stage.untilMonoMs) {
    turn.set({ card: null });
    return;
  }
  forgetPerson(turn, card);
  giveUp(turn, card);
  settleNumber(turn);
}

function settleNumber(turn: Turn): void {
  const { card } = turn.state;
  if (card === null) return;
  const { stage } = card;
  const open = stage.kind === 'waiting' || (stage.kind === 'failed' && mayTryAnother(stage));
  if (!open) return;
  const next = candidate(turn.state, card);
  if (next !== null) tryNumber(turn, card, next);
  else if (stage.kind === 'failed') tellNotOpened(turn, card, stage);
}

function onProgress(
  turn: Turn,
  card: CardAtLane,
  progress: Extract<CardInput, { kind: 'card-progress' }>['progress'],
): void {
  if (card.stage.kind !== 'reading') return;
  turn.set({ card: { ...card, stage: { ...card.stage, progress } } });
}

function onEnded(
  turn: Turn,
  card: CardAtLane,
  end: Extract<CardInput, { kind: 'card-ended' }>['end'],
): void {
  // It was taken away for good, and had told enough.
  if (card.stage.kind === 'gone' && end.kind === 'read') turn.set({ card: null });
  if (card.stage.kind !== 'reading') return;
  const { ordinal } = card.stage;
  const sinceMonoMs = turn.at.monoMs;
  const spent = end.kind === 'failed' && end.problem === 'more-needed' ? 0 : 1;
  const numbersSpent = card.numbersSpent + spent;
  turn.set({ card: { ...card, numbersSpent, stage: { ...end, ordinal, sinceMonoMs } } });
  const outcome = end.kind === 'read' ? end.proof : end.problem;
  turn.tell({ event: 'card-ended', outcome, tookMs: sinceMonoMs - card.stage.sinceMonoMs });
  rest(turn, ordinal, turn.settings.joinMs);
  if (end.kind === 'read') clearOthers(turn, card.insertion, ordinal);
}

function onSlip(turn: Turn, card: CardAtLane, slipped: boolean): void {
  if (card.stage.kind !== 'reading') return;
  turn.set({ card: { ...card, stage: { ...card.stage, slipped } } });
}

/** Taken away in the midst of it: told for a moment, so that it is laid down again. */
function onRemoved(turn: Turn, card: CardAtLane): void {
  const { stage: before } = card;
  const cutShort =
    before.kind === 'failed' && (before.problem === 'lost' || before.problem === 'fault');
  if (before.kind !== 'reading' && !cutShort) {
    turn.set({ card: null });
    return;
  }
  rest(turn, before.ordinal, turn.settings.joinMs);
  const stage: CardStage = { kind: 'gone', untilMonoMs: turn.at.monoMs + NOTICE_MS };
  turn.set({ card: { ...withoutPerson(card), stage } });
}

function tryNumber(turn: Turn, card: CardAtLane, { ordinal, ...passage }: Passage): void {
  const known = whatIsKnown(passage);
  if (known === null) return;
  const { token, number, birth, issued } = known;
  turn.set({
    card: {
      ...withoutPerson(card),
      stage: {
        ...{ kind: 'reading', ordinal, progress: STARTING, slipped: false },
        sinceMonoMs: turn.at.monoMs,
      },
      tried: [...card.tried, token],
    },
  });
  rest(turn, ordinal, READ_CARD_MS_MAX);
  const { insertion } = card;
  turn.effect({ kind: 'read-card', request: { insertion, ordinal, number, birth, issued } });
}

/** With what a card can be tried: of dates, those of a document that has both. Null: with nothing. */
function whatIsKnown({ keys, documents }: Pick<Passage, 'keys' | 'documents'>) {
  const number = documents.find((each) => each.number !== null)?.number ?? null;
  if (number === null || keys.number === null) return null;
  const dated = documents.find(({ birth, issued }) => birth !== null && issued !== null);
  const token = dated === undefined ? keys.number : `${keys.number} dated`;
  return { token, number, birth: dated?.birth ?? null, issued: dated?.issued ?? null };
}

/** A reader that tells nothing any more, not even that it failed. */
function giveUp(turn: Turn, card: CardAtLane): void {
  if (card.stage.kind !== 'reading') return;
  if (turn.at.monoMs - card.stage.sinceMonoMs < READ_CARD_MS_MAX + DECIDE_MS_MAX) return;
  onEnded(turn, card, { kind: 'failed', problem: 'deadline' });
}

/**
 * Whose number is tried next: of who is on the screen, else of who came last. Who has had a chip read comes last, and only by
 * being presented again while the card lies there: it is more likely the next person's.
 */
function candidate(state: LaneState, card: CardAtLane): Passage | null {
  if (state.mode === 'closed' || card.numbersSpent >= NUMBERS_TRIED_MAX) return null;
  if (card.tried.length >= TRIES_MAX) return null;
  const fits = (passage: Passage): boolean => {
    const known = whatIsKnown(passage);
    return passage.stage.kind !== 'settled' && known !== null && !card.tried.includes(known.token);
  };
  const unread = state.passages.filter((each) => fits(each) && !each.kinds.includes('chip-card'));
  const shown = onScreen(state);
  if (shown !== null && unread.includes(shown)) return shown;
  const again = shown !== null && fits(shown) && shown.seenMonoMs > card.laidMonoMs ? shown : null;
  return unread.at(-1) ?? again;
}

function mayTryAnother({ problem }: Extract<CardStage, { kind: 'failed' }>): boolean {
  return problem === 'number-does-not-open' || problem === 'more-needed';
}

function tellNotOpened(
  turn: Turn,
  card: CardAtLane,
  { ordinal, problem, sinceMonoMs }: Extract<CardStage, { kind: 'failed' }>,
): void {
  const passage = turn.passage(ordinal);
  if (passage === null || passage.notOpened !== null) return;
  if (problem !== 'number-does-not-open' || passage.documents.length === 0) return;
  // It has shown its own card before; this one is somebody else's.
  if (passage.kinds.includes('chip-card')) return;
  const { stage } = passage;
  if (stage.kind === 'settled') return;
  if (stage.kind === 'given' && turn.at.monoMs - sinceMonoMs < UNOPENED_MS) return;
  askRules(turn, { ...passage, notOpened: card.insertion });
}

/** The card was somebody else's after all. */
function clearOthers(turn: Turn, insertion: number, ordinal: number): void {
  for (const passage of turn.state.passages) {
    if (passage.notOpened !== insertion || passage.ordinal === ordinal) continue;
    if (passage.stage.kind === 'settled') continue;
    askRules(turn, { ...passage, notOpened: null });
  }
}

/** A pass has so much longer on the screen, from now on. */
function rest(turn: Turn, ordinal: number, ms: number): void {
  const passage = turn.passage(ordinal);
  if (passage?.stage.kind !== 'given' || turn.state.front !== ordinal) return;
  turn.put({ ...passage, stage: { ...passage.stage, untilMonoMs: turn.at.monoMs + ms } });
}

/** Fields and photograph leave memory with the passage they were read for. */
function forgetPerson(turn: Turn, card: CardAtLane): void {
  if (!('ordinal' in card.stage)) return;
  const passage = turn.passage(card.stage.ordinal);
  if (passage !== null && passage.documents.length > 0) return;
  if (card.fields !== null || card.photo !== null) turn.set({ card: withoutPerson(card) });
}

function withoutPerson(card: CardAtLane): CardAtLane {
  return { ...card, fields: null, photo: null, photoPending: false, photoProblem: null };
}
