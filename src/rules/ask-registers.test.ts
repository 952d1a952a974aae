import { describe, expect, test } from 'vitest';
import type { IdentityDocument } from '../documents/document.ts';
import { parsePresentation } from '../documents/parse-presentation.ts';
import { DAY_MS } from '../kernel/calendar.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import type { RegisterCondition, Registers } from '../registers/lookup.ts';
import { askRegisters, registerUse } from './ask-registers.ts';
import { decide } from './decide.ts';
import { NO_CARD_FINDINGS } from './situation.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 5);
const TIME: TimeInterval = { earliestMs: NOW_MS - 60_000, latestMs: NOW_MS, trust: 'vouched' };
const LIMITS = { ageingMs: DAY_MS, expiredMs: 7 * DAY_MS };
const POLICY = { version: 3, registers: ['f0', 'f1'], requireChip: false };
const CARD = '001200000001|001200000009|Nguyễn Văn Mẫu|01022000|Nam|Hà Nội|03042021';

describe('freshness is judged at the latest time it can be', () => {
  test.each([
    [DAY_MS - 1, 'fresh'],
    [DAY_MS, 'ageing'],
    [7 * DAY_MS - 1, 'ageing'],
    [7 * DAY_MS, 'expired'],
  ])('data %i ms old is %s', (ageMs, state) => {
    expect(registerUse('f0', usable(NOW_MS - ageMs), LIMITS, TIME).state).toBe(state);
  });

  test('a register without limits is expired from the start', () => {
    expect(registerUse('f2', usable(NOW_MS), undefined, TIME).state).toBe('expired');
  });

  test('an absent register is not an empty one, an unusable one keeps its date', () => {
    expect(registerUse('f0', { state: 'absent' }, LIMITS, TIME).state).toBe('absent');
    expect(
      registerUse('f0', { state: 'unusable', asOfMs: 5, version: 2 }, LIMITS, TIME),
    ).toMatchObject({ state: 'unusable', asOfMs: 5, version: 2 });
  });
});

test('number, QID and earlier 12-digit numbers are asked in every register, each for itself', () => {
  const asked: string[] = [];
  const registers = registersWith((register, kind, value) => {
    asked.push(`${register} ${kind} ${value}`);
    return [];
  });
  const personal = document('001200000001|NGUYEN VAN MAU|2000-02-01|1|Q123|');
  askRegisters([document(CARD), personal], POLICY, { f0: LIMITS, f1: LIMITS }, registers, TIME);
  const each = ['number 001200000001', 'qid Q123', 'number 001200000009'];
  expect(asked).toEqual([...each.map((what) => `f0 ${what}`), ...each.map((what) => `f1 ${what}`)]);
});

test('notices are asked for under the keys that hit, and stay with them', () => {
  const row = {
    register: 'f0',
    status: 'active',
    fromDay: 0,
    untilDay: 99_999,
    source: 'cdc',
  } as const;
  const registers: Registers = {
    ...registersWith((_, kind) => (kind === 'number' ? [row] : [])),
    notices: (kind, value) => [{ code: `${kind} ${value}`, endMs: 1 }],
  };
  const personal = document('001200000001|NGUYEN VAN MAU|2000-02-01|1|Q123|');
  const [f0] = askRegisters([personal], POLICY, { f0: LIMITS }, registers, TIME);
  expect(f0?.found.map(({ by, notices }) => [by, notices.map(({ code }) => code)])).toEqual([
    ['number', ['number 001200000001']],
    ['qid', []],
  ]);
});

test('a register that throws is unusable, and the other still tells of its hit', () => {
  const registers = registersWith((register) => {
    if (register === 'f0') throw new Error('torn page');
    return [{ register, status: 'active', fromDay: 0, untilDay: 99_999, source: 'cdc' }];
  });
  const answers = askRegisters(
    [document(CARD)],
    POLICY,
    { f0: LIMITS, f1: LIMITS },
    registers,
    TIME,
  );
  const verdict = decide([document(CARD)], {
    time: TIME,
    policy: POLICY,
    registers: answers,
    cards: NO_CARD_FINDINGS,
    repeat: null,
  });
  expect(verdict.kind).toBe('check');
  expect(verdict.reasons.map(({ code }) => code)).toEqual([
    'status.f1',
    'status.f1-alias',
    'register.unusable',
  ]);
});

test('a register that becomes unusable while it is asked does not vouch for its answer', () => {
  let condition: RegisterCondition = usable(NOW_MS);
  const registers: Registers = {
    lookup: () => {
      condition = { state: 'unusable', asOfMs: NOW_MS, version: 1 };
      return [];
    },
    condition: () => condition,
    notices: () => [],
  };
  const [f0] = askRegisters([document(CARD)], POLICY, { f0: LIMITS }, registers, TIME);
  expect(f0?.use.state).toBe('unusable');
});

function usable(asOfMs: number): RegisterCondition {
  return { state: 'usable', asOfMs, version: 1 };
}

function registersWith(lookup: Registers['lookup']): Registers {
  return { lookup, condition: () => usable(NOW_MS - 1_000), notices: () => [] };
}

function document(text: string): IdentityDocument {
  const parsed = parsePresentation(new TextEncoder().encode(text), { latestDay: 30_000 });
  if (parsed.kind === 'other') throw new Error(`not an identity: ${parsed.looksLike}`);
  return parsed;
}
