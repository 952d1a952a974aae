import { expect, test } from 'vitest';
import { Officers, parseOfficers, pinVerifier, StationOfficers } from './officers.ts';

const NOON_MS = Date.UTC(2026, 10, 25, 5);
const TODAY = { earliestMs: NOON_MS, latestMs: NOON_MS, trust: 'carried' } as const;

async function officers(until = '2026-11-25') {
  const pin = await pinVerifier('2468', Buffer.alloc(16, 1), 10);
  return parseOfficers(
    `[[officer]]\nid = "a"\nname = "Mẫu"\npin = "${pin}"\nuntil = "${until}"\n`,
    'officers.toml',
  );
}

test('the right PIN signs in on the last day, and a wrong one or a stranger does not', async () => {
  const list = await officers();
  expect(await list.verify('a', '2468', TODAY)).toBeNull();
  expect((await list.verify('a', '2469', TODAY))?.code).toBe('officer.pin');
  expect((await list.verify('a', null, TODAY))?.code).toBe('officer.pin');
  expect((await list.verify('b', '2468', TODAY))?.code).toBe('officer.pin');
});

test('an officer whose time has run out cannot sign in, except to confirm an unset date', async () => {
  const list = await officers('2026-11-24');
  expect((await list.verify('a', '2468', TODAY))?.code).toBe('officer.expired');
  expect(await list.verify('a', '2468', { ...TODAY, trust: 'unset' })).toBeNull();
});

test('a plain PIN in the file is refused, and not repeated', () => {
  const text = '[[officer]]\nid = "a"\nname = "b"\npin = "2468"\nuntil = "2026-11-25"\n';
  expect(() => parseOfficers(text, 'officers.toml')).toThrow(/wrong at \/officer\/0\/pin$/);
});

test('an officer who stands twice, or a date that is none, is named', async () => {
  const pin = await pinVerifier('2468', Buffer.alloc(16, 1), 10);
  const one = `[[officer]]\nid = "a"\nname = "b"\npin = "${pin}"\nuntil = "2026-11-25"\n`;
  expect(() => parseOfficers(one + one, 'f')).toThrow(/officer a stands twice/);
  expect(() => parseOfficers(one.replace('11-25', '13-25'), 'f')).toThrow(/a: until is no date/);
});

test('the list that the hub has published takes the place of the file, and a newer one its own', async () => {
  const local = await officers();
  const pin = await pinVerifier('1357', Buffer.alloc(16, 2), 10);
  const untilDay = Math.floor(NOON_MS / 86_400_000);
  const listOf = (id: string) => [{ id, name: 'Mẫu', pin, untilDay }];
  let published: ReturnType<typeof listOf> | null = null;
  const both = new StationOfficers(local, () => published);
  expect(both.current()).toBe(local);
  published = listOf('b');
  expect(await both.current()?.verify('b', '1357', TODAY)).toBeNull();
  expect((await both.current()?.verify('a', '2468', TODAY))?.code).toBe('officer.pin');
  expect(both.current()).toBe(both.current());
  published = listOf('c');
  expect(both.current()?.list()).toEqual([{ id: 'c', name: 'Mẫu' }]);
  expect(new StationOfficers(null, () => null).current()).toBeNull();
  expect(new StationOfficers(null, () => []).current()).toBeInstanceOf(Officers);
});
