import { expect, test } from 'vitest';
import { termOf } from './card-term.ts';

test('a card ends with the birthday of 25, 40 or 60 that comes next', () => {
  expect(termOf('2000-02-01', '2021-05-10')).toBe('2025-02-01');
  expect(termOf('1990-11-30', '2022-01-01')).toBe('2030-11-30');
  expect(termOf('1970-07-07', '2023-03-03')).toBe('2030-07-07');
});

test('who gets it within two years before that birthday keeps it until the next', () => {
  expect(termOf('2000-02-01', '2023-01-31')).toBe('2025-02-01');
  expect(termOf('2000-02-01', '2023-02-01')).toBe('2040-02-01');
  expect(termOf('2000-02-01', '2025-01-31')).toBe('2040-02-01');
});

test('under the law of 2023 children have a term of their own', () => {
  expect(termOf('2018-06-15', '2024-08-01')).toBe('2032-06-15');
  expect(termOf('2018-06-15', '2024-06-30')).toBe('2043-06-15');
});

test('from 58 years on it has no end', () => {
  expect(termOf('1960-01-01', '2018-01-01')).toBe('2099-12-31');
  expect(termOf('1940-01-01', '2021-04-04')).toBe('2099-12-31');
});

test('without whole dates, or born on 29 February, nobody can tell', () => {
  expect(termOf('2000', '2021-05-10')).toBeNull();
  expect(termOf('2000-02', '2021-05-10')).toBeNull();
  expect(termOf('2000-02-01', null)).toBeNull();
  expect(termOf(null, '2021-05-10')).toBeNull();
  expect(termOf('2000-02-29', '2021-05-10')).toBeNull();
});
