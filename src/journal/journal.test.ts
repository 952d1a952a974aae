import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  actionRecord,
  endRecord,
  officerRecord,
  passageRecord,
} from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { toHex } from '../kernel/bytes.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { isSignedBy } from './chain.ts';
import { keyPairFromPem } from './hpke.ts';
import { type JournalEvent, type JournalOptions, openJournal } from './journal.ts';
import { openJournalStore } from './journal-store.ts';
import { generateRecipient } from './recipient.ts';
import type { PassageRecord } from './record.ts';
import { headOf, isSegmentSigned, openSegment, type Segment } from './segment.ts';

const KEY = new Uint8Array(32).fill(9);
const { recipient, privateKeyPem } = generateRecipient('test-1');
const { privateKey } = keyPairFromPem(privateKeyPem);
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);

let folder: string;
let path: string;
let clock: VirtualClock;
let events: JournalEvent[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-journal-'));
  path = join(folder, 'journal.db');
  clock = new VirtualClock();
  events = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(changes: Partial<JournalOptions> = {}) {
  return openJournal({
    path,
    key: KEY,
    station: 'station-1',
    recipient,
    signingKey,
    clock,
    onEvent: (event) => events.push(event),
    ballastBytes: 0,
    ...changes,
  });
}

function segments(): Segment[] {
  const store = openJournalStore(path, KEY, 'read-only');
  try {
    return [...store.segments()].map(({ first }) => {
      const segment = store.segment(first);
      if (segment === null) throw new Error(`segment ${first} is not whole`);
      return segment;
    });
  } finally {
    store.close();
  }
}

const opened = () => segments().flatMap((segment) => openSegment(segment, privateKey));
const passage = (sequence: number) => passageRecord(sequence);

test('what was appended is read back by the holder of the private key, numbered and stamped', () => {
  const journal = open();
  expect(journal.append(passage)).toEqual({ sequence: 1, segment: 1 });
  expect(journal.append(() => actionRecord(1))).toEqual({ sequence: 2, segment: 1 });
  expect(journal.appendAll([() => endRecord(1), passage])).toEqual([
    { sequence: 3, segment: 1 },
    { sequence: 4, segment: 1 },
  ]);
  journal.close();
  expect(opened()).toEqual([
    { ...passageRecord(1), station: 'station-1', sequence: 1 },
    { ...actionRecord(1), station: 'station-1', sequence: 2 },
    { ...endRecord(1), station: 'station-1', sequence: 3 },
    { ...passageRecord(4), station: 'station-1', sequence: 4 },
  ]);
  expect(segments().every((segment) => isSegmentSigned(segment, verifyingKey))).toBe(true);
});

test('a hit is as long as any other record', () => {
  const journal = open();
  const hit: Partial<PassageRecord> = { verdict: 'stop', reasons: ['status.f0', 'number.sex'] };
  journal.append(passage);
  journal.append((sequence) => passageRecord(sequence, hit));
  journal.append(() => endRecord(1));
  journal.close();
  const lengths = segments().flatMap(({ sealed }) => sealed.map((record) => record.length));
  expect(lengths).toEqual([784, 784, 784]);
});

test('a record longer than the padding takes the next multiple', () => {
  const journal = open();
  const certificates = Array.from({ length: 10 }, () => 'ab'.repeat(32));
  journal.append((sequence) => passageRecord(sequence, { certificates }));
  journal.close();
  expect(segments()[0]?.sealed.map((record) => record.length)).toEqual([2 * 768 + 16]);
  expect(opened()).toHaveLength(1);
});

test('a record that is none leaves the journal as it was', () => {
  const journal = open();
  journal.append(passage);
  const named = { ...actionRecord(1), reason: 'NGUYỄN VĂN MẪU' };
  expect(() => journal.appendAll([() => endRecord(1), () => named])).toThrow(InputError);
  expect(() => journal.append(() => passageRecord(7))).toThrow(/passage at 2 must carry/);
  expect(journal.state()).toEqual({ kind: 'writing' });
  expect(journal.append(() => endRecord(1)).sequence).toBe(2);
  journal.close();
  expect(opened().map(({ type }) => type)).toEqual(['passage', 'end']);
});

test('a segment closes at 256 records, in the middle of a batch too', () => {
  const journal = open();
  for (let batch = 0; batch < 6; batch++) {
    journal.appendAll(Array.from({ length: 50 }, () => () => actionRecord(null)));
  }
  journal.close();
  expect(segments().map(({ first, sealed }) => [first, sealed.length])).toEqual([
    [1, 256],
    [257, 44],
  ]);
  expect(opened()).toHaveLength(300);
});

test('a segment closes 3 s after its first record while the hub answers and 60 s otherwise', async () => {
  const journal = open();
  const signed = () => segments().map(({ signature }) => signature !== null);
  journal.append(passage);
  await clock.advance(2_999);
  journal.append(passage);
  journal.tick(true);
  expect(signed()).toEqual([false]);
  await clock.advance(1);
  journal.tick(true);
  expect(signed()).toEqual([true]);
  journal.append(passage);
  await clock.advance(59_999);
  journal.tick(false);
  expect(signed()).toEqual([true, false]);
  await clock.advance(1);
  journal.tick(false);
  expect(signed()).toEqual([true, true]);
  expect(journal.append(passage)).toEqual({ sequence: 4, segment: 4 });
  journal.close();
  expect(signed()).toEqual([true, true, true]);
});

test('what a record says closes nothing', () => {
  const journal = open();
  journal.append((sequence) => passageRecord(sequence, { verdict: 'stop' }));
  journal.append(() => officerRecord('handed-over'));
  expect(segments().map(({ signature }) => signature)).toEqual([null]);
  journal.close();
});

test('every start seals under a new context and closes what the last one left open', () => {
  const first = open();
  first.append(passage);
  // Not closed: as after a kill.
  const second = open();
  expect(segments().map((segment) => isSegmentSigned(segment, verifyingKey))).toEqual([true]);
  expect(second.append(passage)).toEqual({ sequence: 2, segment: 2 });
  second.close();
  expect(new Set(segments().map(({ enc }) => toHex(enc))).size).toBe(2);
  expect(opened().map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('a second writer is told so, and the chain does not fork', () => {
  const one = open();
  one.append(passage);
  const other = open();
  expect(() => one.append(passage)).toThrow(/written by another process/);
  other.append(passage);
  expect(one.state()).toMatchObject({ kind: 'not-writing', fault: 'io' });
  other.close();
  expect(opened().map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('unfinished passages outlive a restart, with their lane and test flag', () => {
  const journal = open();
  journal.append(passage);
  journal.append((sequence) => passageRecord(sequence, { test: true, lane: 'lane-2' }));
  journal.append(passage);
  journal.append(() => endRecord(1));
  journal.close();
  const again = open();
  expect(again.unfinished()).toEqual([
    { sequence: 2, lane: 'lane-2', test: true },
    { sequence: 3, lane: 'lane-1', test: false },
  ]);
  again.append(() => endRecord(3, 'unknown'));
  expect(again.unfinished().map(({ sequence }) => sequence)).toEqual([2]);
  again.close();
});

test("the shift's counters count no test, an end once, and start anew with an officer", () => {
  const journal = open();
  const none = { pass: 0, check: 0, stop: 0, crossed: 0, crossedAssumed: 0, turnedBack: 0 };
  expect(journal.counters('lane-1')).toEqual({ ...none, unknown: 0, sinceMs: null });
  journal.append(() => officerRecord('signed-in'));
  const sinceMs = officerRecord('signed-in').atMs;
  journal.append(passage);
  journal.append((sequence) => passageRecord(sequence, { verdict: 'stop', test: true }));
  journal.append((sequence) => passageRecord(sequence, { verdict: 'check' }));
  journal.append(() => endRecord(2, 'assumed'));
  journal.append(() => endRecord(2, 'yes'));
  journal.append(() => endRecord(3, 'no'));
  journal.append(() => endRecord(4, 'no'));
  const counted = { ...none, pass: 1, check: 1, crossedAssumed: 1, turnedBack: 1, unknown: 0 };
  expect(journal.counters('lane-1')).toEqual({ ...counted, sinceMs });
  journal.append(() => officerRecord('signed-in', 'lane-2'));
  expect(journal.counters('lane-1')).toEqual({ ...counted, sinceMs });
  journal.append(() => officerRecord('handed-over'));
  expect(journal.counters('lane-1')).toEqual({ ...none, unknown: 0, sinceMs });
  journal.close();
});

test('openings without a passage are counted by shift, over a restart, for this one and five before it', () => {
  let journal = open();
  const at = (hour: number) => ({ atMs: 1_790_000_000_000 + hour * 3_600_000 });
  const opening = (action: string, reason = 'photo-agrees') => {
    journal.append(() => ({ ...actionRecord(null, action), reason }));
  };
  expect(journal.openings('lane-1')).toEqual([{ sinceMs: null, counts: {} }]);
  opening('emergency-button', 'pressed');
  opening('emergency-button', 'released');
  journal.append(passage);
  journal.append(() => actionRecord(2, 'let-pass'));
  journal.append(() => ({ ...officerRecord('signed-in'), ...at(1) }));
  opening('paper');
  opening('paper');
  opening('let-pass');
  opening('count-crossing');
  journal.append(() => officerRecord('signed-out'));
  opening('opened-by-hand');
  journal.append(() => officerRecord('signed-in', 'lane-2'));
  journal.close();
  journal = open();
  const first = { sinceMs: null, counts: { 'emergency-button': 1 } };
  const second = {
    sinceMs: at(1).atMs,
    counts: { paper: 2, unrecorded: 1, 'opened-by-hand': 1 },
  };
  expect(journal.openings('lane-1')).toEqual([first, second]);
  for (let hour = 2; hour <= 7; hour++) {
    journal.append(() => ({ ...officerRecord('handed-over'), ...at(hour) }));
    opening('emergency-open');
  }
  const shifts = journal.openings('lane-1') ?? [];
  expect(shifts.map(({ sinceMs }) => sinceMs)).toEqual(
    [2, 3, 4, 5, 6, 7].map((hour) => at(hour).atMs),
  );
  expect(shifts.at(-1)?.counts).toEqual({ 'emergency-open': 1 });
  journal.append(() => ({ ...officerRecord('signed-in'), ...at(8) }));
  expect(journal.openings('lane-1')?.at(-1)).toEqual({ sinceMs: at(8).atMs, counts: {} });
  journal.close();
});

test('a head is signed on demand and is the one of the records', () => {
  const journal = open();
  expect(journal.head()).toBeNull();
  journal.append(passage);
  journal.append(passage);
  const head = journal.head();
  expect(head?.sequence).toBe(2);
  expect(head !== null && isSignedBy(head, verifyingKey)).toBe(true);
  expect(head !== null && isSignedBy({ ...head, sequence: 1 }, verifyingKey)).toBe(false);
  journal.close();
  const [segment] = segments();
  if (segment === undefined || head === null) throw new Error('no segment');
  expect(toHex(headOf(segment).link)).toBe(toHex(head.link));
});

test("another station's journal is refused by name", () => {
  open().close();
  expect(() => open({ station: 'station-2' })).toThrow(ConfigError);
  expect(() => open({ station: 'station-2' })).toThrow(/that of station "station-1"/);
});

test('the wrong database key gives a journal that says it cannot write', () => {
  open().close();
  const journal = open({ key: new Uint8Array(32) });
  expect(journal.state()).toMatchObject({ kind: 'not-writing', fault: 'wrong-key' });
  expect(() => journal.append(passage)).toThrow(/key/);
  expect(events).toMatchObject([{ kind: 'fault', fault: 'wrong-key' }]);
  journal.close();
});

test('nothing of a passage stands on disk in the clear', () => {
  const journal = open();
  journal.append(passage);
  const bytes = [path, `${path}-wal`].map((file) => readFileSync(file).toString('latin1'));
  for (const needle of ['001200012345', '012345', '00112233445566ff', 'cccd-qr', 'lane-1']) {
    expect(bytes.some((text) => text.includes(needle))).toBe(false);
  }
  journal.close();
});
