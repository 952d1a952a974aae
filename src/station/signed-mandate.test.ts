import { expect, test } from 'vitest';
import { dayEndMs, dayStartMs } from '../kernel/calendar.ts';
import type { Registers } from '../registers/lookup.ts';
import { mandated, mandateState } from './signed-mandate.ts';

const MANDATE = {
  ...{ region: 'hcm', version: 1, issuedMs: 0, purpose: 'x', legalText: 'y' },
  ...{ fromDay: 100, untilDay: 110 },
};
const START_MS = dayStartMs(100);
const END_MS = dayEndMs(110);

test.each([
  ['none was ever signed', null, 0, 0, 'none'],
  ['the first day has surely not come', MANDATE, START_MS - 20, START_MS - 1, 'before'],
  ['the first day may have come', MANDATE, START_MS - 20, START_MS, 'in-force'],
  ['the last moment of the last day', MANDATE, END_MS - 20, END_MS - 1, 'in-force'],
  ['the last day may be over', MANDATE, END_MS - 20, END_MS, 'ended'],
  ['the last day is surely over', MANDATE, END_MS, END_MS + 20, 'over'],
] as const)('%s', (_, mandate, earliestMs, latestMs, state) => {
  expect(mandateState(mandate, { earliestMs, latestMs, trust: 'vouched' })).toBe(state);
});

test('registers are as if absent while the mandate is not in force, and absent ones let nobody pass', () => {
  const hit = { register: 'f0', status: 'active', fromDay: 1, untilDay: 2, source: 'x' } as const;
  const registers: Registers = {
    lookup: () => [hit],
    notices: () => [{ code: 'transfer', endMs: 5 }],
    condition: () => ({ state: 'usable', asOfMs: 1, version: 1 }),
  };
  let isInForce = true;
  const asked = mandated(registers, () => isInForce);
  expect(asked.lookup('f0', 'number', '001099000001')).toEqual([hit]);
  isInForce = false;
  expect(asked.lookup('f0', 'number', '001099000001')).toEqual([]);
  expect(asked.notices('number', '001099000001')).toEqual([]);
  expect(asked.condition('f0')).toEqual({ state: 'absent' });
});
