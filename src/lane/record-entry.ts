import type { IdentityDocument } from '../documents/document.ts';
import type {
  AmendmentRecord,
  GapRecord,
  JournalRecord,
  PassageRecord,
} from '../journal/record.ts';
import { SCHEMA_VERSION } from '../journal/record.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { isChip, numbersOf } from '../rules/subject.ts';
import type { SubCheck, Verdict } from '../rules/verdict.ts';
import type { LaneEntry } from './lane-input.ts';
import type { Passage } from './lane-state.ts';
import type { Direction } from './lane-words.ts';

/** What every record of a lane says besides its own matter. */
export type RecordContext = {
  readonly lane: string;
  readonly direction: Direction;
  readonly policyVersion: number;
  readonly software: string;
};

export type RecordTime = { readonly nowMs: number; readonly interval: TimeInterval };

/** An entry that can be written; an end without a passage is counted instead. */
export type WritableEntry = Exclude<LaneEntry, { type: 'end' }> | WritableEnd;
type WritableEnd = Extract<LaneEntry, { type: 'end' }> & { readonly passage: number };

type Counts = Pick<GapRecord, 'cause' | 'fromMs' | 'untilMs' | 'decided' | 'crossed'>;

/** The record of `entry` under the sequence number it will have; all instants are those of `time`. */
export function recordOf(
  entry: WritableEntry,
  sequence: number,
  time: RecordTime,
  context: RecordContext,
): JournalRecord {
  const stamp = stampOf(entry.officer, time, context);
  switch (entry.type) {
    case 'passage':
      return passageRecord(entry, sequence, stamp, context);
    case 'amendment': {
      const passage = entry.passage.sequence ?? sequence;
      return { ...stamp, type: 'amendment', passage, ...decided(entry.passage) };
    }
    case 'action':
      return {
        ...stamp,
        type: 'action',
        passage: entry.passage,
        action: entry.action,
        reason: entry.reason,
      };
    case 'end':
      return { ...stamp, type: 'end', passage: entry.passage, crossed: entry.crossed };
    case 'mode':
      return {
        ...stamp,
        type: 'mode',
        mode: entry.mode,
        reason: entry.reason,
        counted: entry.counted,
      };
    case 'officer':
      return { ...stamp, type: 'officer', event: entry.event };
    default:
      return entry satisfies never;
  }
}

export function gapRecord(counts: Counts, time: RecordTime, context: RecordContext): GapRecord {
  return { ...stampOf(null, time, context), type: 'gap', ...counts };
}

function passageRecord(
  { passage, mode }: Extract<LaneEntry, { type: 'passage' }>,
  sequence: number,
  stamp: ReturnType<typeof stampOf>,
  { direction, policyVersion }: RecordContext,
): PassageRecord {
  return {
    ...stamp,
    type: 'passage',
    passage: sequence,
    ...decided(passage),
    direction,
    mode,
    // Filled by vehicle lanes and papers, which are not there yet.
    group: null,
    certificates: [],
    papers: [],
    services: [],
    source: passage.source,
    policyVersion,
    test: passage.verdict?.test ?? false,
  };
}

type Decided = Omit<AmendmentRecord, keyof ReturnType<typeof stampOf> | 'type' | 'passage'>;

function decided({ verdict, kinds, keys, documents }: Passage): Decided {
  const [number = null] = numbersOf(documents);
  return {
    verdict: verdict?.kind ?? 'check',
    reasons: [...new Set(verdict?.reasons.map(({ code }) => code) ?? [])],
    checks: checksOf(verdict, documents),
    documents: kinds,
    proof: verdict?.proof ?? 'claim',
    trustVersion: verdict?.trustVersion ?? null,
    subjectKey: keys.number ?? keys.qid,
    number,
    registers: (verdict?.registers ?? []).map(({ register, version, state }) => ({
      register,
      version,
      state,
    })),
  };
}

/** Of the dozens that a chip's proof follows from, those that passed are left out: `proof` says it, at the usual length. */
function checksOf(
  verdict: Verdict | null,
  documents: readonly IdentityDocument[],
): Decided['checks'] {
  const ofChip = new Set(
    documents.filter(isChip).flatMap(({ chip }) => chip.checks.map(({ code }) => code)),
  );
  const told = ({ code, outcome }: SubCheck): boolean =>
    !ofChip.has(code) || outcome === 'failed' || outcome === 'impossible';
  return (verdict?.checks ?? []).filter(told).map(({ code, outcome, ageMs }) => ({
    code,
    outcome,
    ageMs: ageMs === null ? null : Math.round(ageMs),
  }));
}

function stampOf(officer: string | null, { nowMs, interval }: RecordTime, context: RecordContext) {
  return {
    v: SCHEMA_VERSION,
    atMs: nowMs,
    earliestMs: interval.earliestMs,
    latestMs: interval.latestMs,
    trust: interval.trust,
    lane: context.lane,
    officer,
    software: context.software,
  } as const;
}
