// Sealed segments opened and indexed by the opener's loop in this process, and how long what they hold takes to ask for.
// `node dist/scripts/bench/hub-opening.js [stations] [segments a station]`
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHere } from '../../src/hub/inbox/check-segments.ts';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import type { KnownStation } from '../../src/hub/ingest-port.ts';
import { Opener } from '../../src/hub/opener/opener.ts';
import type { IndexStore } from '../../src/hub/passages/index-store.ts';
import { openSqliteIndex } from '../../src/hub/passages/sqlite-index.ts';
import { LinkChain, NO_LINK, signHead } from '../../src/journal/chain.ts';
import { setUpSealing } from '../../src/journal/hpke.ts';
import { generateRecipient, parseRecipientKey } from '../../src/journal/recipient.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { encodeRecord } from '../../src/journal/record-codec.ts';
import { pad, recordAad, segmentInfo } from '../../src/journal/sealing.ts';
import { encodeSegment, SEGMENT_RECORDS_MAX } from '../../src/journal/segment.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const KEY = createHash('sha256').update('bench').digest();
const START_MS = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;
const { recipient, privateKeyPem } = generateRecipient('bench-1');
const privateKey = parseRecipientKey(privateKeyPem);
const CHECKS = [
  ...['text.utf8', 'text.length', 'number.digits', 'number.prefix-known', 'number.sex'],
  ...['number.birth', 'birth.real', 'birth.complete', 'birth.not-future', 'issued.real'],
  ...['issued.not-future', 'issued.after-birth', 'documents.agree', 'register.f0', 'time.set'],
];

await main(Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 20));

async function main(stations: number, each: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
  try {
    const common = { folder, key: KEY, random: randomBytes, clock: systemClock };
    const inbox = openSqliteInbox({ ...common, mode: 'create' });
    await fill(inbox, stations, each);
    const index = openSqliteIndex({ ...common, mode: 'create' });
    const opener = new Opener({
      inbox,
      index: index.opened,
      keys: { find: () => privateKey, reload: () => false },
      clock: systemClock,
      raise: (incident) => console.log(incident),
    });
    const cpu = process.cpuUsage();
    const start = performance.now();
    while (await opener.step());
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const records = stations * each * SEGMENT_RECORDS_MAX;
    const cpuUs = ((user + system) / records).toFixed(1);
    console.log(
      `opened and indexed: ${Math.round((records / ms) * 1_000)} records/s, ${cpuUs} us of CPU each`,
    );
    console.log(
      `index: ${Math.round(statSync(join(folder, 'index.db')).size / records)} bytes a record`,
    );
    await ask(index);
    await index.close();
    await inbox.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(index: IndexStore): Promise<void> {
  const query = { station: 'station-1', fromMs: START_MS, untilMs: START_MS + 24 * HOUR_MS };
  await timed('100 passages of a station and day', () =>
    index.passages.byTime({ ...query, after: null, limit: 100 }),
  );
  await timed('a day by hours', () =>
    index.passages.hours(query.station, query.fromMs, query.untilMs),
  );
  await timed('feed, page of 1,000', () => index.feed.page(null, 1_000));
  await timed('everything about a number', () =>
    index.erasing.placesOf({ number: numberOf(1, 4) }, 1_000),
  );
}

async function timed(name: string, act: () => Promise<unknown>): Promise<void> {
  await act();
  const start = performance.now();
  for (let round = 0; round < 20; round++) await act();
  console.log(`${name}: ${((performance.now() - start) / 20).toFixed(2)} ms`);
}

async function fill(
  inbox: ReturnType<typeof openSqliteInbox>,
  stations: number,
  each: number,
): Promise<void> {
  const ingest = new SegmentIngest({
    store: inbox,
    openedThrough: async () => 0,
    recipients: () => new Set([recipient.id]),
    clock: systemClock,
    check: checkHere,
    raise: (incident) => console.log(incident),
  });
  for (let index = 0; index < stations; index++) await fillOne(ingest, index, each);
}

async function fillOne(ingest: SegmentIngest, index: number, each: number): Promise<void> {
  const { privateKey: signingKey, publicKey } = generateKeyPairSync('ed25519');
  const from = { region: 'hcm', station: `station-${index}`, verifyingKey: publicKey };
  const epoch = randomBytes(16);
  let previous = NO_LINK;
  await ingest.announce({ ...from, epoch, first: 1, previous, reason: 'first' });
  for (let at = 0; at < each; at++) {
    const first = at * SEGMENT_RECORDS_MAX + 1;
    const made = seal(from, epoch, first, previous, signingKey, index);
    previous = made.link;
    await ingest.accept(from, { epoch, first }, made.bytes);
  }
}

function seal(
  { station }: KnownStation,
  epoch: Uint8Array,
  first: number,
  previous: Uint8Array,
  signingKey: KeyObject,
  index: number,
) {
  const identity = { station, epoch, first, keyId: recipient.id };
  const context = setUpSealing(recipient.publicKey, segmentInfo(identity));
  const chain = new LinkChain(identity, previous);
  const sealed = Array.from({ length: SEGMENT_RECORDS_MAX }, (_, at) => {
    const sequence = first + at;
    const bytes = encodeRecord({ ...recordAt(sequence, index), station, sequence });
    const text = context.seal(pad(bytes), recordAad(sequence, chain.link()));
    chain.add(sequence, text);
    return text;
  });
  const last = first + SEGMENT_RECORDS_MAX - 1;
  const head = {
    ...identity,
    sequence: last,
    link: chain.link(),
    segment: first,
    enc: context.enc,
  };
  const signature = signHead(head, signingKey);
  const bytes = encodeSegment({ ...identity, enc: context.enc, previous, signature, sealed });
  return { bytes, link: head.link };
}

/** A passage, what staff did, its end: as a lane writes them. One in 300 is a stop. */
function recordAt(sequence: number, station: number): JournalRecord {
  const atMs = START_MS + sequence * 4_000;
  const stamped = {
    v: 1,
    trust: 'carried',
    ...{ atMs, earliestMs: atMs - 600_000, latestMs: atMs + 600_000 },
    ...{ lane: 'lane-1', officer: 'officer-1', software: '0.1.0+abc1234' },
  } as const;
  const passage = sequence - ((sequence - 1) % 3);
  if (sequence % 3 === 2)
    return { ...stamped, type: 'action', passage, action: 'let-pass', reason: 'photo-agrees' };
  if (sequence % 3 === 0) return { ...stamped, type: 'end', passage, crossed: 'yes' };
  const subject = createHash('sha256').update(`${station} ${sequence}`).digest('hex');
  return {
    ...stamped,
    type: 'passage',
    ...{ passage, reasons: [] },
    verdict: passage % 900 === 1 ? 'stop' : 'pass',
    checks: CHECKS.map((code) => ({ code, outcome: 'passed', ageMs: null })),
    ...{ documents: ['cccd-qr'], proof: 'claim', trustVersion: null, source: 'camera' },
    ...{ policyVersion: 3, subjectKey: subject.slice(0, 16), number: numberOf(station, sequence) },
    registers: [{ register: 'f0', version: 412, state: 'fresh' }],
    direction: 'in',
    mode: 'normal',
    ...{ certificates: [], papers: [], services: [] },
    ...{ group: null, test: false },
  };
}

function numberOf(station: number, sequence: number): string {
  const digest = createHash('sha256').update(`number ${station} ${sequence}`).digest();
  return `0010${String(digest.readUInt32BE() % 100_000_000).padStart(8, '0')}`;
}
