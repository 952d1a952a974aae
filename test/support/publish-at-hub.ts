import { Readable } from 'node:stream';
import { dayFromIso, dayToIso } from '../../src/kernel/calendar.ts';
import type { HubRig } from './hub-rig.ts';

const HEADER = 'number,status,from,until,source';
const never = new AbortController().signal;

/** A row of a list: who, and between which days. */
export type ListedRow = { readonly number: string; readonly from: string; readonly until: string };

/** In force for a year around the tests' day. */
export function listed(number: string): ListedRow {
  return { number, from: '2026-06-01', until: '2027-05-31' };
}

export function nthNumber(index: number): string {
  return String(1_099_000_000 + index).padStart(12, '0');
}

/** Day of ISO text, as rows count it. */
export function day(iso: string): number {
  const found = dayFromIso(iso);
  if (found === null || dayToIso(found) !== iso) throw new Error(`${iso} is no day`);
  return found;
}

type Change = {
  readonly register?: string;
  readonly mode?: 'add' | 'replace';
  readonly region?: string;
};

/** Imports and publishes with as many operators as it takes; the batch and the manifest it is in. */
export async function publishRows(
  rig: HubRig,
  rows: readonly ListedRow[],
  { register = 'f0', mode = 'add', region = 'hcm' }: Change = {},
): Promise<{ readonly batch: number; readonly version: number }> {
  const { registerDesk } = rig.hub.desks;
  const lines = rows.map(({ number, from, until }) => `${number},active,${from},${until},CDC`);
  const imported = await registerDesk.import(
    {
      ...{ region, register, mode, format: 'csv', operator: 'an' },
      asOfMs: Math.floor(rig.clock.wallMs()),
      input: Readable.from([Buffer.from([HEADER, ...lines].join('\n'))]),
    },
    never,
  );
  if (imported.kind !== 'preview') throw new Error(JSON.stringify(imported));
  const { batch } = imported.preview;
  for (const operator of ['an', 'binh']) {
    const done = await registerDesk.publish(batch, operator);
    if (done.kind === 'published') return { batch, version: done.version };
  }
  throw new Error(`batch ${batch} was not published`);
}
