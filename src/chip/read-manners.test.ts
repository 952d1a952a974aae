import { expect, test } from 'vitest';
import { ReadManners } from './read-manners.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { writeTlv } from './tlv.ts';

function kind(name: string) {
  const bytes = writeTlv(0x31, writeTlv(0x30, writeTlv(0x06, Buffer.from(name))));
  const cardAccess = { kind: 'read', bytes, infos: parseSecurityInfos(bytes) } as const;
  return { cardAccess, method: 'pace-can' } as const;
}

test('cards of the same EF.CardAccess that open alike share a manner, others do not', () => {
  const manners = new ReadManners();
  manners.of(kind('A')).long = 'works';
  expect(manners.of(kind('A')).long).toBe('works');
  expect(manners.of(kind('B')).long).toBe('unknown');
  expect(manners.of({ ...kind('A'), method: 'bac' }).long).toBe('unknown');
});

test('what one card made slow is found out afresh after 16 uses, then after 64', () => {
  const manners = new ReadManners();
  const relearnt: number[] = [];
  for (let use = 1; use <= 200; use++) {
    const manner = manners.of(kind('A'));
    if (manner.long === 'unknown') relearnt.push(use);
    manner.long = 'no';
  }
  expect(relearnt).toEqual([1, 17, 65]);
});

test('a manner that is fast is kept', () => {
  const manners = new ReadManners();
  const manner = manners.of(kind('A'));
  manner.long = 'works';
  for (let use = 0; use < 100; use++) expect(manners.of(kind('A'))).toBe(manner);
});

test('the least used of more than 64 kinds is forgotten', () => {
  const manners = new ReadManners();
  manners.of(kind('A')).long = 'works';
  for (let other = 0; other < 63; other++) manners.of(kind(`other ${other}`));
  expect(manners.of(kind('A')).long).toBe('works');
  for (let other = 0; other < 64; other++) manners.of(kind(`another ${other}`));
  expect(manners.of(kind('A')).long).toBe('unknown');
});
