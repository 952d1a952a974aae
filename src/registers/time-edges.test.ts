import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayEndMs, dayOf, dayStartMs } from '../kernel/calendar.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { registerUse } from '../rules/ask-registers.ts';
import { inForce } from '../rules/in-force.ts';
import type { RegisterHit } from './lookup.ts';

const DAY = 20_778;

function between(earliestMs: number, latestMs: number): TimeInterval {
  return { earliestMs, latestMs, trust: 'carried' };
}

function row(status: 'active' | 'ended', fromDay: number, untilDay: number): RegisterHit {
  return { register: 'f0', status, fromDay, untilDay, source: 'A' };
}

/** What is so at one true instant, said in the simplest way: calendar days inclusive, `ended` cancels what began before. */
function trulyInForce(hits: readonly RegisterHit[], atMs: number): RegisterHit[] {
  const today = dayOf(atMs);
  return hits.filter(
    (hit) =>
      hit.status === 'active' &&
      hit.fromDay <= today &&
      today <= hit.untilDay &&
      !hits.some(
        (end) => end.status === 'ended' && hit.fromDay <= end.fromDay && end.fromDay <= today,
      ),
  );
}

const day = fc.integer({ min: DAY - 3, max: DAY + 3 });
const rows = fc.array(
  fc
    .record({ status: fc.constantFrom('active' as const, 'ended' as const), a: day, b: day })
    .map(({ status, a, b }) => row(status, Math.min(a, b), Math.max(a, b))),
  { maxLength: 6 },
);
/** Instants near the edges of days, where mistakes live, and anywhere. */
const instant = fc.oneof(
  fc.tuple(day, fc.integer({ min: -2, max: 2 })).map(([edge, ms]) => dayStartMs(edge) + ms),
  fc.integer({ min: dayStartMs(DAY - 4), max: dayEndMs(DAY + 4) }),
);

test('for any true time in the interval, no status still in force is let go', () => {
  fc.assert(
    fc.property(rows, fc.tuple(instant, instant, instant), (hits, instants) => {
      const [earliestMs = 0, trueMs = 0, latestMs = 0] = [...instants].sort((a, b) => a - b);
      const told = inForce(hits, between(earliestMs, latestMs));
      for (const hit of trulyInForce(hits, trueMs)) expect(told).toContain(hit);
    }),
    { numRuns: 2_000 },
  );
});

test('when the time is known exactly, what is told is exactly what is in force', () => {
  fc.assert(
    fc.property(rows, instant, (hits, atMs) => {
      expect(inForce(hits, between(atMs, atMs))).toEqual(trulyInForce(hits, atMs));
    }),
    { numRuns: 2_000 },
  );
});

test('a status ends when midnight in Vietnam has surely passed, and begins when it may have', () => {
  const hits = [row('active', DAY, DAY)];
  const [startMs, endMs] = [dayStartMs(DAY), dayEndMs(DAY)];
  expect(inForce(hits, between(startMs - 10, startMs - 1))).toEqual([]);
  expect(inForce(hits, between(startMs - 10, startMs))).toEqual(hits);
  expect(inForce(hits, between(endMs - 1, endMs + 10))).toEqual(hits);
  expect(inForce(hits, between(endMs, endMs + 10))).toEqual([]);
});

test('a register counts as fresh only while the latest possible time is within its limits', () => {
  const limits = { ageingMs: 100, expiredMs: 200 };
  const stateAt = (latestMs: number) =>
    registerUse('f0', { state: 'usable', asOfMs: 1_000, version: 1 }, limits, between(0, latestMs))
      .state;
  expect([1_099, 1_100, 1_199, 1_200].map(stateAt)).toEqual([
    'fresh',
    'ageing',
    'ageing',
    'expired',
  ]);
});
