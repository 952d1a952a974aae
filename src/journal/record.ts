import type { TimeTrust } from '../kernel/time-interval.ts';

/**
 * The closed schema of the journal (security J1), as the rest of the code sees it; record-layout.ts has its bounds and
 * bytes, and the compiler holds the two together. No name, birth date, address, photo or free text has a place here.
 */
export const SCHEMA_VERSION = 1;

type Stamped = {
  readonly v: typeof SCHEMA_VERSION;
  /** Wall time of the event in ms since 1970 UTC, and how far it can be trusted. */
  readonly atMs: number;
  readonly earliestMs: number;
  readonly latestMs: number;
  readonly trust: TimeTrust;
  readonly lane: string;
  readonly officer: string | null;
  readonly software: string;
};

export type RecordedCheck = {
  readonly code: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'impossible';
  readonly ageMs: number | null;
};

export type RecordedRegister = {
  readonly register: string;
  readonly version: number | null;
  readonly state: string;
};

/** A paper judged by a rule: its kind, a keyed hash of its id (16 hex digits), and what the rule said. */
export type RecordedPaper = {
  readonly kind: string;
  readonly paperKey: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly outcome: string;
};

/** Relief, check-in: what was given, and a keyed hash of what it refers to (16 hex digits). */
export type RecordedService = { readonly kind: string; readonly reference: string };

type Decided = {
  readonly passage: number;
  readonly verdict: 'pass' | 'check' | 'stop';
  readonly reasons: readonly string[];
  readonly checks: readonly RecordedCheck[];
  readonly documents: readonly string[];
  readonly proof: string;
  /** SHA-256 of what was trusted when a chip was judged (security C6), 64 hex digits; null where none was read. */
  readonly trustVersion: string | null;
  /** Keyed hash of the subject under the region's key (16 hex digits) and the 12-digit number; null where there is none. */
  readonly subjectKey: string | null;
  readonly number: string | null;
  readonly registers: readonly RecordedRegister[];
};

/** A decided attempt to cross. */
export type PassageRecord = Stamped &
  Decided & {
    readonly type: 'passage';
    readonly direction: 'in' | 'out';
    readonly mode: 'normal' | 'release' | 'closed';
    readonly group: number | null;
    readonly source: string;
    readonly policyVersion: number;
    readonly certificates: readonly string[];
    /** Papers and service events have their place from the first version; nothing fills them yet. */
    readonly papers: readonly RecordedPaper[];
    readonly services: readonly RecordedService[];
    readonly test: boolean;
  };

/** A further presentation changed an open passage. */
export type AmendmentRecord = Stamped & Decided & { readonly type: 'amendment' };

/** Something staff did about a passage, or about the lane when `passage` is null. */
export type ActionRecord = Stamped & {
  readonly type: 'action';
  readonly passage: number | null;
  readonly action: string;
  readonly reason: string;
};

export type EndRecord = Stamped & {
  readonly type: 'end';
  readonly passage: number;
  readonly crossed: 'yes' | 'no' | 'assumed' | 'unknown';
};

export type ModeRecord = Stamped & {
  readonly type: 'mode';
  readonly mode: 'normal' | 'release' | 'closed';
  readonly reason: string;
  readonly counted: number;
};

/** What could not be written while it happened, told in one record once it can. */
export type GapRecord = Stamped & {
  readonly type: 'gap';
  readonly cause: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly decided: number;
  readonly crossed: number;
};

/** A question about somebody's status without a passage (security A6). */
export type LookUpRecord = Stamped & {
  readonly type: 'look-up';
  readonly subjectKey: string;
  readonly reason: string;
  readonly verdict: string;
};

/** A paper shown after its passage was decided. */
export type PaperRecord = Stamped &
  RecordedPaper & { readonly type: 'paper'; readonly passage: number };

/** What an operator changed in what this station trusts (security C6). */
export type TrustRecord = Stamped & {
  readonly type: 'trust';
  readonly event: 'added' | 'removed';
  readonly purpose: string;
  /** SHA-256 of the certificate or list, 64 hex digits. */
  readonly fingerprint: string;
  readonly storeVersion: number;
};

export type OfficerRecord = Stamped & {
  readonly type: 'officer';
  readonly event: 'signed-in' | 'signed-out' | 'handed-over' | 'time-confirmed';
};

export type JournalRecord =
  | PassageRecord
  | AmendmentRecord
  | ActionRecord
  | EndRecord
  | ModeRecord
  | GapRecord
  | PaperRecord
  | LookUpRecord
  | TrustRecord
  | OfficerRecord;

/** As it is sealed: which station wrote it, and its place in the journal, stand in every record. */
export type StoredRecord = JournalRecord & { readonly station: string; readonly sequence: number };
