import { expect, test } from 'vitest';
import { PassageLines } from './passage-lines.ts';
import type { DecidedLine } from './round.ts';

const line = (ms: number): DecidedLine => ({ lane: 'lane-1', verdict: 'pass', reasons: [], ms });

test('a line waits until a card could have been laid down', () => {
  const lines = new PassageLines();
  lines.decided(1, line(20), 0);
  expect(lines.take(1_499, null)).toEqual([]);
  expect(lines.take(1_500, null)).toEqual([line(20)]);
  expect(lines.take(1_600, null)).toEqual([]);
});

test('while its card is being read it waits, and those after it too; then it says what came of it', () => {
  const lines = new PassageLines();
  lines.decided(1, line(20), 0);
  lines.decided(2, line(30), 500);
  expect(lines.take(5_000, 1)).toEqual([]);
  lines.amended(1, 'check', ['chip.cloned']);
  expect(lines.take(5_100, null)).toEqual([
    { ...line(20), verdict: 'check', reasons: ['chip.cloned'] },
    line(30),
  ]);
});
