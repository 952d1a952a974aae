import { expect, test } from 'vitest';
import { failed, GROUPS, judge, sodFile } from '../../../test/support/identity-card-evidence.ts';
import { EMPTY_TRUST_STORE } from './trust-store.ts';

// Security C1.

const without = (...numbers: readonly number[]) =>
  new Map([...GROUPS].filter(([number]) => !numbers.includes(number)));

test('DG14 and DG15 listed in the SOD and answered 6A82 are a cloned chip, whatever EF.COM lists', () => {
  const found = judge({
    groups: without(14, 15),
    chipAuthentication: 'unusable',
    activeAuthentication: 'unusable',
  });
  expect(found.state).toBe('cloned');
  expect(failed(found)).toEqual(['chip.chip-authentication', 'chip.active-authentication']);
});

test('a proof made with a key whose group was not matched with its hash counts as none', () => {
  expect(judge({ groups: without(14) }).state).toBe('cloned');
  expect(judge({ groups: without(15) }).state).toBe('cloned');
});

test('a chip that fails a proof is cloned', () => {
  expect(judge({ chipAuthentication: 'failed' }).state).toBe('cloned');
  expect(judge({ activeAuthentication: 'failed' }).state).toBe('cloned');
});

test('a proof of an algorithm we do not know leaves the card unverifiable', () => {
  expect(judge({ activeAuthentication: 'unknown-algorithm' }).state).toBe('unverifiable');
});

test('neither DG14 nor DG15 in the SOD: the data is genuine, the chip not proven', () => {
  const groups = without(14, 15);
  const found = judge({
    sod: sodFile({ groups }),
    groups,
    // Whatever an unsigned DG14 would have let the chip prove.
    chipAuthentication: 'passed',
    activeAuthentication: 'passed',
  });
  expect(found).toMatchObject({ state: 'chip-not-proven', hashes: 'valid', chain: 'valid' });
});

test('one of two owed proofs is not enough', () => {
  expect(judge({ activeAuthentication: 'not-tried' }).state).toBe('chip-not-proven');
});

test('an altered picture is altered data', () => {
  const groups = new Map(GROUPS).set(2, Buffer.from('another face'));
  const found = judge({ groups });
  expect(found).toMatchObject({ state: 'altered', hashes: 'invalid', signature: 'valid' });
  expect(failed(found)).toEqual(['group.2']);
});

test('a signed group in whose place something else came makes nothing genuine; one that was not read is passed over', () => {
  const groups = without(2);
  expect(judge({ groups }).state).toBe('genuine');
  const found = judge({ groups, broken: new Set([2]) });
  expect(found).toMatchObject({ state: 'unverifiable', hashes: 'unverifiable' });
  expect(found.checks).toContainEqual({ code: 'group.2', outcome: 'impossible' });
});

test('a group the issuer did not sign is altered data', () => {
  expect(judge({ groups: new Map(GROUPS).set(11, Buffer.from('more')) }).state).toBe('altered');
});

test('files without a chip are at best data whose chip is not proven', () => {
  const saved = { chipAuthentication: 'not-tried', activeAuthentication: 'not-tried' } as const;
  expect(judge(saved).state).toBe('chip-not-proven');
  expect(judge({ ...saved, groups: new Map(), document: null })).toMatchObject({
    state: 'chip-not-proven',
    hashes: 'none',
    chain: 'valid',
  });
  expect(
    judge({ ...saved, groups: new Map(), document: null, store: EMPTY_TRUST_STORE }).state,
  ).toBe('issuer-unknown');
});

test('without DG1 nothing is genuine, for nothing says whose it is', () => {
  expect(judge({ groups: without(1) }).state).toBe('chip-not-proven');
});

test('a changed DG14 is altered data, whatever the chip then proved with it', () => {
  expect(judge({ groups: new Map(GROUPS).set(14, Buffer.from('another key')) }).state).toBe(
    'altered',
  );
});

test('an outcome names the anchors that were asked, so that a passport is never taken for an identity card', () => {
  const purposes = [
    { code: 'ID', issuingState: 'VNM' },
    { code: 'I', issuingState: 'VNM' },
    { code: 'P', issuingState: 'VNM' },
    { code: 'ID', issuingState: 'D' },
    null,
  ].map((document) => judge({ document }).purpose);
  expect(purposes).toEqual(['cccd', 'cccd', 'passport', 'passport', null]);
});
