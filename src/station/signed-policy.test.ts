import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../kernel/errors.ts';
import type { Policy } from './config-schema.ts';
import { LivePolicy, parseSignedPolicy, tightened } from './signed-policy.ts';

const registers = fc.uniqueArray(fc.constantFrom('f0', 'f1', 'permit'), { minLength: 1 });
const hours = fc.dictionary(
  fc.constantFrom('f0', 'f1', 'permit'),
  fc.integer({ min: 1, max: 200 }),
);
const days = fc.dictionary(fc.constantFrom('f0', 'f1'), fc.integer({ min: 1, max: 60 }));
const policy = {
  ...{ registers, requireChip: fc.boolean() },
  joinS: fc.integer({ min: 1, max: 120 }),
  repeatS: fc.integer({ min: 0, max: 3_600 }),
  ...{ ageingH: hours, expiredH: hours, defaultDays: days },
};
const signedPolicy = fc.record(policy);
const localPolicy = fc.record(policy, { requiredKeys: [] });

/** Undefined limits nothing. */
function atMost(value: number | undefined, limit: number | undefined): boolean {
  return limit === undefined || (value !== undefined && value <= limit);
}

function expectNotLaxer(both: Policy, one: Partial<Policy>): void {
  const { registers = [], requireChip = false, repeatS = 0, defaultDays = {} } = one;
  expect(both.registers).toEqual(expect.arrayContaining(registers));
  expect(both.requireChip || !requireChip).toBe(true);
  expect(atMost(both.joinS, one.joinS)).toBe(true);
  expect(both.repeatS).toBeGreaterThanOrEqual(repeatS);
  for (const name of ['f0', 'f1', 'permit']) {
    expect(atMost(both.ageingH[name], one.ageingH?.[name])).toBe(true);
    expect(atMost(both.expiredH[name], one.expiredH?.[name])).toBe(true);
  }
  for (const [name, count] of Object.entries(defaultDays)) {
    expect(both.defaultDays[name]).toBeGreaterThanOrEqual(count);
  }
}

describe('a signed policy and the local file', () => {
  test('together they are never laxer than either', () => {
    fc.assert(
      fc.property(signedPolicy, localPolicy, (signed, local) => {
        const both = tightened(signed, local);
        for (const one of [signed, local]) expectNotLaxer(both, one);
      }),
    );
  });

  test('what the file does not say changes nothing: its defaults are no wish of the operator', () => {
    const signed = parseSignedPolicy('{"repeatS":60,"joinS":30,"ageingH":{"f0":72}}');
    expect(tightened(signed, {})).toEqual(signed);
    const live = new LivePolicy({ policy: parseSignedPolicy('{}'), policyGiven: {} });
    expect([live.version, live.repeatMs]).toEqual([0, 180_000]);
    live.take(3, '{"repeatS":60,"ageingH":{"f0":72}}');
    expect([live.version, live.repeatMs]).toEqual([3, 60_000]);
    expect(live.limits()['f0']?.ageingMs).toBe(72 * 3_600_000);
  });

  test('what is no policy is refused', () => {
    for (const json of ['', 'null', '[]', '{"joinS":0}', '{"unheardOf":1}', '{"registers":[]}']) {
      expect(() => parseSignedPolicy(json)).toThrow(InputError);
    }
  });
});
