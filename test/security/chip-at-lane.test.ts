// Security C3 and C5 at the lane: what is no identity card, how often a card is tried, and what is recorded of a card that was opened another way than it is signed to.
import { afterEach, expect, test } from 'vitest';
import { signFiles } from '../../devices/card-reader/emulated/card-issuer.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { parseCertificate } from '../../src/chip/trust/certificate.ts';
import { addAnchor, EMPTY_TRUST_STORE } from '../../src/chip/trust/trust-store.ts';
import { BEARER, CardRig, OTHER, trustOf } from '../scenarios/card-rig.ts';
import { codeOf } from '../support/card-code.ts';
import { SAMPLE_ISSUER, sampleCard, seededRandom } from '../support/sample-card.ts';
import { settle } from '../support/virtual-clock.ts';

const PEOPLE_TRYING = 6;
const ACCESS_FILE = 0x011c;
const NOTHING = new Uint8Array(0);

let rig: CardRig;
afterEach(() => rig.close());

async function lay(spec: CardSpec): Promise<EmulatedCard> {
  const card = new EmulatedCard(spec, seededRandom('chip'));
  rig.reader.insert(card);
  await settle();
  return card;
}

test('whoever shows a code, a card hears of two numbers and then nothing until it is laid down again', async () => {
  rig = new CardRig({ requireChip: true });
  const card = await lay(await sampleCard());
  const heard: number[] = [];
  for (let at = 0; at < PEOPLE_TRYING; at++) {
    rig.scan(codeOf({ ...OTHER, number: `0012000001${String(at).padStart(2, '0')}` }));
    await rig.read();
    await rig.pass(2_000);
    heard.push(card.apdus);
    rig.tap('set-aside');
  }
  const [first = 0, second = 0, ...later] = heard;
  expect(second).toBeGreaterThan(first);
  expect(new Set(later)).toEqual(new Set([second]));
  expect(rig.view.card).toMatchObject({ stage: 'failed', problem: 'number-does-not-open' });
});

test('a card whose PACE is hidden opens by BAC, and that is a check in the record, never a pass in silence', async () => {
  rig = new CardRig();
  rig.scan(codeOf(BEARER));
  await lay({ ...(await sampleCard()), pace: [], masterFiles: new Map() });
  await rig.read();
  expect(rig.shown).toBe('check card.access-agrees');
  const [amendment] = rig.of('amendment');
  expect(amendment).toMatchObject({ proof: 'chip-genuine', reasons: ['card.access-agrees'] });
  expect(amendment?.checks).toContainEqual({
    ...{ code: 'card.access-agrees', outcome: 'failed', ageMs: null },
  });
});

test('a genuine document of another kind is no genuine identity card, though its issuer is believed for its own', async () => {
  const spec = await sampleCard();
  const groups = new Map(
    [1, 2, 3, 13, 14, 15].map((group) => [group, spec.files.get(0x0100 + group) ?? NOTHING]),
  );
  const zone = Buffer.from(groups.get(1) ?? NOTHING);
  groups.set(1, Buffer.from(zone.toString('latin1').replace('IDVNM', 'P<VNM'), 'latin1'));
  const files = new Map([...spec.files, [0x0101, groups.get(1) ?? NOTHING]]);
  files.set(0x011d, signFiles(SAMPLE_ISSUER, groups, 0));
  const certificate = parseCertificate(SAMPLE_ISSUER.authorityCertificate);
  const anchor = { certificate, source: 'test', addedDay: '2026-01-01' };
  const store = (['cccd', 'passport'] as const).reduce((before, purpose) => {
    const outcome = addAnchor(before, { ...anchor, purpose }, new Set());
    return outcome.kind === 'refused' ? before : outcome.store;
  }, EMPTY_TRUST_STORE);
  expect(store.anchors).toHaveLength(2);
  rig = new CardRig();
  rig.trust = trustOf(store);
  rig.scan(codeOf(BEARER));
  await lay({ ...spec, files });
  await rig.read();
  expect(rig.shown).toBe('check chip.unverifiable');
  const failed = rig.of('amendment')[0]?.checks.filter(({ outcome }) => outcome === 'failed');
  expect(failed?.map(({ code }) => code)).toEqual(['card.identity']);
});

test('an EF.CardAccess that says more than was signed is a check', async () => {
  rig = new CardRig();
  rig.scan(codeOf(BEARER));
  const spec = await sampleCard();
  const signed = Buffer.from(spec.masterFiles.get(ACCESS_FILE) ?? []);
  const more = Buffer.from('300f060a04007f00070202030202020107', 'hex');
  const set = Buffer.concat([signed.subarray(2), more]);
  const longer = Buffer.concat([Uint8Array.of(0x31, set.length), set]);
  await lay({ ...spec, masterFiles: new Map([[ACCESS_FILE, longer]]) });
  await rig.read();
  expect(rig.shown).toBe('check card.access-agrees');
});
