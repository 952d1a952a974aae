import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { JournalRecord } from '../../journal/record.ts';
import { decodeRecord, encodeRecord } from '../../journal/record-codec.ts';
import { StorageFault } from '../../kernel/errors.ts';
import { TimeKeeper } from '../time-keeper.ts';
import { confirmTime } from './confirm-time.ts';

const BUILD_MS = Date.UTC(2026, 9, 1);
const NOW_MS = Date.UTC(2026, 10, 25, 8);

function bench(wallMs: number) {
  const clock = new VirtualClock(wallMs);
  const time = new TimeKeeper({ clock, buildMs: BUILD_MS, batteryClock: false, durable: null });
  const written: JournalRecord[] = [];
  const journal = {
    append: (build: (sequence: number) => JournalRecord) => {
      written.push(build(1));
      return { sequence: 1 } as never;
    },
  };
  return { time, written, witness: { time, journal, software: '0.1.0' } };
}

test('a time confirmed at the command line is journalled, with the account, before it counts', () => {
  const { time, written, witness } = bench(NOW_MS);
  const { earliestMs, latestMs } = time.interval();
  confirmTime(witness, 'an');
  expect(time.interval()).toMatchObject({ trust: 'carried' });
  expect(written).toEqual([
    {
      ...{ v: 1, type: 'officer', event: 'time-confirmed', lane: 'command-line' },
      ...{ atMs: NOW_MS, earliestMs, latestMs, trust: 'unset' },
      ...{ officer: 'os-an', software: '0.1.0' },
    },
  ]);
  const [record] = written;
  if (record === undefined) throw new Error('nothing was written');
  const stored = { ...record, station: 'cua-1', sequence: 1 };
  expect(decodeRecord(encodeRecord(stored))).toEqual(stored);
  confirmTime(witness, null);
  expect(written[1]).toMatchObject({ officer: null });
});

test('one that is before the floor is refused, and nothing says that it was confirmed', () => {
  const { time, written, witness } = bench(BUILD_MS - 1);
  expect(() => confirmTime(witness, 'an')).toThrow('set it (timedatectl set-time)');
  expect([written, time.interval().trust]).toEqual([[], 'unset']);
});

test('nobody’s word counts that could not be recorded', () => {
  const { time, witness } = bench(NOW_MS);
  const journal = {
    append: () => {
      throw new StorageFault('full', 'no room');
    },
  };
  expect(() => confirmTime({ ...witness, journal }, 'an')).toThrow('no room');
  expect(time.interval().trust).toBe('unset');
});
