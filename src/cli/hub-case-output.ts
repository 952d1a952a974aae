import type { Static } from 'typebox';
import type { AttachedShown, CaseAnswer, CaseShown, StopsAnswer } from '../hub/http/case-shapes.ts';
import { CASE_OUTCOMES } from '../hub/passages/index-store.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { columns } from './columns.ts';

/** What `chot hub case` prints for people. */

export type StopShown = Static<typeof StopsAnswer>['stops'][number];
type CaseOfPerson = Static<typeof CaseAnswer>;
type Passage = NonNullable<CaseOfPerson['passage']>;

export function caseTable(cases: readonly CaseShown[], state: string | null): readonly string[] {
  if (cases.length === 0) return [`no case is ${state ?? 'open or acknowledged'}`];
  return columns(
    ['case', 'state', 'station', 'opened', 'acknowledged by', 'closed by', 'outcome'],
    cases.map((each) => [
      ...[each.code, each.state, each.station, instantToIso(each.openedMs)],
      ...[each.acknowledgedBy ?? '-', each.closedBy ?? '-', each.outcome ?? '-'],
    ]),
  );
}

export function caseLines({ case: shown, passage }: CaseOfPerson): readonly string[] {
  return [
    line('case', `${shown.code}, ${stateText(shown)}`),
    line('opened', instantToIso(shown.openedMs)),
    line('station', shown.station),
    ...(passage === null
      ? ['Its record is not here: it was erased, its time is over, or it has not come yet.']
      : passageLines(passage)),
    ...nextLines(shown),
  ];
}

function stateText({
  state,
  acknowledgedMs,
  acknowledgedBy,
  closedMs,
  closedBy,
  outcome,
}: CaseShown) {
  if (state === 'open') return 'open: nobody has acknowledged it';
  if (state === 'acknowledged') return `acknowledged by ${acknowledgedBy}, ${at(acknowledgedMs)}`;
  return `closed by ${closedBy}, ${at(closedMs)}: ${outcome}`;
}

/** As it was decided last: what a further document has changed stands in an amendment, and there again in whole. */
function passageLines({ record, attached }: Passage): readonly string[] {
  return [
    line('lane', `${record.lane}, ${record.direction}`),
    line('at', instantToIso(record.atMs)),
    line('number', record.number ?? 'not known'),
    line('verdict', `${record.verdict}: ${record.reasons.join(', ')}`),
    line('proof', `${record.proof}, from ${record.documents.join(', ')} (${record.source})`),
    line('lists', record.registers.map(registerText).join(', ')),
    ...(record.test ? ['A test with a made-up number: nobody.'] : []),
    ...attached.map((each) => line('then', attachedText(each))),
  ];
}

function registerText({
  register,
  version,
  state,
}: Passage['record']['registers'][number]): string {
  return version === null ? `${register} ${state}` : `${register} version ${version} ${state}`;
}

function attachedText(each: AttachedShown): string {
  const { type, atMs, officer, action, reason, crossed, verdict, kind, outcome } = each;
  const what = [action, reason, crossed === undefined ? undefined : `crossed: ${crossed}`, verdict]
    .concat(kind, outcome)
    .filter((word) => word !== undefined);
  return `${instantToIso(atMs)}  ${type}: ${what.join(', ')}${officer === null ? '' : ` (${officer})`}`;
}

function nextLines({ code, state }: CaseShown): readonly string[] {
  switch (state) {
    case 'open':
      return [`When you look after it: chot hub case acknowledge ${code}`];
    case 'acknowledged':
      return [`When its outcome is known: ${closeHint(code)}`];
    case 'closed':
      return [];
    default:
      return state satisfies never;
  }
}

/** What closes it, and as what. */
export function closeHint(code: string): string {
  return `chot hub case close ${code} --outcome OUTCOME (${CASE_OUTCOMES.join(', ')})`;
}

export function stopTable(stops: readonly StopShown[]): readonly string[] {
  if (stops.length === 0) return ['nobody was stopped under it, as far as the stations have told'];
  return columns(
    ['at', 'station', 'lane', 'number', 'reasons', 'case', 'state'],
    stops.map(({ station, record, case: opened }) => [
      ...[instantToIso(record.atMs), station, record.lane, record.number ?? '-'],
      ...[record.reasons.join(' '), opened?.code ?? '-', opened?.outcome ?? opened?.state ?? '-'],
    ]),
  );
}

function at(ms: number | null): string {
  return ms === null ? '-' : instantToIso(ms);
}

function line(name: string, value: string): string {
  return `${name.padEnd(8)} ${value}`;
}
