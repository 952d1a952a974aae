import { expect, test } from 'vitest';
import { performActiveAuthentication } from '../../../src/chip/active-authentication.ts';
import { SW } from '../../../src/chip/apdu.ts';
import { basicAccessKeys, mrzSecret, performBac } from '../../../src/chip/bac.ts';
import { CardSession } from '../../../src/chip/card-session.ts';
import {
  chooseChipAuthentication,
  performChipAuthentication,
} from '../../../src/chip/chip-authentication.ts';
import { verifyChipAuthenticationMapping } from '../../../src/chip/chip-authentication-mapping.ts';
import { parseDg1 } from '../../../src/chip/lds/dg1.ts';
import { parseDg14 } from '../../../src/chip/lds/dg14.ts';
import { parseDg15 } from '../../../src/chip/lds/dg15.ts';
import { countMissing, parseSecurityInfos } from '../../../src/chip/security-infos.ts';
import {
  APPLICATION,
  CAN,
  letIn,
  openCard,
  openPace,
  readWhole,
} from '../../../test/support/card-terminal.ts';
import { SAMPLE_PERSON, sampleCard, seededRandom } from '../../../test/support/sample-card.ts';
import { mrzKeysOf } from './card-person.ts';

const random = seededRandom('terminal');
const MRZ = mrzKeysOf(SAMPLE_PERSON);
const plainly = (ins: number, p1: number, p2: number, data: string, le: number | null = null) => ({
  ...{ cla: 0, ins, p1, p2, le },
  data: Uint8Array.from(Buffer.from(data, 'hex')),
});

async function readNumber(session: CardSession): Promise<string | null> {
  return parseDg1(await readWhole(session, 0x0101)).personalNumber;
}

test('EF.CardAccess is read before anything else, in the bytes the cards have', async () => {
  const { session } = openCard(await sampleCard());
  expect(
    Buffer.from(await readWhole(session, 0x011c))
      .toString('hex')
      .toUpperCase(),
  ).toBe(
    '3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D',
  );
});

test('once the application is selected EF.CardAccess is out of reach', async () => {
  const { session } = openCard(await sampleCard());
  await session.selectApplication(APPLICATION);
  expect((await session.selectFile(0x011c)).sw).toBe(SW.securityStatus);
});

test('the master file is not selected on these cards', async () => {
  const { session } = openCard(await sampleCard());
  expect((await session.send(plainly(0xa4, 0x00, 0x0c, '3f00'))).sw).toBe(0x6d00);
});

test('another application is not there', async () => {
  const { session } = openCard(await sampleCard());
  expect((await session.selectApplication(Buffer.from('a0000002471003', 'hex'))).sw).toBe(0x6a82);
});

for (const curve of ['brainpoolP256r1', 'secp256r1'] as const) {
  for (const [name, password] of [
    ['CAN', CAN],
    ['MRZ', { kind: 'mrz', secret: mrzSecret(MRZ) }],
  ] as const) {
    test(`PACE on ${curve} with the ${name} opens the files`, async () => {
      const { session } = openCard(await sampleCard({ curve }));
      expect((await openPace(session, password)).outcome).toMatchObject({ kind: 'open' });
      await session.selectApplication(APPLICATION);
      expect(await readNumber(session)).toBe(SAMPLE_PERSON.number);
    });
  }
}

test('every file on the card comes out as it went in, whatever the size of the reads', async () => {
  const spec = await sampleCard();
  for (const le of [100, 223, 256, 4_096]) {
    const { session } = openCard(spec);
    await letIn(session);
    for (const [fileId, bytes] of spec.files) {
      if (spec.forbidden.includes(fileId)) continue;
      expect(Buffer.from(bytes).equals(await readWhole(session, fileId, le))).toBe(true);
    }
  }
});

test('DG3 is there and refused, by identifier and by short identifier', async () => {
  const { session } = openCard(await sampleCard());
  await letIn(session);
  expect((await session.selectFile(0x0103)).sw).toBe(SW.securityStatus);
  expect((await session.readShortFile(0x03, 0, 8)).sw).toBe(SW.securityStatus);
});

test('files are read by short identifier, which selects them', async () => {
  const spec = await sampleCard();
  const { session } = openCard(spec);
  await letIn(session);
  const first = await session.readShortFile(0x0d, 0, 16);
  const next = await session.readBinary(16, 16);
  const file = Buffer.from(spec.files.get(0x010d) ?? []);
  expect(Buffer.concat([first.data, next.data]).equals(file.subarray(0, 32))).toBe(true);
});

test('a portrait beyond the 32 kB that READ BINARY can count is read with the odd instruction', async () => {
  const bytes = Buffer.concat([Buffer.from('ffd8ff', 'hex'), seededRandom('big')(40_000)]);
  const spec = await sampleCard({ portrait: { bytes, width: 96, height: 128 } });
  const { session } = openCard(spec);
  await letIn(session);
  const read = await readWhole(session, 0x0102, 1_000);
  expect(Buffer.from(spec.files.get(0x0102) ?? []).equals(read)).toBe(true);
});

test('ends of files: 6282 for more than there is, 6B00 beyond it', async () => {
  const spec = await sampleCard();
  const length = spec.files.get(0x0101)?.length ?? 0;
  const { session } = openCard(spec);
  await letIn(session);
  await session.selectFile(0x0101);
  expect(await session.readBinary(length - 2, 10)).toMatchObject({ sw: SW.endOfFile });
  expect(await session.readBinary(length, 10)).toMatchObject({ sw: SW.wrongOffset });
});

test('without a password nothing of the application is read', async () => {
  const { session } = openCard(await sampleCard());
  await session.selectApplication(APPLICATION);
  expect((await session.selectFile(0x0101)).sw).toBe(SW.securityStatus);
  expect((await session.readShortFile(0x01, 0, 8)).sw).toBe(SW.securityStatus);
  expect((await session.send(plainly(0x88, 0, 0, '0102030405060708', 256))).sw).toBe(0x6982);
});

test('a plain command ends the session: the next protected one is not understood', async () => {
  const { card, session } = openCard(await sampleCard());
  await letIn(session);
  const plain = Buffer.from('00b0810004', 'hex');
  expect(Buffer.from(await card.transmit(plain)).toString('hex')).toBe('6982');
  await expect(session.selectFile(0x0101)).rejects.toMatchObject({ code: 'sm.unprotected' });
});

test('BAC opens the same files, under 3DES', async () => {
  const { session } = openCard(await sampleCard());
  await session.selectApplication(APPLICATION);
  expect(await performBac(session, basicAccessKeys(MRZ), random)).toEqual({ kind: 'open' });
  expect(session.shortDataMax).toBe(231);
  expect(await readNumber(session)).toBe(SAMPLE_PERSON.number);
});

test('a wrong number is refused by BAC at the answer, by PACE at the token', async () => {
  const { card, session } = openCard(await sampleCard());
  const wrongCan = { kind: 'can', can: '000002' } as const;
  expect((await openPace(session, wrongCan)).outcome).toEqual({
    ...{ kind: 'refused', at: 'token', sw: 0x6300 },
  });
  card.reset();
  await session.selectApplication(APPLICATION);
  const keys = basicAccessKeys({ ...MRZ, documentNumber: '099000002' });
  expect(await performBac(session, keys, random)).toEqual({
    ...{ kind: 'refused', at: 'authenticate', sw: 0x6300 },
  });
});

test('from the fourth wrong number on each try takes longer, resets or not, until a right one', async () => {
  const waits: number[] = [];
  const { card } = openCard(await sampleCard(), async (milliseconds) => {
    waits.push(milliseconds);
  });
  for (const can of ['000002', '000003', '000004', '000005', '000006', '000001', '000007']) {
    await openPace(new CardSession(card), { kind: 'can', can });
    card.reset();
  }
  expect(waits).toEqual([1_000, 2_000, 3_000]);
});

test.each(['aes128', 'aes192', 'aes256', '3des'] as const)(
  'Chip Authentication with %s: the session goes on under new keys',
  async (chipCipher) => {
    const { session } = openCard(await sampleCard({ chipCipher }));
    await letIn(session);
    const infos = parseSecurityInfos(parseDg14(await readWhole(session, 0x010e)));
    const offer = chooseChipAuthentication(infos);
    if (offer.kind !== 'possible') throw new Error(offer.kind);
    expect(await performChipAuthentication(session, offer, random)).toEqual({
      kind: 'keys-changed',
    });
    expect(await readNumber(session)).toBe(SAMPLE_PERSON.number);
  },
);

test.each(['ecdsa-brainpoolP256r1', 'ecdsa-secp384r1', 'rsa-pss-2048'] as const)(
  'Active Authentication with a key for %s',
  async (activeKind) => {
    const { session } = openCard(await sampleCard({ activeKind }));
    await letIn(session);
    const infos = parseSecurityInfos(parseDg14(await readWhole(session, 0x010e)));
    const { publicKeyInfo } = parseDg15(await readWhole(session, 0x010f));
    const algorithm = infos.activeAuthentication[0]?.signatureAlgorithm ?? null;
    expect(
      await performActiveAuthentication(session, publicKeyInfo, algorithm, random),
    ).toMatchObject({ kind: 'proven' });
  },
);

test('chip authentication mapping proves the key that DG14 has', async () => {
  const { session } = openCard(await sampleCard({ pace: 'chip-authentication' }));
  const { infos, outcome } = await openPace(session, CAN, 'chip-authentication');
  if (outcome.kind !== 'open' || outcome.chipAuthentication === null) throw new Error('no proof');
  await session.selectApplication(APPLICATION);
  const signed = parseSecurityInfos(parseDg14(await readWhole(session, 0x010e)));
  expect(verifyChipAuthenticationMapping(outcome.chipAuthentication, signed)).toBe('proven');
  expect(countMissing(infos, signed)).toBe(0);
});

test('what EF.CardAccess says, DG14 says again under signature', async () => {
  const { session } = openCard(await sampleCard());
  const cardAccess = parseSecurityInfos(await readWhole(session, 0x011c));
  const { session: secured } = openCard(await sampleCard());
  await letIn(secured);
  const signed = parseSecurityInfos(parseDg14(await readWhole(secured, 0x010e)));
  expect(countMissing(cardAccess, signed)).toBe(0);
});

test('a chip without extended lengths answers them with 6700', async () => {
  const manners = { acceptsExtended: false };
  const { session } = openCard(await sampleCard({ manners }));
  await session.selectFile(0x011c);
  expect((await session.readBinary(0, 1_000)).sw).toBe(0x6700);
});

test.each([
  ['shortened', 0x9000, 100],
  ['refused', 0x6700, 0],
  ['session-lost', 0x6988, 0],
] as const)('a plain read of more than the chip can do: %s', async (longRead, sw, length) => {
  const manners = { readMax: 100, longRead };
  const bytes = Buffer.alloc(200, 0x30);
  const spec = await sampleCard({ manners });
  const { session } = openCard({ ...spec, masterFiles: new Map([[0x011c, bytes]]) });
  await session.selectFile(0x011c);
  const answer = await session.readBinary(0, 150);
  expect({ sw: answer.sw, length: answer.data.length }).toEqual({ sw, length });
});

test('a chip that forgets the session at a long read answers nothing protected any more', async () => {
  const manners = { readMax: 223, longRead: 'session-lost' } as const;
  const { session } = openCard(await sampleCard({ manners }));
  await letIn(session);
  await session.selectFile(0x0102);
  await expect(session.readBinary(0, 256)).rejects.toMatchObject({ code: 'sm.unprotected' });
});
