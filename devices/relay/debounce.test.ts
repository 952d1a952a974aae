import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Debounce } from './debounce.ts';

test('an input that bounces is told once it has been still for long enough', () => {
  const debounce = new Debounce(30);
  const looks = [true, false, true, false, true, true, true, true];
  const told = looks.map((closed, index) => debounce.isStable(1, closed, index * 10));
  expect(told).toEqual([false, false, false, false, false, false, false, true]);
});

test('inputs do not disturb each other', () => {
  const debounce = new Debounce(30);
  debounce.isStable(1, true, 0);
  debounce.isStable(2, true, 20);
  expect(debounce.isStable(1, true, 30)).toBe(true);
  expect(debounce.isStable(2, true, 30)).toBe(false);
});

test('whatever bounces, what is told was so for the whole time before', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (looks) => {
      const debounce = new Debounce(30);
      return looks.every((closed, index) => {
        const before = looks.slice(Math.max(0, index - 3), index + 1);
        const isStill = before.length === 4 && before.every((other) => other === closed);
        return debounce.isStable(1, closed, index * 10) === isStill;
      });
    }),
  );
});
