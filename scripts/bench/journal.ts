import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proveCompleteness } from '../../src/journal/completeness.ts';
import { openJournal } from '../../src/journal/journal.ts';
import type { ChainEnd } from '../../src/journal/journal-store.ts';
import { eachSegment } from '../../src/journal/read-journal.ts';
import { generateRecipient, parseRecipientKey } from '../../src/journal/recipient.ts';
import type { PassageRecord } from '../../src/journal/record.ts';
import { encodeRecord } from '../../src/journal/record-codec.ts';
import { encodeSegment, openSegment } from '../../src/journal/segment.ts';
import { SegmentWriter } from '../../src/journal/segment-writer.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Sqlite } from '../../src/kernel/native-sqlite.ts';
import { receiveSegment } from '../../test/support/received-segment.ts';

/** The journal against a plain table in the same run on the same disk (CHOT_BENCH_DIR, else the temporary folder). */
const RECORDS = 2_560;
const SEALED_BYTES = 784;
const KEY = randomBytes(32);
const { recipient, privateKeyPem } = generateRecipient('bench');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');

const CHECKS = [
  ...['text.utf8', 'text.length', 'number.digits', 'number.prefix-known', 'number.sex'],
  ...['number.birth', 'old-number.form', 'birth.real', 'birth.complete', 'birth.not-future'],
  ...['issued.real', 'issued.not-before-2021', 'issued.not-future', 'issued.after-birth'],
  ...['documents.agree', 'register.f0', 'chip.genuine', 'repeat', 'time.set'],
];

function plainTable(path: string): readonly number[] {
  const database = new Sqlite(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE record (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO record (body) VALUES (?)');
  const body = randomBytes(SEALED_BYTES);
  const tookMs = timed(RECORDS, () => insert.run(body));
  database.close();
  return tookMs;
}

function journalAppends(path: string, batch: number): readonly number[] {
  const journal = openJournal({
    ...{ path, key: KEY, station: 'bench', recipient, signingKey, ballastBytes: 0 },
    clock: {
      wallMs: () => Date.now(),
      monoMs: () => performance.now(),
      sleep: () => Promise.resolve(),
    },
    onEvent: () => {},
  });
  const builds = Array.from({ length: batch }, () => passage);
  const tookMs = timed(
    RECORDS / batch,
    () => journal.appendAll(builds),
    () => journal.tick(false),
  );
  journal.close();
  return tookMs;
}

function sealing(): void {
  const epoch = {
    ...{ id: 1, epoch: randomBytes(16), station: 'bench' },
    ...{ first: 1, previous: new Uint8Array(32) },
  };
  const writer = new SegmentWriter(epoch, recipient, signingKey);
  const record = passage(1);
  const stored = { ...record, station: 'bench', sequence: 1 };
  let end: ChainEnd = { sequence: 0, link: epoch.previous };
  const bytes = encodeRecord(stored);
  const encodeUs = cpuUs(RECORDS, () => encodeRecord(stored));
  const sealUs = cpuUs(RECORDS, () => {
    const sealed = writer.seal([{ record, bytes }], end, 0);
    end = sealed.records[0] ?? end;
  });
  print('encode a passage', `${encodeUs.toFixed(1)} us CPU, ${bytes.length} bytes`);
  print('seal, link, sign per 256', `${sealUs.toFixed(1)} us CPU`);
}

/** What a hub does with a segment of 256 records, on one core. */
function hubSide(path: string): void {
  const bytes: Uint8Array[] = [];
  eachSegment(path, KEY, (segment) => {
    const { signature } = segment;
    if (signature !== null) bytes.push(encodeSegment({ ...segment, signature }));
  });
  const verifyingKey = createPublicKey(signingKey);
  const privateKey = parseRecipientKey(privateKeyPem);
  const rate = (name: string, rounds: number, act: () => void) => {
    act();
    const us = cpuUs(rounds, act) / RECORDS;
    print(name, `${us.toFixed(2)} us CPU a record, ${Math.round(1e6 / us)}/s a core`);
  };
  const received = bytes.flatMap((each) => receiveSegment(each, verifyingKey) ?? []);
  if (received.length !== bytes.length) throw new Error('a segment was not received');
  rate('receive: chain, signature', 40, () => {
    for (const each of bytes) receiveSegment(each, verifyingKey);
  });
  rate('open and decode, warm', 20, () => {
    for (const { segment } of received) openSegment(segment, privateKey);
  });
  const [{ segment: first } = { segment: null }] = received;
  if (first === null) throw new Error('no segment');
  rate('prove completeness', 40, () => {
    const [proof] = proveCompleteness([
      {
        ...{ station: first.station, epoch: first.epoch, first: 1, previous: first.previous },
        ...{ reason: 'first', verifyingKey, heads: received.map(({ head }) => head) },
        segments: received.map(({ segment, leaves }) => ({ ...segment, leaves })),
      },
    ]);
    if (proof?.provenHead?.sequence !== RECORDS) throw new Error('not proven');
  });
}

/** Receipts and pruning: what each keeps from the lane. */
function uploads(path: string): void {
  const journal = openJournal({
    ...{ path, key: KEY, station: 'bench', recipient, signingKey, ballastBytes: 0 },
    clock: { wallMs: () => Date.now(), monoMs: () => 0, sleep: () => Promise.resolve() },
    onEvent: () => {},
  });
  const epoch = journal.epoch()?.epoch;
  if (epoch === undefined) throw new Error('no epoch');
  const receipt = randomBytes(320);
  const segments = [...journal.uploads.unsent('newest', 1_000)];
  row(
    'bytes of a segment',
    segments.map(({ first }) => timedOnce(() => journal.uploads.segmentBytes(first))),
  );
  row(
    'receipt',
    segments.map(({ first }) =>
      timedOnce(() => journal.uploads.acknowledge({ epoch, first, receipt, atMs: 0 })),
    ),
  );
  journal.uploads.noteOpened({ epoch, through: RECORDS, atMs: 0 });
  const options = { nowMs: 86_400_000, backupIntervalMs: 86_400_000 };
  const tookMs: number[] = [];
  for (let more = true; more; ) {
    tookMs.push(timedOnce(() => (more = journal.uploads.prune(options).more)));
    journal.tick(false);
  }
  row('prune, a step of 256 records', tookMs);
  journal.close();
}

function timedOnce(act: () => void): number {
  const startedMs = performance.now();
  act();
  return performance.now() - startedMs;
}

function reading(path: string): void {
  const bytes = statSync(path).size;
  print('disk a record', `${Math.round(bytes / RECORDS)} bytes`);
  const verifyingKey = createPublicKey(signingKey);
  const verifyUs = cpuUs(1, () =>
    verifyJournal({ path, key: KEY, station: 'bench', verifyingKey }),
  );
  print('verify', `${(verifyUs / RECORDS).toFixed(1)} us CPU a record`);
  const privateKey = parseRecipientKey(privateKeyPem);
  const openUs = cpuUs(1, () =>
    eachSegment(path, KEY, (segment) => void openSegment(segment, privateKey)),
  );
  print('open and decode', `${(openUs / RECORDS).toFixed(1)} us CPU a record`);
}

function passage(sequence: number): PassageRecord {
  const atMs = Date.now();
  return {
    ...{ v: 1, type: 'passage', passage: sequence, verdict: 'pass', reasons: [] },
    ...{ atMs, earliestMs: atMs - 600_000, latestMs: atMs + 600_000, trust: 'carried' },
    ...{ lane: 'lane-1', officer: 'officer-1', software: '0.1.0+abc1234' },
    checks: CHECKS.map((code) => ({ code, outcome: 'passed', ageMs: null })),
    ...{
      documents: ['cccd-qr'],
      proof: 'claim',
      trustVersion: null,
      source: 'camera',
      policyVersion: 3,
    },
    ...{ subjectKey: '00112233445566ff', number: '001200012345', group: null },
    registers: [{ register: 'f0', version: 412, state: 'fresh' }],
    ...{ direction: 'in', mode: 'normal', certificates: [], papers: [], services: [] },
    test: false,
  };
}

/** Processor time of one call: what other processes do to the clock on the wall does not count. */
function cpuUs(times: number, act: () => void): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

function timed(times: number, act: () => void, between: () => void = () => {}): readonly number[] {
  return Array.from({ length: times }, () => {
    const startedMs = performance.now();
    act();
    const tookMs = performance.now() - startedMs;
    between();
    return tookMs;
  });
}

function row(name: string, tookMs: readonly number[]): void {
  const sorted = [...tookMs].sort((one, other) => one - other);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3);
  const perSecond = Math.round(1_000 / mean(tookMs));
  print(name, `${perSecond}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(0.9999)} ms`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(30)} ${value}`);
}

const folder = mkdtempSync(join(process.env['CHOT_BENCH_DIR'] ?? tmpdir(), 'chot-bench-'));
try {
  row('plain table, FULL, unsealed', plainTable(join(folder, 'plain.db')));
  row('journal, one record', journalAppends(join(folder, 'journal.db'), 1));
  row('journal, ten a transaction', journalAppends(join(folder, 'batched.db'), 10));
  row('plain table again', plainTable(join(folder, 'again.db')));
  sealing();
  reading(join(folder, 'journal.db'));
  hubSide(join(folder, 'journal.db'));
  uploads(join(folder, 'journal.db'));
  uploads(join(folder, 'batched.db'));
} finally {
  rmSync(folder, { recursive: true });
}
