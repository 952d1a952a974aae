import type { StoredRecord } from '../../journal/record.ts';
import type { OpenedRecord } from '../../journal/segment.ts';
import type { Arrival, EpochKey } from '../inbox/inbox-store.ts';

/**
 * What was opened, as it can be asked for. Every method is one transaction and durable when it resolves; no lock and no
 * cursor lives between two calls. test/support/index-store-contract.ts says what an implementation must do.
 */
export interface IndexStore {
  readonly opened: OpenedIndex;
  readonly passages: PassageQueries;
  readonly cases: CaseStore;
  readonly feed: ExportFeed;
  readonly erasing: ErasableIndex;
  close(): Promise<void>;
}

/** The opener's side. */
export interface OpenedIndex {
  /** The last arrival that was dealt with. */
  position(): Promise<number>;
  /** All of a batch or nothing. A place that is taken, or was erased, stays as it is. */
  add(outcomes: readonly OpeningOutcome[], atMs: number): Promise<void>;
  setAside(limit: number): Promise<readonly SetAside[]>;
  /** Moves each epoch's mark over what is opened without a hole, no further than `through`. Gives the marks. */
  advance(epochs: readonly OpenableEpoch[]): Promise<readonly number[]>;
  openedThrough(key: EpochKey): Promise<number>;
}

/** Where an arrival's records are, or why they are not. */
export type OpeningOutcome =
  | { readonly arrival: Arrival; readonly records: readonly OpenedRecord[] }
  | { readonly arrival: Arrival; readonly failure: SetAsideReason };

/** `key.missing`: no private key of that id is here. `not-opened`: it does not open, or is not what it may be. */
export type SetAsideReason = 'key.missing' | 'not-opened' | 'body.missing';

export type SetAside = EpochKey & {
  readonly arrival: number;
  readonly first: number;
  readonly last: number;
  readonly reason: SetAsideReason;
  readonly sinceMs: number;
};

export type OpenableEpoch = EpochKey & { readonly first: number; readonly through: number };

/** A place in a station's journal. */
export type RecordPlace = EpochKey & { readonly sequence: number };

export type IndexedPassage = RecordPlace & {
  readonly record: Extract<StoredRecord, { type: 'passage' }>;
  /** Amendments, actions, end and papers, in the order of the journal. */
  readonly attached: readonly StoredRecord[];
  readonly case: StopCase | null;
};

export interface PassageQueries {
  /** By time; from `fromMs` to before `untilMs`. */
  byTime(query: PassageQuery): Promise<PassagePage>;
  /** The passage at this place; null where there is none, or no more. */
  at(place: RecordPlace): Promise<IndexedPassage | null>;
  /**
   * Whoever was stopped on a version of a register: what the record holds is the version that the station had, so a
   * batch's are those from the version it was published with to the last one before its withdrawal (security R5).
   */
  stopsUnder(query: StopQuery): Promise<StopPage>;
  /** Passages an hour since 1970 UTC and verdict; hours without any are left out. */
  hours(station: string, fromMs: number, untilMs: number): Promise<readonly HourCount[]>;
}

export type PassageQuery = {
  readonly station: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** `next` of the page before. */
  readonly after: string | null;
  readonly limit: number;
};
export type PassagePage = {
  readonly passages: readonly IndexedPassage[];
  /** Null when there are no more now. */
  readonly next: string | null;
};
export type StopQuery = {
  readonly register: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly after: string | null;
  readonly limit: number;
};
export type Stop = RecordPlace & { readonly record: StoredRecord; readonly case: StopCase | null };
export type StopPage = { readonly stops: readonly Stop[]; readonly next: string | null };
export type HourCount = {
  readonly hour: number;
  readonly pass: number;
  readonly check: number;
  readonly stop: number;
};

export const CASE_OUTCOMES = [
  'confirmed',
  'recovered',
  'transfer',
  'wrong-person',
  'left',
] as const;
export type CaseOutcome = (typeof CASE_OUTCOMES)[number];
export type CaseState = 'open' | 'acknowledged' | 'closed';

/** What a stop opens. `sequence` is the passage's. */
export type StopCase = RecordPlace & {
  readonly code: string;
  readonly state: CaseState;
  readonly outcome: CaseOutcome | null;
  readonly openedMs: number;
  readonly acknowledgedMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly closedMs: number | null;
  readonly closedBy: string | null;
};

/** Codes are taken as somebody types them: case, spaces and the hyphen do not matter. */
export interface CaseStore {
  /** Newest first, opened before `beforeMs` when it is given. */
  list(query: {
    readonly states: readonly CaseState[];
    readonly beforeMs: number | null;
    readonly limit: number;
  }): Promise<readonly StopCase[]>;
  /** Those of these passages that have one. */
  of(
    station: string,
    passages: readonly Omit<RecordPlace, 'station'>[],
  ): Promise<readonly StopCase[]>;
  /** The one with this code that is not closed, else the one that was closed last: codes are used again. */
  find(code: string): Promise<StopCase | null>;
  /** False when there is none open under the code. */
  acknowledge(code: string, by: string, atMs: number): Promise<boolean>;
  /** False when there is none open or acknowledged under the code. */
  closeCase(code: string, outcome: CaseOutcome, by: string, atMs: number): Promise<boolean>;
}

export interface ExportFeed {
  /** What was indexed after `cursor`, from the beginning when it is null. Throws InputError for a cursor not ours. */
  page(cursor: string | null, limit: number): Promise<FeedPage>;
}
export type FeedPage = {
  /** One JSON object a line, without line ends. */
  readonly lines: readonly string[];
  /** Where to go on, also when there are no lines. */
  readonly cursor: string;
};

/** Whose records: everything that names this number, or this keyed hash. */
export type Subject = { readonly number: string } | { readonly subjectKey: string };

/** What keeps and erases; the eraser and retention put it to use. */
export interface ErasableIndex {
  /** Every record about the subject, with all that belongs to its passages. At most `limit`; ask again after burying. */
  placesOf(subject: Subject, limit: number): Promise<readonly RecordPlace[]>;
  /** Bodies go, the places stay taken for good. Also places that hold nothing yet. */
  bury(places: readonly RecordPlace[], atMs: number): Promise<void>;
  /** Opened arrivals whose sealed bodies hold something buried. */
  toWipe(limit: number): Promise<readonly number[]>;
  wiped(arrivals: readonly number[]): Promise<void>;
  /** Deletes records of a type that count from before `beforeMs`, at most `limit`; gives how many. */
  expire(type: StoredRecord['type'], beforeMs: number, limit: number): Promise<number>;
  /** Segments that have no record left and were not given before, at most `limit`, and how far it looked. */
  emptied(after: number, limit: number): Promise<EmptiedPage>;
  /** Which of these arrivals were opened before `beforeMs`. */
  openedBefore(arrivals: readonly number[], beforeMs: number): Promise<readonly number[]>;
}
export type EmptiedPage = {
  readonly segments: readonly (EpochKey & { readonly from: number; readonly to: number })[];
  /** Null when it has looked at everything. */
  readonly next: number | null;
};
