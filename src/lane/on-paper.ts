import { dayOf, dayToIso, instantToIso } from '../kernel/calendar.ts';
import type { LaneInput } from './lane-input.ts';
import { PAPER_LINES_MAX } from './lane-settings.ts';
import type { Passage, Stage } from './lane-state.ts';
import { askRules, newPassage, notice } from './on-presented.ts';
import { endPassage } from './passage-end.ts';
import type { Turn } from './turn.ts';

type Reconciled = Extract<LaneInput, { kind: 'reconciled' }>;

/** Staff let somebody through on a line of the paper book: nothing was read, and nothing of the person is known here. */
export function openOnPaper(turn: Turn, reason: string): void {
  const { wallMs } = turn.at;
  const line = { slip: slipOf(wallMs), atMs: wallMs, reason, crossed: false };
  const { hasBarrier, operation } = turn.settings;
  if (hasBarrier && operation !== 'monitor') turn.effect({ kind: 'open-barrier' });
  turn.set({ paperLines: [...turn.state.paperLines, line].slice(-PAPER_LINES_MAX) });
  notice(turn, 'on-paper', line.slip);
  turn.tell({ event: 'on-paper', reason });
}

/** Whether the crossing that a loop felt is that of somebody let through on paper. */
export function crossOnPaper(turn: Turn): boolean {
  const next = turn.state.paperLines.find(({ crossed }) => !crossed);
  if (next === undefined) return false;
  turn.set({
    paperLines: turn.state.paperLines.map((line) =>
      line === next ? { ...line, crossed: true } : line,
    ),
  });
  return true;
}

/** The number of somebody who has long gone: looked up and recorded, but nothing opens, and nobody is held by it. */
export function onReconciled(turn: Turn, input: Reconciled): void {
  const { slip, document, keys, startedAtMonoMs } = input;
  const ordinal = turn.state.nextOrdinal;
  turn.set({ nextOrdinal: ordinal + 1 });
  askRules(turn, {
    ...newPassage(turn, ordinal),
    documents: [document],
    kinds: [document.kind],
    keys,
    source: 'paper',
    slip,
    startedAtMonoMs,
  });
}

/** The stage of who was let through on paper: gone before it was decided. */
export function goneOnPaper({ at }: Turn): Stage {
  return { kind: 'given', by: 'paper', sinceMonoMs: at.monoMs, untilMonoMs: at.monoMs };
}

/** The record of it is on disk: it ends, refers to its line, and the line is done. */
export function endOnPaper(turn: Turn, passage: Passage, slip: string): void {
  const verdict = passage.verdict?.kind ?? 'check';
  const { sequence } = passage;
  if (sequence === null) {
    // Not on disk: the line stays in the book and in sight.
    turn.remove(passage.ordinal);
    return;
  }
  noteReconciled(turn, sequence, slip);
  // Coming back now is a crossing of its own, whatever was written into a book before.
  endPassage(turn, passage, 'yes', { used: false });
  notice(turn, `reconciled-${verdict}`, slip);
  turn.tell({ event: 'reconciled', verdict });
  const test = passage.verdict?.test ?? false;
  if (verdict === 'stop' && !test) turn.set({ foundOnPaper: { slip, passage: sequence } });
}

export function onReconciledWithout(turn: Turn, slip: string): void {
  noteReconciled(turn, null, slip);
}

function noteReconciled(turn: Turn, passage: number | null, slip: string): void {
  const { officer } = turn.state;
  const action = passage === null ? 'paper-without-number' : 'paper-reconciled';
  turn.record({ type: 'action', passage, action, reason: `slip-${slip}`, officer });
  turn.set({ paperLines: turn.state.paperLines.filter((line) => line.slip !== slip) });
}

/** As an officer writes it into the book: the day and the time in Vietnam. */
function slipOf(wallMs: number): string {
  const time = instantToIso(wallMs).slice(11, 19).replaceAll(':', '');
  return `${dayToIso(dayOf(wallMs)).replaceAll('-', '')}-${time}`;
}
