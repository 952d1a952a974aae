import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BuildRecord } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';
import { encodeRecord } from '../journal/record-codec.ts';
import { StorageFault } from '../kernel/errors.ts';
import { type LookUpSlip, leaveSlip, lookUpRecorder } from './look-ups.ts';
import { accountOf } from './slips.ts';

const AT_MS = Date.UTC(2026, 10, 24, 3);
const SLIP: LookUpSlip = {
  atMs: AT_MS,
  account: 'an',
  reason: 'health-unit',
  lookUps: [
    { subjectKey: '0123456789abcdef', verdict: 'listed' },
    { subjectKey: 'fedcba9876543210', verdict: 'not-listed' },
  ],
};

let dataDir: string;
let records: JournalRecord[];
let fault: StorageFault | null;
let told: string[];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chot-look-ups-'));
  records = [];
  fault = null;
  told = [];
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const slips = () => readdirSync(join(dataDir, 'look-ups'));

function recorder() {
  return lookUpRecorder({
    dataDir,
    journal: {
      state: () => ({ kind: 'writing' }),
      appendAll: (builds: readonly BuildRecord[]) => {
        if (fault !== null) throw fault;
        for (const build of builds) records.push(build(records.length + 1));
        return [];
      },
    },
    interval: () => ({ earliestMs: AT_MS + 1_000, latestMs: AT_MS + 3_000, trust: 'carried' }),
    software: '0.1.0',
    recorded: (reason, count) => told.push(`${reason} ${count}`),
    notRecorded: (code) => told.push(code),
  });
}

test('a slip becomes one record a person, in the journal’s closed schema, and is gone', () => {
  leaveSlip(dataDir, SLIP);
  recorder().record();
  const common = {
    ...{ type: 'look-up', v: 1, lane: 'command-line', officer: 'os-an', software: '0.1.0' },
    ...{ atMs: AT_MS, earliestMs: AT_MS, latestMs: AT_MS + 3_000, trust: 'carried' },
    reason: 'health-unit',
  };
  expect(records).toEqual([
    { ...common, subjectKey: '0123456789abcdef', verdict: 'listed' },
    { ...common, subjectKey: 'fedcba9876543210', verdict: 'not-listed' },
  ]);
  for (const record of records) {
    expect(() => encodeRecord({ ...record, station: 'gate-1', sequence: 1 })).not.toThrow();
  }
  expect(told).toEqual(['health-unit 2']);
  expect(slips()).toEqual([]);
});

test('records stand in the order of the questions', () => {
  leaveSlip(dataDir, { ...SLIP, atMs: AT_MS + 1, reason: 'order' });
  leaveSlip(dataDir, SLIP);
  recorder().record();
  expect(told).toEqual(['health-unit 2', 'order 2']);
});

test('a slip waits for a journal that cannot write, which is told once', () => {
  leaveSlip(dataDir, SLIP);
  const lookUps = recorder();
  fault = new StorageFault('full', 'no room');
  lookUps.record();
  lookUps.record();
  expect(slips()).toHaveLength(1);
  expect(told).toEqual(['full']);
  fault = null;
  lookUps.record();
  lookUps.record();
  expect(records).toHaveLength(2);
  expect(told).toEqual(['full', 'health-unit 2']);
});

test.each([
  ['no JSON', '{'],
  ['a reason of one’s own', JSON.stringify({ ...SLIP, reason: 'curious' })],
  ['a key too many', JSON.stringify({ ...SLIP, number: '001099000001' })],
  ['nobody', JSON.stringify({ ...SLIP, lookUps: [] })],
  [
    'more than a command may ask',
    JSON.stringify({ ...SLIP, lookUps: Array(65).fill(SLIP.lookUps[0]) }),
  ],
  ['a file of any size', JSON.stringify(SLIP).padEnd(20_000)],
])('what is no slip (%s) is kept aside and told, and keeps no other from its record', (_, text) => {
  mkdirSync(join(dataDir, 'look-ups'));
  writeFileSync(join(dataDir, 'look-ups', '0-0.json'), text);
  leaveSlip(dataDir, SLIP);
  recorder().record();
  expect(told).toEqual(['no-slip', 'health-unit 2']);
  expect(slips()).toEqual(['0-0.json.refused']);
});

test('without a slip there is nothing to do', () => {
  recorder().record();
  expect(told).toEqual([]);
});

test('a slip is for its owner alone', () => {
  leaveSlip(dataDir, SLIP);
  const [name = ''] = slips();
  expect(statSync(join(dataDir, 'look-ups')).mode & 0o077).toBe(0);
  expect(statSync(join(dataDir, 'look-ups', name)).mode & 0o077).toBe(0);
  expect(JSON.parse(readFileSync(join(dataDir, 'look-ups', name), 'utf8'))).toEqual(SLIP);
});

test('an account is recorded when its name is an id', () => {
  expect(accountOf('Root')).toBe('root');
  expect(accountOf('nguyễn')).toBe(null);
  expect(accountOf('a'.repeat(40))).toBe(null);
});
