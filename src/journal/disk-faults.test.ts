import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord, endRecord, passageRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { freeBytesAt } from './ballast.ts';
import { setUpSealing } from './hpke.ts';
import { type Journal, type JournalEvent, openJournal } from './journal.ts';
import { generateRecipient } from './recipient.ts';
import { verifyJournal } from './verify.ts';

const MB = 1024 * 1024;
const BALLAST_BYTES = 4 * MB;
const KEY = new Uint8Array(32).fill(3);
const { recipient } = generateRecipient('test-1');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');

const obstacle = mountObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);

let disk: string;
let path: string;
let clock: VirtualClock;
let events: string[];
const sealedAt = new Map<string, string>();
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'chot-full-'));
  if (obstacle === null) run('mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk);
  path = join(disk, 'journal.db');
  clock = new VirtualClock();
  events = [];
});
afterEach(() => {
  if (obstacle === null) run('umount', disk);
  rmSync(disk, { recursive: true, force: true });
});

test.skipIf(obstacle !== null)(
  named('a full disk gets the ballast once, then refuses, then writes again by itself'),
  async () => {
    const journal = open();
    await tick(journal, 5);
    expect(existsSync(`${path}.ballast`)).toBe(true);
    expect(journal.append((at) => passageRecord(at)).sequence).toBe(1);

    fill();
    let acknowledged = 1;
    const fault = faultOf(() => {
      for (;;) {
        acknowledged = journal.append(() => actionRecord(null, 'paper-seen')).sequence;
        if (acknowledged % 50 === 0) journal.tick(false);
      }
    });
    expect(fault.kind).toBe('full');
    expect(events).toEqual(['journal.ballast-freed', 'fault full']);
    // Four megabytes of ballast are more than a thousand records: time to make room.
    expect(acknowledged).toBeGreaterThan(1_000);
    expect(journal.state()).toMatchObject({ kind: 'not-writing', fault: 'full' });

    await tick(journal, 5);
    expect(faultOf(() => journal.append(() => actionRecord(null))).kind).toBe('full');
    expect(events).toEqual(['journal.ballast-freed', 'fault full']);

    rmSync(join(disk, 'junk'));
    await tick(journal, 1);
    expect(journal.state()).toEqual({ kind: 'writing' });
    expect(journal.unfinished().map(({ sequence }) => sequence)).toEqual([1]);
    expect(journal.append(() => endRecord(1)).sequence).toBe(acknowledged + 1);
    await tick(journal, 5);
    expect(events).toEqual([
      ...['journal.ballast-freed', 'fault full', 'healed', 'journal.ballast-restored'],
    ]);
    journal.close();
    expectWhole(acknowledged + 1);
  },
);

test.skipIf(obstacle !== null)(
  named('on a full disk receipts wait, and the ballast is left to the records'),
  async () => {
    const journal = open();
    await tick(journal, 5);
    journal.appendAll(Array(64).fill(() => actionRecord(null)));
    await clock.advance(60_000);
    journal.tick(false);
    const { epoch, first } = journal.uploads.unsent('oldest', 1)[0] ?? {};
    if (epoch === undefined || first === undefined) throw new Error('nothing to send');
    fill();
    const acknowledge = () =>
      journal.uploads.acknowledge({ epoch, first, receipt: new Uint8Array(4_096), atMs: 0 });
    // What the log has room for without growing still fits.
    const fault = faultOf(() => {
      for (;;) {
        acknowledge();
        journal.uploads.forgetAcknowledged({ epoch, from: 1 });
      }
    });
    expect(fault.kind).toBe('full');
    expect(events).toEqual([]);
    expect(journal.state()).toEqual({ kind: 'writing' });
    expect(journal.append(() => actionRecord(null)).sequence).toBe(65);
    expect(events).toEqual(['journal.ballast-freed']);
    expect(acknowledge()).toBe(true);
    journal.close();
    expectWhole(65);
  },
);

test.skipIf(obstacle !== null)(
  named('a start on a full disk frees the ballast and writes'),
  async () => {
    const before = open();
    await tick(before, 5);
    before.append((at) => passageRecord(at));
    before.close();
    fill();
    const journal = open();
    expect(journal.append(() => endRecord(1)).sequence).toBe(2);
    expect(events).toEqual(['journal.ballast-freed']);
    journal.close();
    expectWhole(2);
  },
);

test.skipIf(obstacle !== null)(
  named('a read-only disk gives a journal that says so and recovers without a restart'),
  async () => {
    const before = open();
    before.append((at) => passageRecord(at));
    before.close();
    run('mount', '-o', 'remount,ro', disk);
    const journal = open();
    expect(journal.state()).toMatchObject({ kind: 'not-writing', fault: 'read-only' });
    expect(journal.unfinished()).toEqual([]);
    expect(journal.counters('lane-1')).toBeNull();
    expect(journal.head()).toBeNull();
    expect(faultOf(() => journal.append(() => endRecord(1))).kind).toBe('read-only');
    await tick(journal, 5);
    expect(events).toEqual(['fault read-only']);
    run('mount', '-o', 'remount,rw', disk);
    await tick(journal, 1);
    expect(events).toEqual(['fault read-only', 'healed']);
    expect(journal.unfinished().map(({ sequence }) => sequence)).toEqual([1]);
    journal.append(() => endRecord(1));
    journal.close();
    expectWhole(2);
  },
);

test.skipIf(obstacle !== null)(
  named('what the disk says is known before anything is written'),
  async () => {
    const journal = open();
    await tick(journal, 5);
    expect(journal.disk()).toEqual({ fault: null, freeBytes: freeBytesAt(disk) + BALLAST_BYTES });
    fill();
    // The ballast is room for records yet.
    expect(journal.disk()).toEqual({ fault: null, freeBytes: BALLAST_BYTES });
    rmSync(`${path}.ballast`);
    writeFileSync(join(disk, 'more'), Buffer.alloc(BALLAST_BYTES - MB / 32));
    expect(journal.disk().fault).toBe('full');
    rmSync(join(disk, 'more'));
    run('mount', '--bind', '-o', 'ro', disk, disk);
    expect(journal.disk().fault).toBe('read-only');
    run('umount', disk);
    renameSync(path, `${path}.gone`);
    expect(journal.disk().fault).toBe('io');
    renameSync(`${path}.gone`, path);
    expect(journal.disk().fault).toBeNull();
    expect(journal.state().kind).toBe('writing');
    journal.close();
  },
);

test.skipIf(obstacle !== null)(
  named('a first start on a read-only disk makes its journal once it can'),
  async () => {
    run('mount', '-o', 'remount,ro', disk);
    const journal = open();
    expect(journal.state().kind).toBe('not-writing');
    run('mount', '-o', 'remount,rw', disk);
    await tick(journal, 1);
    expect(journal.append((at) => passageRecord(at)).sequence).toBe(1);
    journal.close();
    expectWhole(1);
  },
);

test("a journal whose file was exchanged for another station's stops writing and says why", async () => {
  const journal = open();
  journal.append((at) => passageRecord(at));
  const other = openJournal({
    ...{ path: `${path}.other`, key: KEY, station: 'station-2', recipient, signingKey, clock },
    ...{ ballastBytes: 0, onEvent: () => {} },
  });
  other.close();
  const rival = open();
  rival.append((at) => passageRecord(at));
  rival.close();
  expect(faultOf(() => journal.append(() => endRecord(1))).kind).toBe('io');
  renameSync(`${path}.other`, path);
  await tick(journal, 1);
  expect(journal.state()).toMatchObject({ kind: 'not-writing', fault: 'damaged' });
  expect(faultOf(() => journal.append(() => endRecord(1))).message).toMatch(/"station-2"/);
});

test('a file that went away is not begun anew', async () => {
  const journal = open();
  journal.append((at) => passageRecord(at));
  const rival = open();
  rival.append((at) => passageRecord(at));
  rival.close();
  expect(faultOf(() => journal.append(() => endRecord(1))).kind).toBe('io');
  renameSync(path, `${path}.away`);
  await tick(journal, 3);
  expect(existsSync(path)).toBe(false);
  renameSync(`${path}.away`, path);
  await tick(journal, 1);
  expect(journal.append(() => endRecord(1)).sequence).toBe(3);
  journal.close();
  expectWhole(3);
});

function open(): Journal {
  return openJournal({
    ...{ path, key: KEY, station: 'station-1', recipient, signingKey, clock },
    ballastBytes: BALLAST_BYTES,
    onEvent: (event) => events.push(wordOf(event)),
    openContext: (publicKey, info) => {
      const context = setUpSealing(publicKey, info);
      let index = 0;
      return {
        enc: context.enc,
        seal: (plaintext, aad) => {
          const sealed = context.seal(plaintext, aad);
          const place = `${toHex(context.enc)} ${index++}`;
          expect(sealedAt.has(place)).toBe(false);
          sealedAt.set(place, toHex(sealed));
          return sealed;
        },
      };
    },
  });
}

function wordOf(event: JournalEvent): string {
  if (event.kind === 'alarm') return event.code;
  return event.kind === 'fault' ? `fault ${event.fault}` : 'healed';
}

async function tick(journal: Journal, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await clock.advance(1_000);
    journal.tick(false);
  }
}

/** Leaves not a page. */
function fill(): void {
  const junk = join(disk, 'junk');
  try {
    writeFileSync(junk, Buffer.alloc(freeBytesAt(disk) + MB));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  }
  expect(freeBytesAt(disk)).toBe(0);
}

function expectWhole(records: number): void {
  const verifyingKey = createPublicKey(signingKey);
  const found = verifyJournal({ path, key: KEY, station: 'station-1', verifyingKey });
  expect(found).toMatchObject({ records, damages: [], openSegments: 0 });
}

function faultOf(act: () => unknown): StorageFault {
  try {
    act();
  } catch (error) {
    if (error instanceof StorageFault) return error;
    throw error;
  }
  throw new Error('expected a StorageFault, nothing was thrown');
}

function mountObstacle(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'chot-mount-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
    run('umount', folder);
    return null;
  } catch {
    return 'mounting is not allowed here';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'pipe', timeout: 30_000 });
}
