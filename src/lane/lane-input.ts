import type { ChipFields } from '../documents/chip-card.ts';
import type { ChipProof, IdentityDocument } from '../documents/document.ts';
import type { OutwardSignal } from '../ports/signal.ts';
import type { CardFindings } from '../rules/situation.ts';
import type { Verdict, VerdictKind } from '../rules/verdict.ts';
import type { CardProblem, CardProgress } from './card-state.ts';
import type { Passage, Recent, SubjectKeys } from './lane-state.ts';
import type { Crossed, Mode, RefusalCode, Source, StaffAction } from './lane-words.ts';

/** `monoMs` orders and measures; `wallMs`, the best guess at the time, is only ever stored and shown. */
export type Instant = { readonly monoMs: number; readonly wallMs: number };

/** A code's sighting by a camera. */
export type Sighting = { readonly deviceId: string; readonly track: number };

export type LaneInput =
  | {
      readonly kind: 'presented';
      readonly document: IdentityDocument;
      readonly keys: SubjectKeys;
      readonly source: Source;
      readonly sighting: Sighting | null;
      /** Of a chip: whose number opened it, and whether it names another. Else null. */
      readonly openedBy: { readonly ordinal: number; readonly otherNumber: boolean } | null;
      /** When the frame or text was there to be understood. */
      readonly startedAtMonoMs: number;
    }
  | {
      readonly kind: 'presented-other';
      readonly looksLike: string;
      readonly sighting: Sighting | null;
    }
  | {
      readonly kind: 'decided';
      readonly ordinal: number;
      readonly round: number;
      readonly verdict: Verdict;
    }
  /** Who crossed on a line of the paper book is entered afterwards; `slip` names the line. */
  | {
      readonly kind: 'reconciled';
      readonly slip: string;
      readonly document: IdentityDocument;
      readonly keys: SubjectKeys;
      readonly startedAtMonoMs: number;
    }
  /** The line of the paper book is of somebody without a personal number. */
  | { readonly kind: 'reconciled-without'; readonly slip: string }
  /** What became of a passage's record; `sequence` null: it could not be written. */
  | { readonly kind: 'recorded'; readonly ordinal: number; readonly sequence: number | null }
  /** What became of the record of a change that its `round` brought. */
  | {
      readonly kind: 'amended';
      readonly ordinal: number;
      readonly round: number;
      readonly isWritten: boolean;
    }
  | CardInput
  | { readonly kind: 'code-left'; readonly sighting: Sighting }
  | { readonly kind: 'camera'; readonly deviceId: string; readonly online: boolean }
  | { readonly kind: 'hint'; readonly word: string | null }
  | { readonly kind: 'luminance'; readonly mean: number }
  /** A loop in the road felt somebody cross. */
  | { readonly kind: 'crossing' }
  /** The loop at the lane felt somebody leave it: across, where somebody had been let through. */
  | { readonly kind: 'left-lane' }
  /** What is wrong with the barrier, or over. `moved`: the arm was opened, and not by us. */
  | { readonly kind: 'barrier'; readonly alarm: 'emergency' | 'tamper'; readonly on: boolean }
  | { readonly kind: 'barrier'; readonly alarm: 'moved'; readonly on: true }
  | { readonly kind: 'staff'; readonly staff: StaffAction; readonly officer: string | null }
  | { readonly kind: 'officer'; readonly officer: string | null }
  | { readonly kind: 'time-confirmed'; readonly officer: string | null }
  /** Sequences of passages that were open when the daemon last stopped. */
  | { readonly kind: 'restarted'; readonly unfinished: readonly number[] }
  /** Sequences that a journal that failed holds open, and that are nobody's in the lane. */
  | { readonly kind: 'strays'; readonly unfinished: readonly number[] }
  | { readonly kind: 'tick' };

/** What a reader tells of one insertion, in the order of the reading; the document comes as `presented`. */
export type CardInput =
  | { readonly kind: 'card-inserted'; readonly deviceId: string; readonly insertion: number }
  | { readonly kind: 'card-progress'; readonly insertion: number; readonly progress: CardProgress }
  | { readonly kind: 'card-fields'; readonly insertion: number; readonly fields: ChipFields }
  | { readonly kind: 'card-photo-coming'; readonly insertion: number }
  | {
      readonly kind: 'card-photo';
      readonly insertion: number;
      readonly photo: string | null;
      readonly problem: string | null;
    }
  /** Another card was put in its place: all that was told before is void. */
  | { readonly kind: 'card-started-over'; readonly insertion: number }
  | {
      readonly kind: 'card-ended';
      readonly insertion: number;
      readonly end:
        | { readonly kind: 'read'; readonly proof: ChipProof }
        | { readonly kind: 'failed'; readonly problem: CardProblem };
    }
  /** Off the reader while it was being read: laid back soon, it is read on. */
  | { readonly kind: 'card-slipped' | 'card-back'; readonly insertion: number }
  | { readonly kind: 'card-removed'; readonly insertion: number };

/** Whose number is to be tried on the card. ISO 8601 dates as far as they are known. */
export type CardRequest = {
  readonly insertion: number;
  readonly ordinal: number;
  readonly number: string;
  readonly birth: string | null;
  readonly issued: string | null;
};

/** What is to be written; the keeper adds time, lane and software. */
export type LaneEntry = { readonly officer: string | null } & (
  | { readonly type: 'passage'; readonly passage: Passage; readonly mode: Mode }
  | { readonly type: 'amendment'; readonly passage: Passage }
  | {
      readonly type: 'action';
      readonly passage: number | null;
      readonly action: string;
      readonly reason: string;
    }
  /** `passage` null: of one that could not be recorded; then the crossing is counted instead. */
  | {
      readonly type: 'end';
      readonly passage: number | null;
      readonly crossed: Crossed;
      readonly test: boolean;
    }
  | {
      readonly type: 'mode';
      readonly mode: Mode;
      readonly reason: string;
      readonly counted: number;
    }
  | {
      readonly type: 'officer';
      readonly event: 'signed-in' | 'signed-out' | 'handed-over' | 'time-confirmed';
    }
);

/** Things that somebody beyond the lane should hear of: logs, alarms, later the hub. Never a personal field. */
export type LaneTold =
  /** A further document changed what was decided. `opened`: a barrier had been, for a verdict that was better. */
  | {
      readonly event: 'amended';
      readonly ordinal: number;
      readonly verdict: VerdictKind;
      readonly reasons: readonly string[];
      readonly opened: boolean;
    }
  | { readonly event: 'overdue'; readonly ordinal: number; readonly parkedMs: number }
  | { readonly event: 'held-in-release'; readonly ordinal: number; readonly parked: boolean }
  /** A reading ended: in what the chip proved, or why it came to nothing. */
  | { readonly event: 'card-ended'; readonly outcome: string; readonly tookMs: number }
  | { readonly event: 'lane-full' }
  | { readonly event: 'emergency-open' }
  | { readonly event: 'on-paper'; readonly reason: string }
  | { readonly event: 'reconciled'; readonly verdict: VerdictKind }
  /** The arm was opened without an order: by hand or by force. */
  | { readonly event: 'barrier-moved' }
  | { readonly event: 'barrier-tamper' }
  | { readonly event: 'crossing-unexplained' }
  | { readonly event: 'restarted'; readonly unfinished: number }
  | { readonly event: 'strays-ended'; readonly unfinished: number };

export type LaneEffect =
  | {
      readonly kind: 'decide';
      readonly ordinal: number;
      readonly round: number;
      readonly documents: readonly IdentityDocument[];
      readonly repeat: { readonly earlierAtMs: number } | null;
      readonly cards: CardFindings;
    }
  | { readonly kind: 'read-card'; readonly request: CardRequest }
  | { readonly kind: 'record'; readonly entry: LaneEntry }
  | { readonly kind: 'open-barrier' }
  | { readonly kind: 'signal'; readonly state: OutwardSignal }
  | { readonly kind: 'tell'; readonly told: LaneTold }
  | { readonly kind: 'outcome'; readonly row: Recent }
  | { readonly kind: 'refuse'; readonly code: RefusalCode };
