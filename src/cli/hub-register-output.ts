import type { Static } from 'typebox';
import type {
  BadLinesAnswer,
  BatchAnswer,
  BatchShown,
  PreviewAnswer,
  PublishedAnswer,
  RegistersAnswer,
  WaitingAnswer,
  WithdrawnAnswer,
} from '../hub/http/register-shapes.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { columns } from './columns.ts';

/** What `chot hub register` prints for people. */

const BATCHES_SHOWN = 20;

type Preview = Static<typeof PreviewAnswer>;
type Judged = Pick<Preview, 'added' | 'removed' | 'listed' | 'share' | 'needsSecond'>;

export function previewLines(preview: Preview): readonly string[] {
  const { batch, rows, others, untilDefaulted, expiresMs } = preview;
  return [
    `batch ${batch}: ${rows} rows, a preview until ${instantToIso(expiresMs)}`,
    ...(others === 0 ? [] : [`${others} of them are old numbers and QIDs of the others`]),
    ...judgedLines(preview),
    ...(untilDefaulted === 0
      ? []
      : [`${untilDefaulted} line(s) had no until: taken from [publishing] defaultDays`]),
    ...nextLines(batch, preview),
  ];
}

function judgedLines({ added, removed, listed, share }: Judged): readonly string[] {
  const changed = share === null ? '' : `, a change of ${percent(share)}`;
  return [`  added    ${added}`, `  removed  ${removed}`, `  listed   ${listed} before${changed}`];
}

function percent(share: number): string {
  return share > 10 ? 'over 1000 %' : `${(share * 100).toFixed(1)} %`;
}

function nextLines(batch: number, { needsSecond }: Judged): readonly string[] {
  const run = `chot hub register publish ${batch}`;
  return needsSecond
    ? [
        'Not published. The change is over the threshold: two publishers must answer for it. Each runs, with a token of their own:',
        `  ${run}`,
      ]
    : [`Not published. When it is as you expect: ${run}`];
}

export function badLineLines({
  badLines,
  badTotal,
}: Static<typeof BadLinesAnswer>): readonly string[] {
  return [
    ...badLines.map(
      ({ line, column, problem }) =>
        `line ${line}${column === null ? '' : `, ${column}`}: ${problem}`,
    ),
    `${badTotal} bad line(s): nothing was imported`,
  ];
}

export function publishedLine(batch: string, published: Static<typeof PublishedAnswer>): string {
  const { region, register, version, added, removed } = published;
  return `batch ${batch} is in force: ${register} of ${region}, version ${version}, ${added} added, ${removed} removed`;
}

export function waitingLines(
  batch: string,
  { region, register, added, removed, publishedBy, expiresMs }: Static<typeof WaitingAnswer>,
): readonly string[] {
  return [
    `batch ${batch} is NOT published yet: ${register} of ${region}, ${added} to be added, ${removed} removed`,
    `Over the threshold a second publisher must answer for it. Another one than ${publishedBy} runs, with a token of their own:`,
    `  chot hub register show ${batch}`,
    `  chot hub register publish ${batch}`,
    `until ${instantToIso(expiresMs)}; after that it must be imported again.`,
  ];
}

export function withdrawnLine(
  batch: string,
  { region, register, version, added, removed }: Static<typeof WithdrawnAnswer>,
): string {
  return `batch ${batch} is withdrawn: ${register} of ${region}, version ${version}, ${removed} removed, ${added} back in force`;
}

export function batchLines({ batch, judged }: Static<typeof BatchAnswer>): readonly string[] {
  const { region, register, asOfMs } = batch;
  return [
    `${register} of ${region}, as of ${instantToIso(asOfMs)}`,
    ...batchTable([batch]),
    ...(judged === null ? [] : [...judgedLines(judged), ...openLines(batch, judged)]),
  ];
}

function openLines(
  { id, state, publishedBy, expiresMs }: BatchShown,
  judged: Judged,
): readonly string[] {
  const until = `until ${instantToIso(expiresMs)}`;
  return state === 'waiting'
    ? [`Waits ${until} for another publisher than ${publishedBy}: chot hub register publish ${id}`]
    : [`A preview ${until}.`, ...nextLines(id, judged)];
}

export function registerLines(
  region: string,
  answer: Static<typeof RegistersAnswer>,
  isAll: boolean,
): readonly string[] {
  const { version, issuedMs, notAfterMs, registers, batches } = answer;
  const shown = isAll ? batches : batches.slice(0, BATCHES_SHOWN);
  const rest = batches.length - shown.length;
  return [
    issuedMs === undefined || notAfterMs === undefined
      ? `${region}: nothing was published yet`
      : `${region}: version ${version} of ${instantToIso(issuedMs)}, holds until ${instantToIso(notAfterMs)}`,
    ...(registers.length === 0 ? [] : registerTable(registers)),
    ...(shown.length === 0 ? [] : ['', ...batchTable(shown)]),
    ...(rest > 0 ? [`and ${rest} older batches: --all`] : []),
  ];
}

function registerTable(registers: Static<typeof RegistersAnswer>['registers']): readonly string[] {
  return columns(
    ['register', 'version', 'entries', 'persons', 'as of'],
    registers.map(({ name, contentVersion, entries, subjects, asOfMs }) => [
      ...[name, contentVersion, entries, subjects, instantToIso(asOfMs)],
    ]),
  );
}

function batchTable(batches: readonly BatchShown[]): readonly string[] {
  return columns(
    ['batch', 'register', 'mode', 'state', 'rows', 'imported', 'by', 'published by', 'version'],
    batches.map((each) => [
      ...[each.id, each.register, each.mode, each.state, each.rows],
      ...[instantToIso(each.madeMs), each.madeBy],
      [each.publishedBy, each.confirmedBy].filter((name) => name !== null).join(', ') || '-',
      each.publishedVersion ?? '-',
    ]),
  );
}
