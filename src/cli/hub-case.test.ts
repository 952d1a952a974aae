import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubRig } from '../../test/support/hub-rig.ts';
import { actionRecord, endRecord, passageRecord } from '../../test/support/journal-records.ts';
import { listed, publishRows } from '../../test/support/publish-at-hub.ts';
import { runHubCommand } from '../../test/support/run-hub-command.ts';
import type { JournalRecord } from '../journal/record.ts';
import { encodeRecord } from '../journal/record-codec.ts';
import { systemClock } from '../station/system-clock.ts';

/** What a real hub has opened of a station's journal: three stops, the first one with what followed. */
const NUMBER = '001200012345';
const RECORDS: readonly JournalRecord[] = [
  passageRecord(1, {
    ...{ verdict: 'stop', reasons: ['status.f0'] },
    registers: [{ register: 'f0', version: 1, state: 'fresh' }],
  }),
  { ...actionRecord(1, 'turn-back'), reason: 'quarantine' },
  endRecord(1, 'no'),
  ...[4, 5].map((sequence) => passageRecord(sequence, { verdict: 'stop', registers: [] })),
];

let rig: HubRig;
beforeAll(async () => {
  rig = await HubRig.start(systemClock);
  for (const role of ['viewer', 'health'] as const) {
    const token = await rig.operator(role, role);
    writeFileSync(join(rig.folder, role), `${token}\n`, { mode: 0o600 });
  }
  await publishRows(rig, [listed(NUMBER)]);
  await open(RECORDS, 1, 1);
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Opened at the hub's time `atMs`, from record `first` on. */
function open(records: readonly JournalRecord[], first: number, atMs: number): Promise<void> {
  const place = { station: 'cua-ngo-1', epoch: new Uint8Array(16).fill(7) };
  const last = first + records.length - 1;
  const made = records.map((each, index) => {
    const record = { ...each, station: place.station, sequence: first + index };
    return { record, bytes: encodeRecord(record) };
  });
  const arrival = { ...place, first, last, arrival: first, state: 'held', storedMs: atMs } as const;
  return rig.index.opened.add([{ arrival, records: made }], atMs);
}
const cases = (who: string, ...args: readonly string[]) =>
  runHubCommand(['case', ...args], {
    ...{ CHOT_HUB_DATA: rig.directory.path, CHOT_HUB_URL: rig.hub.origin },
    CHOT_HUB_TOKEN_FILE: join(rig.folder, who),
  });
/** Of the stop at this place of the journal. */
async function codeOf(sequence: number): Promise<string> {
  const [found] = await rig.index.cases.of('cua-ngo-1', [
    { epoch: new Uint8Array(16).fill(7), sequence },
  ]);
  return found?.code ?? '';
}
const newest = async () => (await rig.store.operators.audit({ before: null, limit: 1 }))[0];

test('a case is seen, looked into with a purpose, acknowledged and closed', async () => {
  const code = await codeOf(1);
  const open = await cases('health', 'list', '--state', 'open');
  expect(open.code).toBe(3);
  expect(open.stdout).toMatch(new RegExp(`\\n${code} +open +cua-ngo-1 +1970-\\S+ +- +- +-\\n`));
  expect(open.stdout).not.toContain(NUMBER);
  const shown = await cases('health', 'show', code.toLowerCase(), '--purpose', 'case');
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toMatch(
    /^case .*open: nobody .*\nnumber +001200012345\nverdict +stop: status.f0\n.*turn-back, quarantine \(officer-1\)\n.*crossed: no.*case acknowledge/s,
  );
  expect(await newest()).toMatchObject({
    ...{ operator: 'health', action: 'case.read', purpose: 'case' },
    detail: { case: code, count: 1 },
  });
  const taken = await cases('health', 'acknowledge', code);
  expect([taken.code, taken.stderr]).toEqual([
    0,
    expect.stringContaining(`chot hub case close ${code}`),
  ]);
  const twice = await cases('health', 'acknowledge', code);
  expect([twice.code, twice.stderr]).toEqual([
    4,
    expect.stringMatching(/^it was acknowledged by health at \d{4}-/),
  ]);
  expect(await cases('health', 'close', code, '--outcome', 'recovered')).toMatchObject({ code: 0 });
  const over = await cases('health', 'close', code, '--outcome', 'left');
  expect([over.code, over.stderr]).toEqual([
    4,
    expect.stringMatching(/^it was closed as recovered by health at \d{4}-/),
  ]);
  const closed = await cases('health', 'list', '--state', 'closed', '--json');
  expect([closed.code, JSON.parse(closed.stdout)]).toEqual([
    0,
    expect.objectContaining({ code, outcome: 'recovered', acknowledgedBy: 'health' }),
  ]);
  const again = await cases('health', 'show', code, '--purpose', 'supervision');
  expect(again.stdout).toMatch(/^case .*closed by health, \S+: recovered\n/);
});

test('who was stopped under a batch is told with the cases', async () => {
  const stops = await cases('health', 'stops', '1', '--purpose', 'contact-tracing');
  expect([stops.code, stops.stderr]).toEqual([0, '']);
  const row = `cua-ngo-1 +lane-1 +${NUMBER} +status.f0 +${await codeOf(1)} +`;
  expect(stops.stdout).toMatch(new RegExp(`^at .*\\n\\S+ +${row}\\S+\\n$`));
  expect(await newest()).toMatchObject({ action: 'stops.read', purpose: 'contact-tracing' });
  const none = await cases('health', 'stops', '99', '--purpose', 'case');
  expect([none.code, none.stderr]).toEqual([4, 'batch 99 was never published\n']);
});

test('a case of which the record is erased still says how it stands', async () => {
  const place = { station: 'cua-ngo-1', epoch: new Uint8Array(16).fill(7), sequence: 4 };
  await rig.index.erasing.bury([place], 9);
  const shown = await cases('health', 'show', await codeOf(4), '--purpose', 'case', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ case: { state: 'open' }, passage: null });
});

test('more cases than fit a page are all told once, also those of one moment', async () => {
  const stop = (sequence: number) => passageRecord(sequence, { verdict: 'stop', registers: [] });
  const all = Array.from({ length: 700 }, (_, index) => stop(index + 6));
  await open(all.slice(0, 300), 6, 2);
  await open(all.slice(300), 306, 3);
  const page = await cases('health', 'list', '--state', 'open', '--json');
  expect(page.stdout.trim().split('\n')).toHaveLength(500);
  expect(page.stderr).toContain('--all');
  const whole = await cases('health', 'list', '--state', 'open', '--json', '--all');
  const codes = whole.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { code: string }).code);
  expect([codes.length, new Set(codes).size, whole.stderr]).toEqual([702, 702, '']);
});

test('a code that is nobody’s, a role that is too low and a purpose that is missing are said to be so', async () => {
  const unknown = await cases('health', 'acknowledge', 'AA-AAA');
  expect([unknown.code, unknown.stderr]).toEqual([
    4,
    expect.stringContaining('no case has this code'),
  ]);
  const none = await cases('health', 'show', 'K7', '--purpose', 'case');
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('as K7-4HX')]);
  const viewer = await cases('viewer', 'list');
  expect([viewer.code, viewer.stderr]).toEqual([1, expect.stringContaining('health or above')]);
  const silent = await cases('health', 'show', 'AA-AAA');
  expect([silent.code, silent.stderr]).toEqual([
    1,
    expect.stringContaining("'--purpose <purpose>'"),
  ]);
  await rig.store.operators.end('health', systemClock.wallMs());
  const revoked = await cases('health', 'list');
  expect([revoked.code, revoked.stderr]).toEqual([
    1,
    expect.stringContaining('not know this token'),
  ]);
});
