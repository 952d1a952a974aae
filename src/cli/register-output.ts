import { dayToIso, instantToIso } from '../kernel/calendar.ts';
import type { ImportOutcome } from '../registers/import-register.ts';
import type { RegisterHit } from '../registers/lookup.ts';
import type { RegisterUse } from '../rules/verdict.ts';

/** What `chot register import` prints: lines for people, or JSON lines. */
export function outcomeLines(outcome: ImportOutcome, json: boolean): string[] {
  if (outcome.kind === 'imported') return json ? [importedJson(outcome)] : importedLines(outcome);
  const { badLines, badTotal } = outcome;
  if (json) {
    return [...badLines, { imported: false, badLines: badTotal }].map((line) =>
      JSON.stringify(line),
    );
  }
  return [
    ...badLines.map(
      ({ line, column, problem }) =>
        `line ${line}${column === null ? '' : `, ${column}`}: ${problem}`,
    ),
    `${badTotal} bad line(s): nothing was imported`,
  ];
}

type Imported = Extract<ImportOutcome, { kind: 'imported' }>;

function importedJson({ meta, lines, untilDefaulted, others, previous }: Imported): string {
  const { register, version, generation, entries, subjects } = meta;
  const before =
    previous === null ? null : { version: previous.version, entries: previous.entries };
  return JSON.stringify({
    ...{ imported: true, register, version, generation, asOf: instantToIso(meta.asOfMs) },
    ...{ lines, entries, subjects, untilDefaulted, others, previous: before },
  });
}

function importedLines({ meta, lines, untilDefaulted, others, previous }: Imported): string[] {
  const { register, version, entries, subjects } = meta;
  const asOf = instantToIso(meta.asOfMs);
  const whom = others === 0 ? 'persons' : 'numbers and QIDs';
  const told = [
    `${register} version ${version}: ${entries} entries about ${subjects} ${whom}, as of ${asOf}`,
  ];
  if (others > 0) told.push(`${others} of them are old numbers and QIDs of the others`);
  const same = lines + others - entries;
  if (same > 0) told.push(`${same} line(s) said what another line said`);
  if (untilDefaulted > 0) {
    told.push(`${untilDefaulted} line(s) had no until: taken from policy.defaultDays`);
  }
  if (previous !== null)
    told.push(`before: version ${previous.version}, ${previous.entries} entries`);
  return told;
}

export function hitShape({ register, status, fromDay, untilDay, source }: RegisterHit) {
  return { register, status, from: dayToIso(fromDay), until: dayToIso(untilDay), source };
}

export function hitLine(hit: RegisterHit): string {
  const { register, status, from, until, source } = hitShape(hit);
  return `${register} ${status} from ${from} until ${until}, ${source}`;
}

export function useShape({ register, state, asOfMs }: RegisterUse) {
  return { register, state, asOf: asOfMs === null ? null : instantToIso(asOfMs) };
}

export function useLine(use: RegisterUse, unusable: string | null): string {
  const { register, state, asOf } = useShape(use);
  const version = use.version === null ? '' : `, version ${use.version}`;
  return `${register}: ${state}${unusable === null ? '' : ` (${unusable})`}, as of ${asOf ?? '-'}${version}`;
}
