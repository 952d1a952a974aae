import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSegment } from '../../src/hub/inbox/check-segment.ts';
import type { CheckedSegment, InboxStore } from '../../src/hub/inbox/inbox-store.ts';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { actionRecord } from './journal-records.ts';
import { type MadeSegment, SealingStation } from './sealed-segments.ts';

const { recipient } = generateRecipient('test-1');
const AT_MS = 1_790_000_000_000;

export type InboxUnderTest = {
  readonly store: InboxStore;
  /** Closes the store and opens what it left. */
  readonly reopen: () => Promise<InboxStore>;
  readonly remove: () => Promise<void>;
};

/** What every store of sealed segments does, whatever database stands behind it. */
export function inboxStoreContract(name: string, open: () => Promise<InboxUnderTest>): void {
  describe(`${name} as an inbox store`, () => {
    let under: InboxUnderTest;
    let store: InboxStore;
    let station: SealingStation;
    let key: { station: string; epoch: Uint8Array };
    beforeEach(async () => {
      under = await open();
      store = under.store;
      station = new SealingStation('station-1', 1);
      key = { station: 'station-1', epoch: station.epoch };
      await store.addEpoch({ ...station.claim(), atMs: AT_MS });
    });
    afterEach(() => under.remove());

    const make = (count: number, from = station) =>
      from.seal(
        recipient,
        Array.from({ length: count }, () => () => actionRecord(null)),
      );
    const put = (...segments: readonly CheckedSegment[]) => store.store(segments, AT_MS);
    const checked = (made: MadeSegment, from = station) => checkedOf(made, from);
    const chain = (...counts: readonly number[]) => counts.map((count) => checked(make(count)));
    const through = async () => (await store.epochs('station-1'))[0]?.through;

    test('what was stored is there after a reopening, byte for byte', async () => {
      const [one, two] = chain(3, 2);
      if (one === undefined || two === undefined) throw new Error('two were made');
      expect(await put(one, two)).toMatchObject([{ kind: 'stored' }, { kind: 'stored' }]);
      const hub = toHex(store.hub);
      store = await under.reopen();
      expect(toHex(store.hub)).toBe(hub);
      const arrivals = await store.arrivals(0, 10);
      expect(arrivals).toMatchObject([
        { station: 'station-1', first: 1, last: 3, state: 'held', storedMs: AT_MS },
        { first: 4, last: 5, state: 'held' },
      ]);
      for (const [index, { arrival }] of arrivals.entries()) {
        expect(Buffer.from((await store.body(arrival)) ?? [])).toEqual(
          Buffer.from([one, two][index]?.bytes ?? []),
        );
      }
      expect(await put(two)).toMatchObject([{ kind: 'known', through: 5 }]);
      expect(await store.arrivals(arrivals[1]?.arrival ?? 0, 10)).toEqual([]);
    });

    test('segments are linked in whatever order they come', async () => {
      const [one, two, three] = chain(1, 2, 3) as [CheckedSegment, CheckedSegment, CheckedSegment];
      expect(await put(three)).toMatchObject([{ kind: 'stored', through: 0 }]);
      expect(await store.gaps('station-1', 9)).toMatchObject([{ from: 1, to: 3 }]);
      expect(await put(one)).toMatchObject([{ through: 1 }]);
      expect(await store.gaps('station-1', 9)).toMatchObject([{ from: 2, to: 3 }]);
      const [verdict] = await put(two);
      expect(verdict).toMatchObject({ through: 6, unlinked: false });
      expect(toHex((verdict as { throughLink: Uint8Array }).throughLink)).toBe(toHex(three.link));
      expect(await store.gaps('station-1', 9)).toEqual([]);
    });

    test('a segment twice in one batch is stored once', async () => {
      const [one] = chain(2) as [CheckedSegment];
      expect(await put(one, one)).toMatchObject([{ kind: 'stored' }, { kind: 'known' }]);
      expect(await store.arrivals(0, 9)).toHaveLength(1);
    });

    test('other bytes under a key are a conflict, and the first ones stay', async () => {
      const copy = new SealingStation('station-1', 1);
      const [one] = chain(2) as [CheckedSegment];
      await put(one);
      expect(await put(checked(make(2, copy), copy))).toEqual([{ kind: 'conflict' }]);
      expect(await put(one)).toMatchObject([{ kind: 'known' }]);
    });

    test('records that another segment has are an overlap', async () => {
      const [one] = chain(4) as [CheckedSegment];
      await put(one);
      for (const [first, count] of [
        [3, 5],
        [4, 1],
      ] as const) {
        const other = new SealingStation('station-1', 1, undefined, {
          first,
          previous: new Uint8Array(32),
        });
        expect(await put(checked(make(count, other), other))).toEqual([{ kind: 'overlap' }]);
      }
    });

    test('a segment whose previous link is another one is stored and never linked', async () => {
      const [one] = chain(2) as [CheckedSegment];
      await put(one);
      const start = { first: 3, previous: new Uint8Array(32).fill(9) };
      const other = new SealingStation('station-1', 1, undefined, start);
      expect(await put(checked(make(1, other), other))).toMatchObject([
        { kind: 'stored', unlinked: true, through: 2 },
      ]);
      const next = checked(make(1, other), other);
      expect(await put(next)).toMatchObject([{ unlinked: false, through: 2 }]);
      expect(await through()).toBe(2);
    });

    test('the neighbour that came first shows it as well', async () => {
      const [, two] = chain(2, 1) as [CheckedSegment, CheckedSegment];
      await put(two);
      const other = new SealingStation('station-1', 1);
      expect(await put(checked(make(2, other), other))).toMatchObject([
        { kind: 'stored', unlinked: true, through: 2 },
      ]);
    });

    test('an epoch begins where it was announced, at the link that was announced', async () => {
      const start = { first: 7, previous: new Uint8Array(32).fill(7) };
      const later = new SealingStation('station-1', 2, undefined, start);
      await store.addEpoch({ ...later.claim('lost'), atMs: AT_MS });
      const before = new SealingStation('station-1', 2, undefined, { ...start, first: 6 });
      expect(await put(checked(make(1, before), before))).toEqual([{ kind: 'place' }]);
      const wrong = { first: 7, previous: new Uint8Array(32).fill(8) };
      const bent = new SealingStation('station-1', 2, undefined, wrong);
      expect(await put(checked(make(1, bent), bent))).toMatchObject([
        { unlinked: true, through: 0 },
      ]);
    });

    test('an epoch nobody announced, and another station, have nothing here', async () => {
      const unknown = new SealingStation('station-1', 9);
      expect(await put(checked(make(1, unknown), unknown))).toEqual([{ kind: 'unknown-epoch' }]);
      const other = new SealingStation('station-2', 1);
      expect(await put(checked(make(1, other), other))).toEqual([{ kind: 'unknown-epoch' }]);
      expect(await store.epochs('station-2')).toEqual([]);
    });

    test('only the first epoch of a station is granted by itself', async () => {
      expect(await store.addEpoch({ ...station.claim(), atMs: 2 })).toBe('same');
      expect(await store.addEpoch({ ...station.claim('lost'), atMs: 2 })).toBe('other');
      const second = new SealingStation('station-1', 2);
      expect(await store.addEpoch({ ...second.claim(), atMs: 2 })).toBe('added');
      const states = async () => (await store.epochs('station-1')).map(({ state }) => state);
      expect(await states()).toEqual(['granted', 'waiting']);
      const waiting = { station: 'station-1', epoch: second.epoch };
      expect(await store.grantEpoch(waiting, 'operator-1', 3)).toBe(true);
      expect(await store.grantEpoch(waiting, 'operator-1', 3)).toBe(false);
      expect(await states()).toEqual(['granted', 'granted']);
      const lost = new SealingStation('station-2', 3);
      await store.addEpoch({ ...lost.claim('lost'), atMs: 2 });
      expect(await store.epochs('station-2')).toMatchObject([{ state: 'waiting' }]);
    });

    test('a joint is found in whatever epoch the receipted segment is', async () => {
      const [one, two] = chain(2, 3) as [CheckedSegment, CheckedSegment];
      await put(two);
      expect(toHex((await store.endsAt('station-1', 5, two.link)) ?? new Uint8Array())).toBe(
        toHex(station.epoch),
      );
      expect(await store.endsAt('station-1', 4, two.link)).toBeNull();
      expect(await store.endsAt('station-1', 2, one.link)).toBeNull();
      expect(await store.endsAt('station-2', 5, two.link)).toBeNull();
    });

    test('a body that was let go of leaves header and leaves, and is known still', async () => {
      const [one, two] = chain(2, 1) as [CheckedSegment, CheckedSegment];
      await put(one, two);
      const [first] = await store.arrivals(0, 9);
      await store.dropBodies([first?.arrival ?? 0], 'left');
      expect(await store.body(first?.arrival ?? 0)).toBeNull();
      expect(await store.kept(0, 9)).toHaveLength(1);
      expect(await store.arrival({ ...key, first: 1 })).toMatchObject({ state: 'dropped' });
      expect(await put(one)).toMatchObject([{ kind: 'known', through: 3 }]);
      const headers = await store.headers(key, 0, 9);
      expect(headers.map(({ first: from, last }) => [from, last])).toEqual([
        [1, 2],
        [3, 3],
      ]);
      expect(toHex(headers[0]?.leaves ?? new Uint8Array())).toBe(toHex(one.leaves));
      expect(await store.headers(key, 1, 9)).toHaveLength(1);
    });

    test('an erased segment is refused, also where it comes only after the erasing', async () => {
      const [one, two, three] = chain(2, 2, 1) as [CheckedSegment, CheckedSegment, CheckedSegment];
      await put(one);
      await store.erase([{ ...key, from: 1, to: 4 }]);
      await store.erase([{ ...key, from: 1, to: 4 }]);
      expect(await store.arrival({ ...key, first: 1 })).toMatchObject({ state: 'erased' });
      expect(await put(one, two, two, three)).toMatchObject([
        ...[{ kind: 'erased' }, { kind: 'erased' }, { kind: 'erased' }],
        // The chain goes on over what was erased.
        { kind: 'stored', through: 5 },
      ]);
      expect(await store.kept(0, 9)).toHaveLength(1);
      expect(await store.headers(key, 0, 9)).toHaveLength(3);
    });

    test('a segment erased in part is taken', async () => {
      const [one] = chain(3) as [CheckedSegment];
      await store.erase([{ ...key, from: 2, to: 9 }]);
      expect(await put(one)).toMatchObject([{ kind: 'stored' }]);
    });
  });
}

export function checkedOf(
  { first, bytes }: MadeSegment,
  { known, epoch }: SealingStation,
): CheckedSegment {
  const segment = checkSegment(known, { epoch, first }, bytes, new Set(['test-1', 'test-2']));
  if ('code' in segment) throw new Error(segment.message);
  return segment;
}
