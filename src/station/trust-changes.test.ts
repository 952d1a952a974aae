import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CSCA, pin } from '../../test/support/identity-card-evidence.ts';
import { EMPTY_TRUST_STORE, storeVersion } from '../chip/trust/trust-store.ts';
import type { BuildRecord } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';
import { encodeRecord } from '../journal/record-codec.ts';
import { changeTrust, trustRecorder } from './trust-changes.ts';
import { readTrust } from './trust-files.ts';

const AT_MS = Date.UTC(2026, 10, 24, 3);
const STORE = pin(CSCA.certificate);
const FINGERPRINT = 'ab'.repeat(32);

let dataDir: string;
let records: JournalRecord[];
let told: string[];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chot-trust-changes-'));
  records = [];
  told = [];
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function change(): void {
  changeTrust(dataDir, EMPTY_TRUST_STORE, STORE, {
    ...{ atMs: AT_MS, account: 'an' },
    changes: [{ event: 'added', purpose: 'cccd', fingerprint: FINGERPRINT }],
  });
}

function record(): void {
  trustRecorder({
    dataDir,
    journal: {
      state: () => ({ kind: 'writing' }),
      appendAll: (builds: readonly BuildRecord[]) => {
        for (const build of builds) records.push(build(records.length + 1));
        return [];
      },
    },
    interval: () => ({ earliestMs: AT_MS + 1_000, latestMs: AT_MS + 3_000, trust: 'carried' }),
    software: '0.1.0',
    recorded: (count) => told.push(`${count}`),
    notRecorded: (code) => told.push(code),
  }).record();
}

test('a change of what is trusted becomes a record that names the store’s version, once', () => {
  change();
  record();
  record();
  expect(records).toEqual([
    {
      ...{ type: 'trust', v: 1, lane: 'command-line', officer: 'os-an', software: '0.1.0' },
      ...{ atMs: AT_MS, earliestMs: AT_MS, latestMs: AT_MS + 3_000, trust: 'carried' },
      ...{ event: 'added', purpose: 'cccd', fingerprint: FINGERPRINT },
      storeVersion: Number.parseInt(storeVersion(STORE).slice(0, 10), 16),
    },
  ]);
  for (const each of records) {
    expect(() => encodeRecord({ ...each, station: 'gate-1', sequence: 1 })).not.toThrow();
  }
  expect(told).toEqual(['1']);
  expect(storeVersion(readTrust(dataDir))).toBe(storeVersion(STORE));
});

test('what cannot be recorded is not changed', () => {
  writeFileSync(join(dataDir, 'trust-changes'), 'a file in the way');
  expect(change).toThrow(/nothing was changed.*EEXIST/);
  expect(readTrust(dataDir).anchors).toEqual([]);
});

test('a store that changed meanwhile is not overwritten', () => {
  change();
  expect(change).toThrow(/changed it meanwhile/);
});

test('what is no slip is kept aside and told', () => {
  const folder = join(dataDir, 'trust-changes');
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  writeFileSync(join(folder, '0-0.json'), JSON.stringify({ atMs: AT_MS, event: 'added' }));
  record();
  expect(told).toEqual(['no-slip']);
  expect(readdirSync(folder)).toEqual(['0-0.json.refused']);
});
