import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { type MadeSegment, SealingStation } from '../../../test/support/sealed-segments.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import { toHex } from '../../kernel/bytes.ts';
import type { Incident } from '../ingest-port.ts';
import { checkHere } from './check-segments.ts';
import { SegmentIngest } from './segment-ingest.ts';
import { openSqliteInbox, type SqliteInbox } from './sqlite-inbox.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
const { recipient } = generateRecipient('test-1');

let folder: string;
let store: SqliteInbox;
let clock: VirtualClock;
let incidents: Incident[];
let ingest: SegmentIngest;
let opened: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-ingest-'));
  clock = new VirtualClock();
  incidents = [];
  opened = 0;
  begin(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function begin(at: string): void {
  store = openSqliteInbox({
    folder: at,
    key: new Uint8Array(32),
    mode: 'create',
    random: randomBytes,
  });
  ingest = new SegmentIngest({
    store,
    openedThrough: async () => opened,
    recipients: () => new Set([recipient.id]),
    clock,
    check: checkHere,
    raise: (incident) => incidents.push(incident),
  });
}

const codes = () => incidents.map(({ code }) => code);
const make = (from: SealingStation, count = 1) =>
  from.seal(
    recipient,
    Array.from({ length: count }, () => () => actionRecord(null)),
  );
const send = (from: SealingStation, { first, bytes }: Pick<MadeSegment, 'first' | 'bytes'>) =>
  ingest.accept(from.known, { epoch: from.epoch, first }, bytes);

describe('segments', () => {
  let station: SealingStation;
  beforeEach(async () => {
    station = new SealingStation('station-1', 1);
    expect(await ingest.announce(station.claim())).toBe('announced');
  });

  test('what is stored says so with the head it leads to, and the same again is known', async () => {
    const made = make(station, 3);
    opened = 2;
    const outcome = await send(station, made);
    expect(outcome).toMatchObject({
      kind: 'stored',
      credit: 8,
      receipt: { region: 'hcm', first: 1, last: 3, through: 3, openedThrough: 2 },
    });
    if (!('receipt' in outcome)) throw new Error('it was stored');
    expect(toHex(outcome.receipt.link)).toBe(toHex(made.link));
    expect(toHex(outcome.receipt.throughLink)).toBe(toHex(made.link));
    expect(await send(station, made)).toMatchObject({ kind: 'known', receipt: { through: 3 } });
    expect(incidents).toEqual([]);
  });

  test('nothing counts as opened beyond what is linked', async () => {
    make(station, 3);
    opened = 5;
    const outcome = await send(station, make(station, 2));
    expect(outcome).toMatchObject({ receipt: { through: 0, openedThrough: 0 } });
    expect(await ingest.heads('station-1')).toMatchObject([{ through: 0, openedThrough: 0 }]);
  });

  test('a segment under an address that it does not carry is refused', async () => {
    const made = make(station);
    expect(await send(station, { ...made, first: 2 })).toMatchObject({ code: 'segment.place' });
    const other = new SealingStation('station-2', 1);
    expect(await send(other, made)).toMatchObject({ code: 'segment.place' });
    const elsewhere = { epoch: new Uint8Array(16), first: 1 };
    expect(await ingest.accept(station.known, elsewhere, made.bytes)).toMatchObject({
      code: 'segment.place',
    });
  });

  test('a segment of an epoch that nobody announced is refused', async () => {
    const other = new SealingStation('station-1', 2);
    expect(await send(other, make(other))).toMatchObject({ code: 'epoch.unknown' });
  });

  test('a segment that another key signed is refused, with an incident', async () => {
    const thief = new SealingStation('station-1', 1);
    const outcome = await ingest.accept(
      station.known,
      { epoch: station.epoch, first: 1 },
      make(thief).bytes,
    );
    expect(outcome).toMatchObject({ kind: 'refused', code: 'segment.signature' });
    expect(codes()).toEqual(['segment.signature']);
  });

  test('a segment sealed to a key that the hub does not have is refused', async () => {
    const { recipient: stranger } = generateRecipient('stranger');
    const made = station.seal(stranger, [() => actionRecord(null)]);
    expect(await send(station, made)).toMatchObject({ code: 'segment.recipient' });
  });

  test('a copy of the station that writes other records is a conflict, with an incident', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const one = new SealingStation('station-3', 1, privateKey);
    const copy = new SealingStation('station-3', 1, privateKey);
    await ingest.announce(one.claim());
    await send(one, make(one));
    expect(await send(copy, make(copy))).toMatchObject({ code: 'segment.conflict' });
    expect(await send(copy, make(copy))).toMatchObject({ kind: 'stored', receipt: { through: 1 } });
    expect(codes()).toEqual(['segment.conflict', 'segment.unlinked']);
  });

  test('an erased segment may be let go of', async () => {
    const made = make(station);
    await store.erase([{ station: 'station-1', epoch: station.epoch, from: 1, to: 1 }]);
    expect(await send(station, made)).toMatchObject({ code: 'segment.erased' });
  });

  test('any altered byte is refused, and nothing is stored', async () => {
    const { bytes } = make(station, 2);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const altered = Uint8Array.from(bytes);
          altered[at] = (altered[at] ?? 0) ^ mask;
          expect((await send(station, { first: 1, bytes: altered })).kind).toBe('refused');
        },
      ),
      { numRuns: RUNS * 5 },
    );
    expect(await store.arrivals(0, 9)).toEqual([]);
  });

  test('hostile bytes are refused as no segment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await send(station, { first: 1, bytes })).toMatchObject({
          code: 'segment.malformed',
        });
      }),
      { numRuns: RUNS * 5 },
    );
  });
});

describe('epochs', () => {
  test('a further epoch waits for an operator, and the incident says whether it is joined', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const station = new SealingStation('station-1', 1, privateKey);
    await ingest.announce(station.claim());
    const made = make(station, 2);
    await send(station, made);
    const start = { first: 3, previous: made.link };
    const joined = new SealingStation('station-1', 2, privateKey, start);
    const claim = joined.claim('behind');
    expect(await ingest.announce(claim)).toBe('announced');
    expect(await ingest.announce(claim)).toBe('known');
    expect(await ingest.announce({ ...claim, first: 4 })).toBe('conflict');
    const loose = new SealingStation('station-1', 3, privateKey, { ...start, first: 9 });
    await ingest.announce(loose.claim('lost'));
    expect(incidents.map(({ code, detail }) => [code, detail['joined']])).toEqual([
      ['epoch.waiting', 'yes'],
      ['epoch.conflict', undefined],
      ['epoch.waiting', 'no'],
    ]);
    // It takes its segments all the same.
    expect(await send(joined, make(joined))).toMatchObject({
      kind: 'stored',
      receipt: { through: 3 },
    });
    expect(await ingest.heads('station-1')).toMatchObject([
      { state: 'granted', through: 2 },
      { state: 'waiting', through: 3 },
      { state: 'waiting', through: 0 },
    ]);
  });
});

describe('bounds', () => {
  test('a station that sends beyond its credit is told to come later, the next one is not', async () => {
    const greedy = new SealingStation('station-1', 1);
    const modest = new SealingStation('station-2', 1);
    await ingest.announce(greedy.claim());
    await ingest.announce(modest.claim());
    const many = Array.from({ length: 40 }, () => make(greedy));
    const outcomes = many.map((made) => send(greedy, made));
    const other = send(modest, make(modest));
    const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'busy').length).toBeGreaterThanOrEqual(25);
    expect(await other).toMatchObject({ kind: 'stored' });
    // Nothing of those was kept: they are taken when they come again.
    const late = many[kinds.indexOf('busy')];
    if (late !== undefined) expect(await send(greedy, late)).toMatchObject({ kind: 'stored' });
  });

  test('thousands of tiny segments use up the credit of who sends them, and time gives it back', async () => {
    const tiny = new SealingStation('station-1', 1);
    await ingest.announce(tiny.claim());
    let sent = 0;
    let last = await send(tiny, make(tiny));
    const again = make(tiny);
    while (last.kind === 'stored' || last.kind === 'known') {
      last = await send(tiny, again);
      sent++;
    }
    expect(last.kind).toBe('busy');
    // What the same station wrote onto a stick is no flood: an operator stands beside it and waits.
    const carried = make(tiny);
    const at = { epoch: tiny.epoch, first: carried.first };
    expect((await ingest.accept(tiny.known, at, carried.bytes, 'stick')).kind).toBe('stored');
    expect(sent).toBeGreaterThan(3_000);
    expect(sent).toBeLessThan(5_000);
    await clock.advance(1_000);
    expect(await send(tiny, make(tiny))).toMatchObject({ kind: 'stored', credit: 8 });
  });
});

describe('any order', () => {
  test('however segments of two epochs arrive, cut, altered or twice, the linked set is the same', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ sizes, order }) => {
        const place = mkdtempSync(join(folder, 'run-'));
        await store.close();
        begin(place);
        const made = await twoEpochs(sizes);
        const sent = order.map(({ at, fault }) => ({ ...pick(made, at), fault }));
        await Promise.all(
          sent.map(({ station, segment, fault }) => sendBent(station, segment, fault)),
        );
        await Promise.all(made.map(({ station, segment }) => retried(station, segment)));
        await ingest.settled();
        const heads = await ingest.heads('station-1');
        const ends = [1, 2].map((epoch) =>
          made.findLast(({ station }) => station.epoch[0] === epoch),
        );
        expect(heads.map(({ through, link }) => [through, toHex(link)])).toEqual(
          ends.map((end) => [end?.segment.last, toHex(end?.segment.link ?? new Uint8Array())]),
        );
        expect(await store.gaps('station-1', 9)).toEqual([]);
        expect(await store.arrivals(0, 999)).toHaveLength(made.length);
        expect(codes().filter((code) => code === 'segment.unlinked')).toEqual([]);
      }),
      { numRuns: RUNS, seed: 20_261_125 },
    );
  });

  type Made = { readonly station: SealingStation; readonly segment: MadeSegment };
  type Fault = 'none' | 'cut' | 'altered';
  const arrivals = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 }),
    order: fc.array(
      fc.record({
        at: fc.nat(),
        fault: fc.constantFrom<Fault>('none', 'none', 'cut', 'altered'),
      }),
      { maxLength: 24 },
    ),
  });

  /** The second epoch goes on where the first ends. */
  async function twoEpochs(sizes: readonly number[]): Promise<Made[]> {
    const { privateKey } = generateKeyPairSync('ed25519');
    const first = new SealingStation('station-1', 1, privateKey);
    await ingest.announce(first.claim());
    const made = sizes.map((count) => ({ station: first, segment: make(first, count) }));
    const previous = made.at(-1)?.segment.link ?? new Uint8Array(32);
    const second = new SealingStation('station-1', 2, privateKey, { first: first.next, previous });
    await ingest.announce(second.claim('lost'));
    return [...made, ...sizes.map((count) => ({ station: second, segment: make(second, count) }))];
  }

  function pick(made: readonly Made[], at: number): Made {
    const found = made[at % made.length];
    if (found === undefined) throw new Error('some were made');
    return found;
  }

  async function sendBent(station: SealingStation, { first, bytes }: MadeSegment, fault: Fault) {
    if (fault === 'none') return send(station, { first, bytes });
    const altered = Uint8Array.from(fault === 'cut' ? bytes.subarray(0, bytes.length - 5) : bytes);
    altered[altered.length - 20] = (altered.at(-20) ?? 0) ^ 1;
    const { kind } = await send(station, { first, bytes: altered });
    expect(['refused', 'busy']).toContain(kind);
  }

  async function retried(station: SealingStation, segment: MadeSegment): Promise<void> {
    for (;;) {
      const { kind } = await send(station, segment);
      if (kind !== 'busy') return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
