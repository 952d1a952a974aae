import type { Finding, FindingState } from './finding.ts';
import { wrapped } from './wrap.ts';

/** How many of each, and what the whole comes to. */
export type Summary = Readonly<Record<FindingState, number>> & {
  readonly verdict: 'good' | 'warning' | 'fault';
};

export function summaryOf(findings: readonly Finding[]): Summary {
  const count = (state: FindingState) => findings.filter((each) => each.state === state).length;
  const counts = {
    ...{ fault: count('fault'), warning: count('warning') },
    ...{ good: count('good'), skipped: count('skipped') },
  };
  const verdict = counts.fault > 0 ? 'fault' : counts.warning > 0 ? 'warning' : 'good';
  return { ...counts, verdict };
}

const WIDTH_MIN = 40;
const LABEL = 9;
const SUBJECT_MAX = 30;

/** The page that people read: what is wrong first and what to do about it, then what is well, a line each. */
export function reportLines(
  findings: readonly Finding[],
  head: string,
  nowMs: number,
  width: number,
): readonly string[] {
  const wide = Math.max(width, WIDTH_MIN);
  const of = (state: FindingState) => findings.filter((each) => each.state === state);
  return [
    `${verdictLine(summaryOf(findings))}  ${head}`,
    ...[...of('fault'), ...of('warning')].flatMap((each) => ['', ...block(each, nowMs, wide)]),
    ...section('Not looked at', of('skipped'), nowMs, wide),
    ...section('Well', of('good'), nowMs, wide),
  ];
}

function verdictLine({ fault, warning, good }: Summary): string {
  const parts = [
    ...(fault > 0 ? [counted(fault, 'fault')] : []),
    ...(warning > 0 ? [counted(warning, 'warning')] : []),
  ];
  return parts.length === 0 ? `All well (${counted(good, 'check')}).` : `${parts.join(', ')}.`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function block(finding: Finding, nowMs: number, width: number): string[] {
  const { state, subject, sinceMs, found, cause, next } = finding;
  const since = sinceMs === null ? '' : ` (since ${sinceText(sinceMs, nowMs)})`;
  return [
    `${state.toUpperCase().padEnd(LABEL)}${subject}${since}`,
    ...labelled('found', found, width),
    ...(cause === null ? [] : labelled('cause', cause, width)),
    ...(next === null ? [] : labelled('do', next, width)),
  ];
}

function labelled(label: string, text: string, width: number): string[] {
  const room = width - LABEL;
  const indent = ' '.repeat(LABEL);
  return text
    .split('\n')
    .flatMap((line) => wrapped(line, room))
    .map((line, at) => `${at === 0 ? `  ${label}`.padEnd(LABEL) : indent}${line}`);
}

function section(
  title: string,
  findings: readonly Finding[],
  nowMs: number,
  width: number,
): string[] {
  if (findings.length === 0) return [];
  const longest = Math.max(...findings.map(({ subject }) => subject.length));
  const column = Math.min(longest, SUBJECT_MAX) + 2;
  return ['', title, ...findings.flatMap((each) => line(each, nowMs, column, width))];
}

function line(finding: Finding, nowMs: number, column: number, width: number): string[] {
  const { subject, found, next, sinceMs, state } = finding;
  const since = sinceMs === null ? '' : `, since ${sinceText(sinceMs, nowMs)}`;
  const text = state === 'skipped' && next !== null ? `${found}: ${next}` : `${found}${since}`;
  const lines = wrapped(text, width - column - 2);
  // A long name has a line of its own.
  const first = subject.length + 2 > column ? [`  ${subject}`] : [];
  return [
    ...first,
    ...lines.map((each, at) => {
      const name = at === 0 && first.length === 0 ? subject : '';
      return `  ${name.padEnd(column)}${each}`.trimEnd();
    }),
  ];
}

const DAY_MS = 86_400_000;

/** The clock's time in Vietnam, with the day when it is another one. */
function sinceText(sinceMs: number, nowMs: number): string {
  const at = new Date(sinceMs + OFFSET_MS).toISOString();
  const time = at.slice(11, 16);
  const isToday =
    Math.floor((sinceMs + OFFSET_MS) / DAY_MS) === Math.floor((nowMs + OFFSET_MS) / DAY_MS);
  return isToday ? time : `${at.slice(0, 10)} ${time}`;
}

const OFFSET_MS = 7 * 3_600_000;
