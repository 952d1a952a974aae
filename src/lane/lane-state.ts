import type { IdentityDocument, IdentityKind } from '../documents/document.ts';
import type { OutwardSignal } from '../ports/signal.ts';
import type { Verdict, VerdictKind } from '../rules/verdict.ts';
import type { CardAtLane } from './card-state.ts';
import type { Crossed, Mode, PassageAction, Source } from './lane-words.ts';
import { type LaneOpenings, noOpenings } from './openings-state.ts';

/** Keyed hashes of what names a subject; null where the documents do not have it. */
export type SubjectKeys = { readonly number: string | null; readonly qid: string | null };

/** How far a passage has come. It ends once, from `given` or `settled`, and is then no longer in the lane. */
export type Stage =
  | { readonly kind: 'deciding' }
  /** Only staff, or a further presentation, ends this: a check, a stop, or a pass that staff set aside. */
  | { readonly kind: 'held' }
  /** A pass that waits to be recorded, or for the screen. */
  | { readonly kind: 'queued' }
  /** May cross. `by`: the lane itself, the lane while released, or what staff did. */
  | {
      readonly kind: 'given';
      readonly by: 'lane' | 'release' | 'paper' | PassageAction;
      readonly sinceMonoMs: number;
      readonly untilMonoMs: number;
    }
  /** How it ended is known; the record of it waits until staff can no longer take their action back. */
  | {
      readonly kind: 'settled';
      readonly by: PassageAction;
      readonly crossed: Crossed;
      readonly untilMonoMs: number;
    };

export type Parked = {
  /** Put there by the lane itself while it was released: nobody has spoken to them yet. */
  readonly byRelease: boolean;
  readonly sinceMs: number;
  readonly sinceMonoMs: number;
  /** When it is called out next. */
  readonly remindAtMonoMs: number;
};

export type Passage = {
  /** Tells passages of this lane apart since start, also those that could not be recorded. */
  readonly ordinal: number;
  /** Emptied when the passage leaves the screen: names are in memory only while they are on it. */
  readonly documents: readonly IdentityDocument[];
  /** Some of what the verdict rests on has gone that way, so that a better one would prove nothing. */
  readonly shed: boolean;
  readonly kinds: readonly IdentityKind[];
  readonly keys: SubjectKeys;
  readonly source: Source;
  /** The line of the paper book that it was let through on, entered afterwards; null for everybody else. */
  readonly slip: string | null;
  /** Why a number was typed, as the lane knows it (security A6); null when it was not. */
  readonly whyTyped: 'camera-out' | 'worn-code' | 'no-card' | null;
  readonly startedAtMonoMs: number;
  /** Counts questions to the rules; an answer to an older one is ignored. */
  readonly round: number;
  /** Since when the rules owe an answer; null while they owe none. */
  readonly askedMonoMs: number | null;
  readonly repeat: { readonly earlierAtMs: number } | null;
  /** The insertion of a card that its number did not open, and nobody else's did. */
  readonly notOpened: number | null;
  /** Its number opened a card that names another one. */
  readonly otherNumber: boolean;
  readonly verdict: Verdict | null;
  readonly decidedAtMs: number;
  readonly tookMs: number;
  readonly record: 'pending' | 'written' | 'failed';
  /** Of its last change of verdict or proof, in the round that brought it; null while there was none. */
  readonly amendment: {
    readonly round: number;
    readonly record: 'pending' | 'written' | 'failed';
  } | null;
  readonly sequence: number | null;
  readonly stage: Stage;
  readonly parked: Parked | null;
  readonly opened: boolean;
  /** Last time a camera had its code in view, or the time it was presented. */
  readonly seenMonoMs: number;
};

/** Somebody let through on a line of the paper book, whose number is still to be entered. */
export type PaperLine = {
  /** Date and time of the line in Vietnam, `YYYYMMDD-HHMMSS`. */
  readonly slip: string;
  readonly atMs: number;
  readonly reason: string;
  readonly crossed: boolean;
};

/** Somebody let through on paper whose number, entered afterwards, is a stop. */
export type PaperFind = { readonly slip: string; readonly passage: number | null };

/** What stays of a passage on the lane's history: no personal field. */
export type Recent = {
  readonly passage: number;
  readonly ordinal: number;
  readonly verdict: VerdictKind;
  readonly crossed: Crossed;
  readonly reasons: readonly string[];
  readonly test: boolean;
  readonly atMs: number;
};

/** A subject's last use of this lane, remembered for repeats under its keyed hash. */
export type Lately = { readonly key: string; readonly atMs: number; readonly atMonoMs: number };

export type Undo = {
  readonly ordinal: number;
  readonly action: PassageAction;
  readonly untilMonoMs: number;
  readonly before: Pick<Passage, 'stage' | 'parked'>;
};

export type Notice = {
  readonly kind:
    | 'not-read'
    | 'other-code'
    | 'lane-full'
    | 'lane-closed'
    | 'on-paper'
    | 'reconciled-pass'
    | 'reconciled-check'
    | 'reconciled-stop';
  readonly looksLike: string | null;
  readonly atMs: number;
  readonly untilMonoMs: number;
};

export type InView = {
  readonly deviceId: string;
  readonly track: number;
  /** The passage this code belongs to, while it is in the lane; null for codes that name nobody. */
  readonly ordinal: number | null;
  /** Keyed hash of whom the code names; null when nobody. */
  readonly key: string | null;
};

/** A code that left the view a moment ago: trackers lose codes and find them again. */
export type JustLeft = { readonly key: string; readonly atMonoMs: number };

/** `movedAtMs`: when the arm was last opened without an order, until staff have done something. */
export type BarrierAlarms = {
  readonly emergency: boolean;
  readonly tamper: boolean;
  readonly movedAtMs: number | null;
};

export type LaneState = {
  readonly startedMonoMs: number;
  readonly mode: Mode;
  readonly modeSinceMs: number;
  /** Crossings counted since the mode was entered; told when it ends. */
  readonly counted: number;
  readonly officer: string | null;
  /** The officer of this shift has seen that data is ageing. */
  readonly ageingAcknowledged: boolean;
  readonly nextOrdinal: number;
  /** Oldest first. */
  readonly passages: readonly Passage[];
  /** The passage on the screen while nobody is held: given, or settled and still to be seen. */
  readonly front: number | null;
  readonly undo: Undo | null;
  readonly lately: readonly Lately[];
  /** Newest first. */
  readonly recent: readonly Recent[];
  readonly inView: readonly InView[];
  readonly justLeft: readonly JustLeft[];
  readonly card: CardAtLane | null;
  readonly camerasOut: readonly string[];
  readonly hint: { readonly word: string; readonly sinceMonoMs: number } | null;
  readonly notice: Notice | null;
  readonly outward: OutwardSignal;
  readonly restart: { readonly atMs: number; readonly unfinished: number } | null;
  /** An opening in an emergency still owes its reason. */
  readonly emergencyAtMs: number | null;
  readonly barrier: BarrierAlarms;
  readonly luminance: number | null;
  /** Oldest first; the paper book itself is the record of those that found no place here. */
  readonly paperLines: readonly PaperLine[];
  /** The line of somebody who must be told to the health unit, until an officer says that it was done. */
  readonly foundOnPaper: PaperFind | null;
  readonly openings: LaneOpenings;
};

type Start = { readonly wallMs: number; readonly monoMs: number };

/** `before`: what the journal counted before this start. */
export function initialLane(
  { wallMs, monoMs }: Start,
  before: LaneOpenings['before'] = [],
): LaneState {
  return {
    startedMonoMs: monoMs,
    mode: 'normal',
    modeSinceMs: wallMs,
    counted: 0,
    officer: null,
    ageingAcknowledged: false,
    nextOrdinal: 1,
    passages: [],
    front: null,
    undo: null,
    lately: [],
    recent: [],
    inView: [],
    justLeft: [],
    card: null,
    camerasOut: [],
    hint: null,
    notice: null,
    outward: 'idle',
    restart: null,
    emergencyAtMs: null,
    barrier: { emergency: false, tamper: false, movedAtMs: null },
    luminance: null,
    paperLines: [],
    foundOnPaper: null,
    openings: noOpenings(wallMs, before),
  };
}
