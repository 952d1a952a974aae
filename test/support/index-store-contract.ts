import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Arrival } from '../../src/hub/inbox/inbox-store.ts';
import type { IndexStore, PassagePage } from '../../src/hub/passages/index-store.ts';
import type { JournalRecord, PassageRecord } from '../../src/journal/record.ts';
import { encodeRecord } from '../../src/journal/record-codec.ts';
import { actionRecord, endRecord, officerRecord, passageRecord } from './journal-records.ts';

const STORED_MS = 1_790_000_000_000;
const EPOCH = new Uint8Array(16).fill(1);

export type IndexUnderTest = {
  readonly store: IndexStore;
  readonly remove: () => Promise<void>;
};

/** What every index of opened records does, whatever database stands behind it. */
export function indexStoreContract(name: string, open: () => Promise<IndexUnderTest>): void {
  describe(`${name} as an index store`, () => {
    let under: IndexUnderTest;
    let store: IndexStore;
    let arrivals: number;
    let next: number;
    beforeEach(async () => {
      under = await open();
      store = under.store;
      arrivals = 0;
      next = 1;
    });
    afterEach(() => under.remove());

    /** One segment of these records, of the journal's next places. */
    const opened = (...records: readonly ((sequence: number) => JournalRecord)[]) => {
      const first = next;
      next += records.length;
      return at(first, records);
    };
    const at = (first: number, records: readonly ((sequence: number) => JournalRecord)[]) => {
      const made = records.map((make, index) => {
        const sequence = first + index;
        const record = { ...make(sequence), station: 'station-1', sequence };
        return { record, bytes: encodeRecord(record) };
      });
      return { arrival: arrivalOf(first, records.length), records: made };
    };
    const arrivalOf = (first: number, count: number): Arrival => ({
      ...{ station: 'station-1', epoch: EPOCH, first, last: first + count - 1 },
      ...{ arrival: ++arrivals, state: 'held', storedMs: STORED_MS },
    });
    const passage = (changes: Partial<PassageRecord> = {}) => {
      return (sequence: number) => passageRecord(sequence, changes);
    };
    const end = (of: number) => () => endRecord(of);
    const key = { station: 'station-1', epoch: EPOCH };
    const day = { station: 'station-1', fromMs: 0, untilMs: STORED_MS * 2, limit: 100 };
    const all = () => store.passages.byTime({ ...day, after: null });
    const sequences = ({ passages }: PassagePage) => passages.map(({ sequence }) => sequence);
    const exported = async () => {
      const { lines } = await store.feed.page(null, 1_000);
      return lines.map((line) => JSON.parse(line) as { sequence: number; erased?: true });
    };

    describe('opening', () => {
      test('what is added twice is there once', async () => {
        const outcome = opened(passage(), end(1));
        await store.opened.add([outcome], 1);
        await store.opened.add([outcome], 2);
        expect(sequences(await all())).toEqual([1]);
        expect(await exported()).toHaveLength(2);
        expect(await store.opened.position()).toBe(1);
      });

      test('what is set aside is told until it opens, and keeps the mark behind it', async () => {
        const arrival = arrivalOf(1, 1);
        await store.opened.add([{ arrival, failure: 'key.missing' }], 5);
        next = 2;
        await store.opened.add([opened(passage())], 6);
        const epoch = { ...key, first: 1, through: 2 };
        expect(await store.opened.advance([epoch])).toEqual([0]);
        expect(await store.opened.setAside(9)).toMatchObject([
          { station: 'station-1', first: 1, last: 1, reason: 'key.missing', sinceMs: 5 },
        ]);
        expect(await store.opened.position()).toBe(2);
        await store.opened.add([{ ...at(1, [passage()]), arrival }], 7);
        expect(await store.opened.setAside(9)).toEqual([]);
        expect(await store.opened.position()).toBe(2);
        expect(await store.opened.advance([epoch])).toEqual([2]);
        expect(await store.opened.openedThrough(key)).toBe(2);
      });

      test('nothing counts as opened beyond what is linked', async () => {
        await store.opened.add([opened(passage()), opened(passage(), passage())], 1);
        expect(await store.opened.advance([{ ...key, first: 1, through: 2 }])).toEqual([1]);
        expect(await store.opened.advance([{ ...key, first: 1, through: 3 }])).toEqual([3]);
        const unknown = { ...key, epoch: new Uint8Array(16), first: 1, through: 9 };
        expect(await store.opened.advance([unknown])).toEqual([0]);
        expect(await store.opened.openedThrough(unknown)).toBe(0);
      });
    });

    describe('passages', () => {
      test('come by time with all that belongs to them, whatever came first', async () => {
        const action = () => actionRecord(5);
        const amended = () => {
          const { station: _, sequence: __, ...record } = amendmentOf(5);
          return record;
        };
        const late = at(8, [end(5)]);
        const early = at(5, [passage({ verdict: 'check' }), action, amended]);
        await store.opened.add([late, early], 1);
        const [found, ...others] = (await all()).passages;
        expect(others).toEqual([]);
        expect(found).toMatchObject({
          ...{ station: 'station-1', sequence: 5, case: null },
          record: { type: 'passage', verdict: 'check', number: '001200012345' },
          attached: [{ type: 'action' }, { type: 'amendment' }, { type: 'end', crossed: 'yes' }],
        });
      });

      test('pages neither repeat nor leave out passages of one moment', async () => {
        await store.opened.add([opened(...Array.from({ length: 7 }, () => passage()))], 1);
        const seen: number[] = [];
        let after: string | null = null;
        do {
          const page: PassagePage = await store.passages.byTime({ ...day, limit: 3, after });
          seen.push(...sequences(page));
          after = page.next;
        } while (after !== null);
        expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
        await expect(store.passages.byTime({ ...day, after: 'x' })).rejects.toThrow(
          'expected the "next"',
        );
      });

      test('are within the time asked for and of the station asked for', async () => {
        const hour = (h: number) => passage({ atMs: STORED_MS + h * 3_600_000 });
        await store.opened.add([opened(hour(0), hour(1), hour(2))], 1);
        const some = { ...day, fromMs: STORED_MS + 3_600_000, untilMs: STORED_MS + 7_200_000 };
        expect(sequences(await store.passages.byTime({ ...some, after: null }))).toEqual([2]);
        const other = { ...day, station: 'station-2', after: null };
        expect(sequences(await store.passages.byTime(other))).toEqual([]);
      });

      test('are counted by hour and verdict', async () => {
        const start = 100 * 3_600_000;
        await store.opened.add(
          [
            opened(
              passage({ atMs: start }),
              passage({ atMs: start + 1, verdict: 'stop' }),
              passage({ atMs: start + 3_600_000, verdict: 'check' }),
              () => officerRecord('signed-in'),
            ),
          ],
          1,
        );
        expect(await store.passages.hours('station-1', 0, start * 2)).toEqual([
          { hour: 100, pass: 1, check: 0, stop: 1 },
          { hour: 101, pass: 0, check: 1, stop: 0 },
        ]);
        await expect(store.passages.hours('station-1', 0, start * 100)).rejects.toThrow('in parts');
      });

      test('a stop is found by the register version it was under', async () => {
        const under = (version: number) => ({
          verdict: 'stop' as const,
          registers: [{ register: 'f0', version, state: 'fresh' }],
        });
        await store.opened.add(
          [opened(passage(under(7)), passage(under(8)), passage(), passage(under(9)))],
          1,
        );
        const query = { register: 'f0', fromVersion: 8, toVersion: 9, after: null, limit: 10 };
        const { stops } = await store.passages.stopsUnder(query);
        expect(stops.map(({ sequence }) => sequence)).toEqual([2, 4]);
        expect(stops[0]).toMatchObject({ record: { verdict: 'stop' }, case: { state: 'open' } });
        const first = await store.passages.stopsUnder({ ...query, limit: 1 });
        const second = await store.passages.stopsUnder({ ...query, limit: 1, after: first.next });
        expect(second.stops.map(({ sequence }) => sequence)).toEqual([4]);
        const none = await store.passages.stopsUnder({ ...query, register: 'f1' });
        expect(none.stops).toEqual([]);
      });
    });

    describe('cases', () => {
      const stop = passage({ verdict: 'stop' });

      test('a stop opens one, an amended stop no second one', async () => {
        const amended = () => ({ ...amendmentOf(1), verdict: 'stop' as const });
        await store.opened.add([opened(stop, amended, passage()), at(9, [stop])], 3);
        const cases = await store.cases.list({ states: ['open'], beforeMs: null, limit: 9 });
        expect(cases.map(({ sequence }) => sequence).sort()).toEqual([1, 9]);
        expect(new Set(cases.map(({ code }) => code)).size).toBe(2);
        for (const { code } of cases) expect(code).toMatch(/^[A-Z0-9]{2}-[A-Z0-9]{3}$/);
        const places = [1, 3, 9].map((sequence) => ({ epoch: EPOCH, sequence }));
        expect(await store.cases.of('station-1', places)).toHaveLength(2);
        expect(await store.cases.of('station-2', places)).toEqual([]);
      });

      test('an amendment that comes before its passage opens the one case of both', async () => {
        const amended = () => ({ ...amendmentOf(1), verdict: 'stop' as const });
        await store.opened.add([at(2, [amended]), at(1, [stop])], 3);
        expect(
          await store.cases.list({ states: ['open'], beforeMs: null, limit: 9 }),
        ).toMatchObject([{ sequence: 1 }]);
      });

      test('are acknowledged and closed once, with who did it and how it ended', async () => {
        await store.opened.add([opened(stop)], 3);
        const [found] = await store.cases.of('station-1', [{ epoch: EPOCH, sequence: 1 }]);
        const code = found?.code ?? '';
        expect(await store.cases.acknowledge(code, 'nurse-1', 4)).toBe(true);
        expect(await store.cases.acknowledge(code, 'nurse-2', 5)).toBe(false);
        expect(await store.cases.find(code)).toMatchObject({
          ...{ state: 'acknowledged', acknowledgedBy: 'nurse-1', acknowledgedMs: 4 },
        });
        expect(
          await store.cases.closeCase(
            ` ${code.toLowerCase().replace('-', ' ')}`,
            'recovered',
            'nurse-2',
            6,
          ),
        ).toBe(true);
        expect(await store.cases.closeCase(code, 'left', 'nurse-3', 7)).toBe(false);
        expect(await store.cases.find(code)).toMatchObject({ state: 'closed', closedMs: 6 });
        expect(await store.cases.find('AA-AAA')).toBeNull();
        const closed = await store.cases.list({ states: ['closed'], beforeMs: null, limit: 9 });
        expect(closed).toMatchObject([
          { state: 'closed', outcome: 'recovered', closedBy: 'nurse-2', closedMs: 6 },
        ]);
      });
    });

    describe('the export feed', () => {
      test('gives everything once, also what is added between two pages', async () => {
        await store.opened.add([opened(passage(), end(1), passage())], 1);
        const first = await store.feed.page(null, 2);
        await store.opened.add([opened(end(3))], 2);
        const second = await store.feed.page(first.cursor, 5);
        const third = await store.feed.page(second.cursor, 5);
        await store.opened.add([opened(passage())], 3);
        const fourth = await store.feed.page(third.cursor, 5);
        const lines = [first, second, third, fourth].flatMap((page) => page.lines);
        const seen = lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
        expect(third.lines).toEqual([]);
        expect(seen).toEqual([1, 2, 3, 4, 5]);
        expect(JSON.parse(first.lines[0] ?? '')).toMatchObject({
          ...{ station: 'station-1', epoch: '01'.repeat(16), sequence: 1 },
          record: { type: 'passage', number: '001200012345' },
        });
      });

      test('refuses a cursor that it did not give', async () => {
        for (const cursor of ['', 'x', 'AAAA'.repeat(7)]) {
          await expect(store.feed.page(cursor, 5)).rejects.toThrow('cursor: expected one');
        }
      });
    });

    describe('erasing', () => {
      test('a person is found with everything that belongs to the passages, and goes', async () => {
        const other = passage({ number: '001200099999', subjectKey: 'ffffffffffffffff' });
        const lookUp = () => lookUpOf('00112233445566ff');
        await store.opened.add(
          [opened(passage(), () => actionRecord(1), other, end(1), lookUp)],
          1,
        );
        const byNumber = await store.erasing.placesOf({ number: '001200012345' }, 99);
        expect(byNumber.map(({ sequence }) => sequence)).toEqual([1, 2, 4]);
        const subject = { subjectKey: '00112233445566ff' };
        const places = await store.erasing.placesOf(subject, 99);
        expect(places.map(({ sequence }) => sequence)).toEqual([1, 2, 4, 5]);
        const { cursor } = await store.feed.page(null, 99);
        await store.erasing.bury(places, 9);
        await store.erasing.bury(places, 10);
        expect(await store.erasing.placesOf(subject, 99)).toEqual([]);
        expect(sequences(await all())).toEqual([3]);
        // Whoever took it from the feed is told.
        const told = (await store.feed.page(cursor, 99)).lines.map((line) => JSON.parse(line));
        expect(told).toMatchObject([1, 2, 4, 5].map((sequence) => ({ sequence, erased: true })));
        expect(await store.erasing.toWipe(9)).toEqual([1]);
        await store.erasing.wiped([1]);
        expect(await store.erasing.toWipe(9)).toEqual([]);
      });

      test('what is buried does not come back, and what carried it is to be wiped', async () => {
        await store.erasing.bury([{ ...key, sequence: 2 }], 1);
        expect(await store.erasing.toWipe(9)).toEqual([]);
        await store.opened.add([opened(passage(), passage(), passage())], 2);
        expect(sequences(await all())).toEqual([1, 3]);
        expect(await store.erasing.toWipe(9)).toEqual([1]);
      });

      test('records expire by type and age, and what is left empty is told once', async () => {
        const old = passage({ atMs: STORED_MS - 40 * 86_400_000 });
        await store.opened.add(
          [opened(old, old), opened(old, () => officerRecord('signed-in'))],
          1,
        );
        const cutMs = STORED_MS - 30 * 86_400_000;
        expect(await store.erasing.expire('passage', cutMs, 2)).toBe(2);
        expect(await store.erasing.expire('passage', cutMs, 2)).toBe(1);
        expect(await store.erasing.expire('passage', cutMs, 2)).toBe(0);
        const emptied = await store.erasing.emptied(0, 9);
        expect(emptied).toMatchObject({ segments: [{ from: 1, to: 2 }], next: null });
        expect((await store.erasing.emptied(0, 9)).segments).toEqual([]);
      });

      test('a record dated years back does not expire at once', async () => {
        await store.opened.add([opened(passage({ atMs: 1 }))], 1);
        expect(await store.erasing.expire('passage', STORED_MS - 46 * 86_400_000, 9)).toBe(0);
      });

      test('it is known what was opened before a moment', async () => {
        await store.opened.add([opened(passage())], 10);
        await store.opened.add([opened(passage())], 20);
        expect(await store.erasing.openedBefore([1, 2, 3], 20)).toEqual([1]);
      });
    });
  });
}

function amendmentOf(passage: number) {
  const { v, atMs, earliestMs, latestMs, trust, lane, officer, software, ...rest } =
    passageRecord(passage);
  const { verdict, reasons, checks, documents, proof, trustVersion } = rest;
  const { subjectKey, number, registers } = rest;
  return {
    ...{ v, atMs, earliestMs, latestMs, trust, lane, officer, software, passage },
    ...{ verdict, reasons, checks, documents, proof, trustVersion, subjectKey, number, registers },
    type: 'amendment' as const,
    ...{ station: 'station-1', sequence: 1 },
  };
}

function lookUpOf(subjectKey: string) {
  const { v, atMs, earliestMs, latestMs, trust, lane, officer, software } = passageRecord(1);
  return {
    ...{ v, atMs, earliestMs, latestMs, trust, lane, officer, software },
    ...{ type: 'look-up' as const, subjectKey, reason: 'staff.asked', verdict: 'hit' },
  };
}
