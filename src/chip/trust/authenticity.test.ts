import { expect, test } from 'vitest';
import {
  type AuthenticityEvidence,
  judgeAuthenticity,
  type ProofOutcome,
  proofCheck,
} from './authenticity.ts';

const PROOFS: readonly ProofOutcome[] = [
  ...(['passed', 'failed', 'unusable'] as const),
  ...(['unknown-algorithm', 'not-offered', 'not-tried'] as const),
];

const GENUINE: AuthenticityEvidence = {
  signature: 'valid',
  chain: 'valid',
  strong: true,
  countryAgrees: true,
  groups: { altered: false, unverifiable: false, complete: true },
  owes: { chipAuthentication: true, activeAuthentication: true },
  chipAuthentication: 'passed',
  activeAuthentication: 'passed',
};

/** Every evidence there can be. */
function* everyEvidence(): Generator<AuthenticityEvidence> {
  for (const signature of ['valid', 'invalid', 'unverifiable'] as const)
    for (const chain of ['valid', 'no-anchor', 'forged', 'invalid'] as const)
      for (const flags of Array.from({ length: 128 }, (_, bits) => bits))
        for (const chipAuthentication of PROOFS)
          for (const activeAuthentication of PROOFS) {
            const flag = (bit: number) => ((flags >> bit) & 1) === 1;
            yield {
              ...{ signature, chain, chipAuthentication, activeAuthentication },
              strong: flag(0),
              countryAgrees: flag(1),
              groups: { altered: flag(2), unverifiable: flag(3), complete: flag(4) },
              owes: { chipAuthentication: flag(5), activeAuthentication: flag(6) },
            };
          }
}

test('of all evidence there can be, only what proves everything is genuine', () => {
  let genuine = 0;
  let all = 0;
  for (const evidence of everyEvidence()) {
    all++;
    const { owes, groups } = evidence;
    const chipHolds =
      !owes.chipAuthentication ||
      evidence.chipAuthentication === 'passed' ||
      (evidence.chipAuthentication === 'not-offered' && owes.activeAuthentication);
    const activeHolds = !owes.activeAuthentication || evidence.activeAuthentication === 'passed';
    const proven =
      evidence.signature === 'valid' &&
      evidence.chain === 'valid' &&
      evidence.strong &&
      evidence.countryAgrees &&
      !groups.altered &&
      !groups.unverifiable &&
      groups.complete &&
      (owes.chipAuthentication || owes.activeAuthentication) &&
      chipHolds &&
      activeHolds;
    const state = judgeAuthenticity(evidence);
    if (proven !== (state === 'genuine')) expect({ evidence, state }).toBe(proven);
    if (state === 'genuine') genuine++;
  }
  expect(all).toBe(3 * 4 * 128 * 36);
  // CA alone: 6 outcomes of an AA not owed; AA alone: 6 of a CA not owed; both: CA passed or not offered.
  expect(genuine).toBe(6 + 6 + 2);
});

test('altered data, a forged or wrong signature come before everything', () => {
  for (const evidence of everyEvidence()) {
    const altered =
      evidence.signature === 'invalid' || evidence.chain === 'forged' || evidence.groups.altered;
    if (altered !== (judgeAuthenticity(evidence) === 'altered')) expect(evidence).toBe(altered);
  }
});

test('an unknown issuer is said only of a good signature by strong algorithms over data that matches', () => {
  for (const evidence of everyEvidence()) {
    if (judgeAuthenticity(evidence) !== 'issuer-unknown') continue;
    expect(evidence).toMatchObject({
      signature: 'valid',
      chain: 'no-anchor',
      strong: true,
      groups: { altered: false, unverifiable: false },
    });
  }
});

test('a proof that is not owed changes nothing', () => {
  for (const evidence of everyEvidence()) {
    const { owes } = evidence;
    const state = judgeAuthenticity(evidence);
    const swapped = judgeAuthenticity({
      ...evidence,
      chipAuthentication: owes.chipAuthentication ? evidence.chipAuthentication : 'failed',
      activeAuthentication: owes.activeAuthentication ? evidence.activeAuthentication : 'failed',
    });
    if (state !== swapped) expect({ evidence, state }).toBe(swapped);
  }
});

for (const [what, changes, state] of [
  ['everything proven', {}, 'genuine'],
  ['chip authentication failed', { chipAuthentication: 'failed' }, 'cloned'],
  ['active authentication unusable', { activeAuthentication: 'unusable' }, 'cloned'],
  ['a DG15 that offers nothing', { activeAuthentication: 'not-offered' }, 'cloned'],
  ['an unknown algorithm', { activeAuthentication: 'unknown-algorithm' }, 'unverifiable'],
  ['a DG14 without a key beside a good DG15', { chipAuthentication: 'not-offered' }, 'genuine'],
  ['nothing tried', { chipAuthentication: 'not-tried' }, 'chip-not-proven'],
  ['no anchor', { chain: 'no-anchor' }, 'issuer-unknown'],
  ['no anchor and a failed proof', { chain: 'no-anchor', chipAuthentication: 'failed' }, 'cloned'],
  ['a bad chain', { chain: 'invalid' }, 'unverifiable'],
  ['a weak algorithm', { strong: false }, 'unverifiable'],
  ['a weak algorithm under nobody', { strong: false, chain: 'no-anchor' }, 'unverifiable'],
  ['a signature by an unknown algorithm', { signature: 'unverifiable' }, 'unverifiable'],
  ['another country', { countryAgrees: false }, 'unverifiable'],
  [
    'neither DG14 nor DG15',
    { owes: { chipAuthentication: false, activeAuthentication: false } },
    'chip-not-proven',
  ],
  [
    'a DG14 without a key alone',
    {
      owes: { chipAuthentication: true, activeAuthentication: false },
      chipAuthentication: 'not-offered',
    },
    'chip-not-proven',
  ],
] as const) {
  test(`${what}: ${state}`, () => {
    expect(judgeAuthenticity({ ...GENUINE, ...changes })).toBe(state);
  });
}

test('a proof is a check: skipped unless owed, failed when the group cannot be used', () => {
  const outcomes = PROOFS.map((proof) => proofCheck('x', true, proof).outcome);
  expect(outcomes).toEqual(['passed', 'failed', 'failed', 'impossible', 'skipped', 'skipped']);
  for (const proof of PROOFS) expect(proofCheck('x', false, proof).outcome).toBe('skipped');
});
