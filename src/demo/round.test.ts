import { expect, test } from 'vitest';
import { type DecidedLine, type Expected, roundResult } from './round.ts';

const SCRIPT: readonly Expected[] = [
  { verdict: 'pass', reason: null },
  { verdict: 'stop', reason: 'status.f0' },
];
const line = (verdict: DecidedLine['verdict'], ...reasons: string[]): DecidedLine => ({
  lane: 'lane-1',
  verdict,
  reasons,
  ms: 20,
});

test('a round is as scripted only when every passage came, in order, with its reason', () => {
  expect(roundResult(SCRIPT, [])).toBe('going-on');
  expect(roundResult(SCRIPT, [line('pass')])).toBe('going-on');
  expect(roundResult(SCRIPT, [line('pass'), line('stop', 'status.f0')])).toBe('as-scripted');
});

test('a wrong verdict, a wrong reason and a passage too many are told', () => {
  expect(roundResult(SCRIPT, [line('check', 'repeat')])).toEqual({
    different: 'passage 1: expected pass, came check (repeat)',
  });
  expect(roundResult(SCRIPT, [line('pass'), line('stop')])).toEqual({
    different: 'passage 2: expected stop (status.f0), came stop',
  });
  expect(roundResult([], [line('pass')])).toEqual({
    different: 'passage 1 came and none was due',
  });
});
