import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanName, foldName, sameNameAndBirth } from './person-name.ts';

test.each([
  ['Hòa', 'Hoà'],
  ['Thúy Loan', 'THUÝ  LOAN'],
  ['Đặng Đức', 'dang duc'],
  ['Nguyễn Văn Mẫu', 'NGUYEN VAN MAU'],
  ['Quỳnh', 'Quỳnh'.normalize('NFD')],
])('%s and %s fold alike', (one, other) => expect(foldName(one)).toBe(foldName(other)));

test('different letters do not', () => expect(foldName('Lan')).not.toBe(foldName('Lam')));

test('folding twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(foldName(foldName(text))).toBe(foldName(text));
    }),
    { seed: 3 },
  );
});

const MAU = { name: 'Nguyễn Văn Mẫu', birth: '2000-02-01' };

test('name and whole birth date make the same person', () => {
  expect(sameNameAndBirth(MAU, { name: 'NGUYEN VAN MAU', birth: '2000-02-01' })).toBe(true);
});

test.each([
  ['another day', { ...MAU, birth: '2000-02-02' }],
  ['another name', { ...MAU, name: 'Nguyễn Văn Mậu Thử' }],
  ['a lost name', { ...MAU, name: null }],
  ['a lost date', { ...MAU, birth: null }],
])('%s does not', (_, other) => expect(sameNameAndBirth(MAU, other)).toBe(false));

test('half a birth date proves nothing, even if equal', () => {
  expect(sameNameAndBirth({ ...MAU, birth: '2000' }, { ...MAU, birth: '2000' })).toBe(false);
});

test.each(['Nguyễn Văn Mẫu', "H'Hen Niê", 'Y Bliêt-Êban', 'Maria K’Brơi', 'Tr. An'])(
  '%s is a name',
  (name) => expect(cleanName(name)).toBe(name),
);

test.each(['', '  ', '-', 'Trần 2', 'A<b>', 'a\u202Eb', 'Иван', 'Trß║ºn', 'x'.repeat(101)])(
  '%j is none',
  (name) => expect(cleanName(name)).toBeNull(),
);
