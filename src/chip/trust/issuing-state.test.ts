import { expect, test } from 'vitest';
import { certificateCountries } from './issuing-state.ts';

test('three letters of a machine readable zone lead to the two of a certificate', () => {
  const found = ['VNM', 'D<<', 'D', 'DEU', 'GBN', 'XYZ', '', '<<<'].map(certificateCountries);
  expect(found).toEqual([['VN'], ['DE'], ['DE'], ['DE'], ['GB'], [], [], []]);
});

test("documents of ICAO's specimen state are signed under its own country", () => {
  expect(certificateCountries('UTO')).toEqual(['UT']);
});

test('a state may sign by more codes than one', () => {
  expect(certificateCountries('CHN')).toEqual(['CN', 'HK', 'MO']);
});
