import type { Direction } from './lane-words.ts';

/** What a lane is told once, from configuration and policy. */
export type LaneSettings = {
  readonly lane: string;
  readonly direction: Direction;
  /** automatic: opens by itself; assisted: staff open by hand; monitor: decides and records, opens nothing. */
  readonly operation: 'automatic' | 'assisted' | 'monitor';
  readonly hasBarrier: boolean;
  /** How a crossing is known: an officer's tap, a loop in the road, or the next person's presentation. */
  readonly clear: 'tap' | 'loop' | 'next';
  /** A signed policy lets this lane open by itself on something anyone could print or type (security A2). */
  readonly openOnClaim: boolean;
  /** The station has understood a known code since its start; until then nothing opens by itself. */
  readonly selfTested: boolean;
  /** False only where no officer is configured at all: then nobody could sign in and staff could do nothing. */
  readonly officerRequired: boolean;
  /** How long a pass stays on the screen and takes further presentations of the same subject. */
  readonly joinMs: number;
  /** How long after its last use in this lane a subject's return is told as a repeat. */
  readonly repeatMs: number;
};

/** A pass stays this long before another pass may take its place: shorter, and the officer has not seen it. */
export const DWELL_MS = 1_500;
/** Staff may take back their last action on a passage for so long. */
export const UNDO_MS = 30_000;
/** Somebody set aside and left alone for so long is called out again, and again. */
export const OVERDUE_MS = 60_000;
/** No sign of a crossing for so long after a passage was given: nobody knows any more whether it took place. */
export const CROSSING_MS_MAX = 60_000;
/** A code gone from view for less is still the same one held up; trackers lose codes for a moment. */
export const REAPPEAR_MS = 2_000;
/** The rules answer within microseconds; when they do not answer at all, staff look. */
export const DECIDE_MS_MAX = 2_000;
/** A code is seen and not read for so long: the lane says so. */
export const NOT_READ_AFTER_MS = 8_000;
/**
 * A card is read within so long, or not at all. Real ones take one to ten seconds; the person whose card it is keeps the screen
 * meanwhile.
 */
export const READ_CARD_MS_MAX = 20_000;
/** From the photograph to the person and back. */
export const LOOK_MS = 3_000;
/**
 * A card that the number of somebody who was let through does not open may be the next person's, laid down early. With
 * nobody else's number shown for so long, it counts against the first.
 */
export const UNOPENED_MS = 5_000;
/** Numbers tried on one card; the chip counts failed attempts too (security C5). */
export const NUMBERS_TRIED_MAX = 2;
/** With those that had nothing to be tried with. */
export const TRIES_MAX = 8;
/** The lane's own answers disappear after so long. */
export const NOTICE_MS = 8_000;

/** More people than these cannot stand behind one who is held. */
export const WAITING_MAX = 6;
export const TRAY_MAX = 8;
/** Lines of the paper book kept in sight until their numbers are entered: a shift's worth. */
export const PAPER_LINES_MAX = 64;
/** Openings without a passage and the like, as many as a leader would still go through, for each of so many shifts. */
export const OPENINGS_LISTED_MAX = 100;
export const SHIFTS_LISTED_MAX = 4;
/** Given and not yet known to have crossed: at one each DWELL_MS, a loop that is broken. */
export const GIVEN_MAX = 16;
export const DOCUMENTS_MAX = 8;
/** Subjects remembered for repeats: one a second for half an hour. */
export const LATELY_MAX = 2_048;
export const RECENT_MAX = 12;
export const IN_VIEW_MAX = 64;
