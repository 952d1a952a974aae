import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Failure } from './hub-calls.ts';
import { waitAfter, waitWhileRevoked } from './patience.ts';

const LATE = 0.999_999;
const cut: Failure = { kind: 'unreachable', reason: 'cut', message: '' };
const refused = (code: string, retryAfterMs: number | null): Failure => ({
  ...{ kind: 'refused', status: 401, code, message: '', retryAfterMs, headers: {} },
});

test('a hub that names a time is asked after that, and before twice that', () => {
  fc.assert(
    fc.property(
      fc.nat(3_600_000),
      fc.nat(40),
      fc.double({ min: 0, max: LATE, noNaN: true }),
      (ms, failures, random) => {
        const waitMs = waitAfter(refused('hub.busy', ms), failures, random);
        expect(waitMs).toBeGreaterThanOrEqual(ms);
        expect(waitMs).toBeLessThanOrEqual(2 * ms);
      },
    ),
  );
});

test('otherwise it is between a second and what doubles with every failure up to a minute', () => {
  const latest = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => waitAfter(cut, failures, LATE));
  expect(latest).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  for (const failures of [0, 5, 60]) {
    expect(waitAfter(cut, failures, 0)).toBe(1_000);
    expect(waitAfter(null, failures, 0)).toBe(1_000);
  }
});

test('a revoked station waits between a minute and what doubles up to an hour, also when the hub asked for less', () => {
  const latest = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) =>
    Math.round(waitAfter(refused('station.revoked', 5), failures, LATE) / 60_000),
  );
  expect(latest).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  expect(waitAfter(refused('station.revoked', null), 60, 0)).toBe(60_000);
  expect(waitWhileRevoked(60, 0.5)).toBe(1_830_000);
});

test('a certificate that is over is no revocation', () => {
  expect(waitAfter(refused('station.expired', null), 60, LATE)).toBe(60_000);
});
