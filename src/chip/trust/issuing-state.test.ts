import { expect, test } from 'vitest';
import { certificateCountries } from './issuing-state.ts';

test('three letters of a machine readable zone lead to the two of a certificate', () => {
  const found = ['VNM', 'D<<', 'D', 'DEU', 'GBN', 'UTO', '', '<<<'].map(certificateCountries);
  expect(found).toEqual([['VN'], ['DE'], ['DE'], ['DE'], ['GB'], [], [], []]);
});

test('a state may sign by more codes than one', () => {
  expect(certificateCountries('CHN')).toEqual(['CN', 'HK', 'MO']);
});
