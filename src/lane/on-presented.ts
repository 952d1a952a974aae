import type { CardFindings } from '../rules/situation.ts';
import type { LaneInput, Sighting } from './lane-input.ts';
import { IN_VIEW_MAX, NOTICE_MS, REAPPEAR_MS, WAITING_MAX } from './lane-settings.ts';
import type { Notice, Passage } from './lane-state.ts';
import { endPassage } from './passage-end.ts';
import { isWaiting } from './screen.ts';
import { earlierUse, mergeKeys, openPassageOf, withDocument } from './subjects.ts';
import type { Turn } from './turn.ts';

type Presented = Extract<LaneInput, { kind: 'presented' }>;

/** A document that names somebody: it joins the subject's open passage, or begins another. */
export function onPresented(turn: Turn, presented: Presented): void {
  const { openedBy } = presented;
  const open = turn.passage(openedBy?.ordinal ?? null) ?? openPassageOf(turn, presented);
  if (open !== null) {
    join(turn, open, presented);
    return;
  }
  if (openedBy !== null && isLate(turn, presented)) return;
  if (isSameSighting(turn, presented)) {
    const key = keyOf(presented);
    const live = turn.state.passages.findLast(({ keys }) => (keys.number ?? keys.qid) === key);
    see(turn, presented.sighting, live?.ordinal ?? null, key);
    return;
  }
  if (turn.state.mode === 'closed') {
    notice(turn, 'lane-closed', null);
    return;
  }
  if (!makeRoom(turn)) {
    notice(turn, 'lane-full', null);
    turn.tell({ event: 'lane-full' });
    return;
  }
  begin(turn, presented);
}

/** Something that names nobody: said on the screen for a moment, recorded nowhere. */
export function onPresentedOther(
  turn: Turn,
  { looksLike, sighting }: Extract<LaneInput, { kind: 'presented-other' }>,
): void {
  see(turn, sighting, null, null);
  notice(turn, 'other-code', looksLike);
}

export function notice(turn: Turn, kind: Notice['kind'], looksLike: string | null): void {
  const { wallMs, monoMs } = turn.at;
  turn.set({ notice: { kind, looksLike, atMs: wallMs, untilMonoMs: monoMs + NOTICE_MS } });
}

function join(turn: Turn, open: Passage, presented: Presented): void {
  const { document, keys, sighting } = presented;
  see(turn, sighting, open.ordinal, keyOf(presented));
  turn.set({ notice: null });
  askRules(turn, {
    ...open,
    parked: stillParked(turn, open),
    documents: withDocument(open.documents, document),
    kinds: [...new Set([...open.kinds, document.kind])],
    keys: mergeKeys(open.keys, keys),
    ...openedWith(open, presented),
    seenMonoMs: turn.at.monoMs,
  });
}

/**
 * Whom the lane set aside while everybody went is before it again: they are held like anybody else. Left in the tray they
 * alone would be shown nothing outside (security A4).
 */
function stillParked({ state }: Turn, { parked }: Passage): Passage['parked'] {
  return state.mode === 'normal' && parked?.byRelease === true ? null : parked;
}

function begin(turn: Turn, presented: Presented): void {
  const { document, keys, source, sighting, startedAtMonoMs } = presented;
  const ordinal = turn.state.nextOrdinal;
  see(turn, sighting, ordinal, keyOf(presented));
  turn.set({ nextOrdinal: ordinal + 1, notice: null });
  askRules(turn, {
    ...newPassage(turn, ordinal),
    documents: [document],
    kinds: [document.kind],
    keys,
    source,
    whyTyped: source === 'typed' ? whyTypedNow(turn) : null,
    startedAtMonoMs,
    repeat: earlierUse(turn, presented),
    otherNumber: presented.openedBy?.otherNumber ?? false,
  });
}

/** Somebody of whom nothing is known yet. */
export function newPassage(
  { at }: Turn,
  ordinal: number,
): Omit<Passage, 'documents' | 'kinds' | 'keys' | 'source' | 'startedAtMonoMs'> {
  return {
    ordinal,
    shed: false,
    slip: null,
    whyTyped: null,
    round: 0,
    askedMonoMs: null,
    repeat: null,
    notOpened: null,
    otherNumber: false,
    verdict: null,
    decidedAtMs: at.wallMs,
    tookMs: 0,
    record: 'pending',
    amendment: null,
    sequence: null,
    stage: { kind: 'deciding' },
    parked: null,
    opened: false,
    seenMonoMs: at.monoMs,
  };
}

export function askRules(turn: Turn, passage: Passage): void {
  const { ordinal, documents, repeat } = passage;
  const round = passage.round + 1;
  turn.put({ ...passage, round, askedMonoMs: turn.at.monoMs });
  const cards = cardFindings(passage);
  turn.effect({ kind: 'decide', ordinal, round, documents, repeat, cards });
}

function cardFindings({ notOpened, otherNumber, shed, verdict }: Passage): CardFindings {
  const proof = shed ? (verdict?.proof ?? 'claim') : 'claim';
  return {
    ...{ notOpened: notOpened !== null, otherNumber },
    proven: proof === 'claim' ? null : { proof, trustVersion: verdict?.trustVersion ?? null },
  };
}

/** A card that its number opened is its own; one that names another number stays a finding. */
function openedWith(
  { notOpened, otherNumber }: Passage,
  { openedBy }: Presented,
): Pick<Passage, 'notOpened' | 'otherNumber'> {
  if (openedBy === null) return { notOpened, otherNumber };
  return { notOpened: null, otherNumber: otherNumber || openedBy.otherNumber };
}

/** A genuine card of somebody who has crossed meanwhile is no new attempt. */
function isLate(turn: Turn, presented: Presented): boolean {
  const { document } = presented;
  if (document.kind !== 'chip-card' || presented.openedBy?.otherNumber === true) return false;
  return document.chip.proof === 'genuine' && earlierUse(turn, presented) !== null;
}

function whyTypedNow({ state }: Turn): NonNullable<Passage['whyTyped']> {
  const { camerasOut, hint, notice: shown } = state;
  if (camerasOut.length > 0) return 'camera-out';
  const seen = shown?.kind === 'not-read' || (hint !== null && hint.word !== 'no-code');
  return seen ? 'worn-code' : 'no-card';
}

/**
 * Whether another passage finds room. The waiting pass that nobody has shown for longest gives way, once its time on
 * the screen would be over: it was never given, so showing the code again is no repeat. Checks and stops never give
 * way, and a flood of codes is turned off instead of recorded.
 */
function makeRoom(turn: Turn): boolean {
  const waiting = turn.state.passages.filter(
    ({ stage, parked }) =>
      parked === null &&
      (stage.kind === 'held' || stage.kind === 'queued' || stage.kind === 'deciding'),
  );
  if (waiting.length < WAITING_MAX) return true;
  const shown = new Set(turn.state.inView.map(({ ordinal }) => ordinal));
  const oldest = waiting.find((passage) => isWaiting(passage) && !shown.has(passage.ordinal));
  if (oldest === undefined) return false;
  if (turn.at.monoMs - oldest.seenMonoMs < turn.settings.joinMs) return false;
  endPassage(turn, oldest, 'unknown', { used: false });
  return true;
}

/**
 * The code was in view all along, as good as: its passage has had its answer, and this is no new attempt. Who holds a
 * phone up for a minute is not a second person, and trackers lose a code beside another.
 */
function isSameSighting({ state, at }: Turn, presented: Presented): boolean {
  const key = keyOf(presented);
  if (presented.sighting === null || key === null) return false;
  const sinceMonoMs = at.monoMs - REAPPEAR_MS;
  return (
    state.inView.some((other) => other.key === key) ||
    state.justLeft.some((left) => left.key === key && left.atMonoMs > sinceMonoMs)
  );
}

function keyOf({ keys }: Presented): string | null {
  return keys.number ?? keys.qid;
}

function see(
  turn: Turn,
  sighting: Sighting | null,
  ordinal: number | null,
  key: string | null,
): void {
  if (sighting === null) return;
  const { deviceId, track } = sighting;
  const others = turn.state.inView.filter(
    (seen) => seen.deviceId !== deviceId || seen.track !== track,
  );
  turn.set({ inView: [...others, { deviceId, track, ordinal, key }].slice(-IN_VIEW_MAX) });
}
