import type { IdentityDocument } from '../documents/document.ts';
import { describeNumber } from '../documents/personal-number.ts';
import type { OutwardSignal } from '../ports/signal.ts';
import { type Comparison, compareWithChip } from '../rules/compare-documents.ts';
import type { Reason, RegisterUse, SubCheck, VerdictKind } from '../rules/verdict.ts';
import { type CardSnapshot, cardSnapshot, hintOf } from './card-snapshot.ts';
import type { JournalCondition } from './journal-keeper.ts';
import type { Instant } from './lane-input.ts';
import { OVERDUE_MS } from './lane-settings.ts';
import type { LaneState, Notice, PaperLine, Parked, Passage, Recent } from './lane-state.ts';
import type { Mode, PassageAction, Source } from './lane-words.ts';
import { isRecorded } from './may-open.ts';
import { isWaiting, onScreen } from './screen.ts';

/** What the papers said of somebody who is on the screen; null where none did, or the name has already gone. */
export type SubjectSnapshot = Pick<
  IdentityDocument,
  'number' | 'name' | 'birth' | 'sex' | 'residence' | 'issued'
> & { readonly province: string | null };

export type PassageSnapshot = {
  /** Journal sequence; 0 while it could not be recorded. */
  readonly passage: number;
  readonly ordinal: number;
  readonly verdict: VerdictKind;
  readonly reasons: readonly Reason[];
  readonly checks: readonly SubCheck[];
  readonly registers: readonly RegisterUse[];
  readonly subject: SubjectSnapshot;
  readonly documents: readonly string[];
  readonly comparison: readonly Comparison[];
  readonly source: Source;
  readonly repaired: boolean;
  readonly proof: string;
  readonly test: boolean;
  readonly decidedAtMs: number;
  readonly tookMs: number;
  readonly recorded: boolean;
  /** How much longer it stays; null for who is held. */
  readonly restMs: number | null;
  readonly staff: 'let-pass' | 'turned-back' | null;
};

export type ParkedSnapshot = {
  readonly passage: number;
  readonly ordinal: number;
  readonly verdict: VerdictKind;
  readonly reasons: readonly string[];
  readonly name: string | null;
  readonly number: string | null;
  readonly sinceMs: number;
  readonly overdue: boolean;
};

export type RegisterSnapshot = RegisterUse & {
  /** At the late end of the time interval. */
  readonly ageMs: number | null;
  readonly acknowledged: boolean;
};

/** One lane as a screen may show it, and nothing that must not be shown. */
export type LaneSnapshot = {
  readonly lane: string;
  readonly mode: Mode;
  readonly modeSinceMs: number;
  readonly counted: number;
  readonly officer: string | null;
  readonly current: PassageSnapshot | null;
  /** People behind the one on the screen, decided and not yet given or shown. */
  readonly waiting: number;
  readonly card: CardSnapshot | null;
  readonly notice: Pick<Notice, 'kind' | 'looksLike' | 'atMs'> | null;
  readonly parked: readonly ParkedSnapshot[];
  readonly recent: readonly Recent[];
  readonly undo: {
    readonly passage: number;
    readonly ordinal: number;
    readonly action: PassageAction;
    readonly restMs: number;
  } | null;
  readonly hint: string | null;
  readonly outward: OutwardSignal;
  readonly registers: readonly RegisterSnapshot[];
  readonly journal: JournalCondition;
  readonly restart: LaneState['restart'];
  /** An opening in an emergency still owes its reason. */
  readonly emergencyAtMs: number | null;
  readonly barrier: LaneState['barrier'];
  readonly luminance: number | null;
  readonly paperLines: readonly Pick<PaperLine, 'slip' | 'atMs' | 'reason'>[];
  /** The line of a stop that the health unit must hear of; null for none. */
  readonly foundOnPaper: string | null;
  readonly openings: {
    readonly sinceMs: number;
    readonly untied: number;
    readonly overridden: number;
    /** Counted by the journal in the shift that this start cut in two; null: it could not be read. */
    readonly beforeStart: number | null;
  };
};

export type SnapshotContext = {
  readonly lane: string;
  readonly at: Instant;
  readonly registers: readonly RegisterSnapshot[];
  readonly journal: JournalCondition;
};

export function snapshotOf(
  state: LaneState,
  { lane, at, registers, journal }: SnapshotContext,
): LaneSnapshot {
  const { mode, modeSinceMs, counted, officer, notice, recent, outward, card } = state;
  const shown = onScreen(state);
  return {
    lane,
    mode,
    modeSinceMs,
    counted,
    officer,
    current: shown === null ? null : passageSnapshot(shown, at),
    waiting: state.passages.filter((passage) => isBehind(passage, shown)).length,
    card: card === null ? null : cardSnapshot(card),
    notice:
      notice === null
        ? null
        : { kind: notice.kind, looksLike: notice.looksLike, atMs: notice.atMs },
    parked: state.passages.flatMap((passage) =>
      passage.parked === null ? [] : parkedSnapshot(passage, passage.parked, at),
    ),
    recent,
    undo: undoSnapshot(state, at),
    hint: hintOf(state, shown),
    outward,
    registers,
    journal,
    restart: state.restart,
    emergencyAtMs: state.emergencyAtMs,
    barrier: state.barrier,
    luminance: state.luminance,
    paperLines: state.paperLines.map(({ slip, atMs, reason }) => ({ slip, atMs, reason })),
    foundOnPaper: state.foundOnPaper?.slip ?? null,
    openings: openingCounts(state),
  };
}

function passageSnapshot(passage: Passage, at: Instant): PassageSnapshot {
  const { ordinal, sequence, verdict, documents, stage } = passage;
  return {
    passage: sequence ?? 0,
    ordinal,
    verdict: verdict?.kind ?? 'check',
    reasons: verdict?.reasons ?? [],
    checks: verdict?.checks ?? [],
    registers: verdict?.registers ?? [],
    subject: subjectOf(documents),
    documents: passage.kinds,
    comparison: compareWithChip(documents),
    source: passage.source,
    repaired: documents.some(({ repaired }) => repaired),
    proof: verdict?.proof ?? 'claim',
    test: verdict?.test ?? false,
    decidedAtMs: passage.decidedAtMs,
    tookMs: passage.tookMs,
    recorded: isRecorded(passage),
    restMs: 'untilMonoMs' in stage ? Math.max(0, stage.untilMonoMs - at.monoMs) : null,
    staff: staffOf(passage),
  };
}

function staffOf({ stage }: Passage): PassageSnapshot['staff'] {
  if (stage.kind === 'settled') return stage.crossed === 'no' ? 'turned-back' : 'let-pass';
  return stage.kind === 'given' && stage.by !== 'lane' ? 'let-pass' : null;
}

/** The first document that knows each thing; where they differ the verdict says so. */
function subjectOf(documents: readonly IdentityDocument[]): SubjectSnapshot {
  const first = <Key extends keyof IdentityDocument>(key: Key): IdentityDocument[Key] | null =>
    documents.find((document) => document[key] !== null)?.[key] ?? null;
  const number = first('number');
  return {
    number,
    name: first('name'),
    birth: first('birth'),
    sex: first('sex'),
    residence: first('residence'),
    issued: first('issued'),
    province: number === null ? null : (describeNumber(number)?.provinceName ?? null),
  };
}

function parkedSnapshot(passage: Passage, parked: Parked, at: Instant): ParkedSnapshot {
  const { name, number } = subjectOf(passage.documents);
  return {
    passage: passage.sequence ?? 0,
    ordinal: passage.ordinal,
    verdict: passage.verdict?.kind ?? 'check',
    reasons: [...new Set(passage.verdict?.reasons.map(({ code }) => code) ?? [])],
    name,
    number,
    sinceMs: parked.sinceMs,
    overdue: at.monoMs - parked.sinceMonoMs >= OVERDUE_MS,
  };
}

function undoSnapshot({ undo, passages }: LaneState, at: Instant): LaneSnapshot['undo'] {
  if (undo === null) return null;
  const { ordinal, action, untilMonoMs } = undo;
  const passage = passages.find((other) => other.ordinal === ordinal)?.sequence ?? 0;
  return { passage, ordinal, action, restMs: Math.max(0, untilMonoMs - at.monoMs) };
}

function openingCounts({ openings }: LaneState): LaneSnapshot['openings'] {
  const [{ sinceMs, untied, overridden }, ...older] = openings.shifts;
  const counts = openings.before?.at(-1)?.counts ?? {};
  const counted = Object.values(counts).reduce((all, count) => all + count, 0);
  // Whoever signed in first after a start goes on with the shift that it cut, as far as anybody knows.
  const isCut = older.length === 0;
  const beforeStart = openings.before === null ? null : counted;
  return { sinceMs, untied, overridden, beforeStart: isCut ? beforeStart : 0 };
}

function isBehind(passage: Passage, shown: Passage | null): boolean {
  if (passage.ordinal === shown?.ordinal || passage.parked !== null) return false;
  return passage.stage.kind === 'held' || isWaiting(passage);
}
