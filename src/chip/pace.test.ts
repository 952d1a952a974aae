import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ChipMessaging } from '../../test/support/chip-messaging.ts';
import { G1, G2, H1, H2, I1 } from '../../test/support/pace-examples.ts';
import { readAgreementKey } from './agreement-key.ts';
import type { CardChannel } from './card-channel.ts';
import { CardSession } from './card-session.ts';
import { verifyChipAuthenticationMapping } from './chip-authentication-mapping.ts';
import { cbcDecrypt, cbcEncrypt } from './crypto/block-ciphers.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import { type Group, toBigInt, toBytes } from './crypto/group.ts';
import { deriveKey, deriveSessionKeys } from './crypto/key-derivation.ts';
import { computeMac } from './crypto/mac.ts';
import { type PaceOutcome, type PacePassword, performPace } from './pace.ts';
import { choosePace, type PaceChoice } from './pace-choice.ts';
import { mapIntegrated, pseudoRandom } from './pace-mapping.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { writeTlv } from './tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

function group(parameterId: number): Group {
  const found = standardizedGroup(parameterId);
  if (found === null) throw new Error(`no group ${parameterId}`);
  return found;
}

/** A private key of an example; those of H.2 are longer than the order, which they count modulo. */
function privateKey(text: string, of: Group): bigint {
  return toBigInt(hex(text)) % of.order;
}

/** Gives these bytes, in this order. */
function injected(...bytes: readonly Uint8Array[]): (length: number) => Uint8Array {
  const left = [...bytes];
  return (length) => {
    const next = left.shift();
    expect(next).toHaveLength(length);
    return next ?? new Uint8Array(0);
  };
}

function injectedKeys(of: Group, ...keys: readonly string[]) {
  const length = Math.ceil(of.order.toString(2).length / 8);
  return injected(...keys.map((key) => toBytes(privateKey(key, of), length)));
}

function mrzPassword(information: string): PacePassword {
  return { kind: 'mrz', secret: createHash('sha1').update(information, 'latin1').digest() };
}

const CAN: PacePassword = { kind: 'can', can: '123456' };

/** A card that wants these commands and gives these answers, then a read under the session keys. */
function scripted(
  steps: readonly (readonly [command: string, answer: string])[],
  keys: { readonly ksEnc: string; readonly ksMac: string },
): CardChannel {
  const left = [...steps];
  const chip = new ChipMessaging('aes128', { keyEnc: hex(keys.ksEnc), keyMac: hex(keys.ksMac) });
  return {
    async transmit(command) {
      const [wanted, answer] = left.shift() ?? [null, ''];
      if (wanted !== null) {
        expect(toHex(command)).toBe(wanted);
        return hex(answer);
      }
      expect(chip.open(command)).toMatchObject({ ins: 0xb0, p1: 0x9e });
      return chip.protect({ data: hex('60145F01'), sw: 0x9000 });
    },
  };
}

type Example = {
  readonly oid: string;
  readonly encryptedNonce: string;
  readonly ifdEphPublic: string;
  readonly icEphPublic: string;
  readonly tIfd: string;
  readonly tIc: string;
  readonly encryptedChipAuthData?: string;
};

/** The five commands of PACE and their answers, from an example's values. */
function transcript(
  example: Example,
  reference: number,
  mapping: readonly [own: string, theirs: string],
) {
  const value = example.oid.split('.').slice(8).map(Number);
  const oid = Uint8Array.from([0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, ...value]);
  const select = Buffer.concat([writeTlv(0x80, oid), writeTlv(0x83, Uint8Array.of(reference))]);
  const step = (cla: string, data: Uint8Array) =>
    `${cla}860000${toHex(Uint8Array.of(data.length))}${toHex(data)}00`;
  const object = (tag: number, content: string) => writeTlv(0x7c, writeTlv(tag, hex(content)));
  const answer = (data: Uint8Array) => `${toHex(data)}9000`;
  const chipData = example.encryptedChipAuthData;
  const last = writeTlv(
    0x7c,
    writeTlv(0x86, hex(example.tIc)),
    chipData === undefined ? hex('') : writeTlv(0x8a, hex(chipData)),
  );
  return [
    [`0022C1A4${toHex(Uint8Array.of(select.length))}${toHex(select)}`, '9000'],
    ['10860000027C0000', answer(object(0x80, example.encryptedNonce))],
    [step('10', object(0x81, mapping[0])), answer(object(0x82, mapping[1]))],
    [step('10', object(0x83, example.ifdEphPublic)), answer(object(0x84, example.icEphPublic))],
    [step('00', object(0x85, example.tIfd)), answer(last)],
  ] as const;
}

function choiceOf(efCardAccess: string): PaceChoice {
  const [choice] = choosePace(parseSecurityInfos(hex(efCardAccess)));
  if (choice === undefined) throw new Error('no choice');
  return choice;
}

async function readUnder(session: CardSession, outcome: PaceOutcome): Promise<void> {
  expect(outcome.kind).toBe('open');
  expect(session.apdus).toBe(5);
  expect(toHex((await session.readShortFile(0x1e, 0, 4)).data)).toBe('60145F01');
}

test('G.1, the password: K_pi = KDF(SHA-1(MRZ information), 3)', () => {
  const password = mrzPassword(G1.mrzInformation);
  expect(password).toMatchObject({ secret: Buffer.from(hex(G1.kSeedSha1)) });
  expect(toHex(deriveKey('aes128', hex(G1.kSeedSha1), 'password'))).toBe(G1.kPi);
});

for (const [name, example] of [
  ['G.1 (ECDH, generic mapping)', G1],
  ['G.2 (DH, generic mapping)', G2],
] as const) {
  test(`${name}, step by step`, () => {
    const of = group(example.parameterId);
    const nonce = cbcDecrypt('aes128', hex(example.kPi), hex(example.encryptedNonce));
    expect(toHex(nonce)).toBe(example.nonce);

    const ifdMap = privateKey(example.ifdMapPrivate, of);
    const icMap = privateKey(example.icMapPrivate, of);
    expect(toHex(of.publicKey(ifdMap, null))).toBe(example.ifdMapPublic);
    expect(toHex(of.publicKey(icMap, null))).toBe(example.icMapPublic);
    // H (h) is what is mapped to by the nonce 0.
    expect(toHex(of.mapGeneric(0n, ifdMap, hex(example.icMapPublic)))).toBe(example.H);
    const mapped = of.mapGeneric(toBigInt(nonce), ifdMap, hex(example.icMapPublic));
    expect(toHex(mapped)).toBe(example.mappedG);
    expect(toHex(of.mapGeneric(toBigInt(nonce), icMap, hex(example.ifdMapPublic)))).toBe(
      example.mappedG,
    );

    const ifdEph = privateKey(example.ifdEphPrivate, of);
    expect(toHex(of.publicKey(ifdEph, mapped))).toBe(example.ifdEphPublic);
    expect(toHex(of.publicKey(privateKey(example.icEphPrivate, of), mapped))).toBe(
      example.icEphPublic,
    );
    const secret = of.agree(ifdEph, hex(example.icEphPublic));
    expect(toHex(secret)).toBe(example.K);
    const { keyEnc, keyMac } = deriveSessionKeys('aes128', secret);
    expect([toHex(keyEnc), toHex(keyMac)]).toEqual([example.ksEnc, example.ksMac]);
  });
}

test('G.1, the tokens: CMAC over the other side’s public key with the protocol’s identifier', () => {
  const keyMac = hex(G1.ksMac);
  expect(toHex(computeMac('aes128', keyMac, hex(G1.tIfdInput)))).toBe(G1.tIfd);
  expect(toHex(computeMac('aes128', keyMac, hex(G1.tIcInput)))).toBe(G1.tIc);
});

test('G.1, the whole exchange as printed, and a read under its keys', async () => {
  const choice = choiceOf(G1.efCardAccess);
  expect(choice).toMatchObject({ mapping: 'generic', cipher: 'aes128', ambiguous: false });
  expect(choice.group.name).toBe('brainpoolP256r1');
  const steps = transcript(G1, 1, [G1.ifdMapPublic, G1.icMapPublic]);
  // The appendix prints the first, second and last commands so.
  expect(steps[0][0]).toBe('0022C1A40F800A04007F00070202040202830101');
  expect(steps[1][1]).toBe('7C12801095A3A016522EE98D01E76CB6B98B42C39000');
  expect(steps[2][0].slice(0, 20)).toBe('10860000457C43814104');
  expect(steps[4]).toEqual([
    '008600000C7C0A8508C2B0BD78D94BA86600',
    '7C0A86083ABB9674BCE93C089000',
  ]);
  const session = new CardSession(scripted(steps, G1));
  const random = injectedKeys(choice.group, G1.ifdMapPrivate, G1.ifdEphPrivate);
  await readUnder(
    session,
    await performPace(session, choice, mrzPassword(G1.mrzInformation), random),
  );
});

test('G.1 with a chip that wants its only domain parameters named (9303-11, 4.4.4.1: DO 84)', async () => {
  const choice = choiceOf(G1.efCardAccess);
  const [[select], ...steps] = transcript(G1, 1, [G1.ifdMapPublic, G1.icMapPublic]);
  const named = `${select.slice(0, 8)}12${select.slice(10)}84010D`;
  const card = scripted([[select, '6A87'], [named, '9000'], ...steps], G1);
  const session = new CardSession(card);
  const random = injectedKeys(choice.group, G1.ifdMapPrivate, G1.ifdEphPrivate);
  const outcome = await performPace(session, choice, mrzPassword(G1.mrzInformation), random);
  expect(outcome.kind).toBe('open');
  expect(session.apdus).toBe(6);
});

test('a refusal of the protocol is asked twice at most, and what is no wrong reference once', async () => {
  const choice = choiceOf(G1.efCardAccess);
  for (const [sw, apdus] of [
    ['6A80', 2],
    ['6982', 1],
  ] as const) {
    const card: CardChannel = { transmit: async () => hex(sw) };
    const session = new CardSession(card);
    const outcome = await performPace(session, choice, CAN, () => new Uint8Array(0));
    expect(outcome).toEqual({ kind: 'refused', at: 'select', sw: Number.parseInt(sw, 16) });
    expect(session.apdus).toBe(apdus);
  }
});

test('G.2, the whole exchange, and a read under its keys', async () => {
  const choice = choiceOf(G2.efCardAccess);
  expect(choice.group.name).toBe('MODP-1024');
  const steps = transcript(G2, 1, [G2.ifdMapPublic, G2.icMapPublic]);
  const session = new CardSession(scripted(steps, G2));
  const random = injectedKeys(choice.group, G2.ifdMapPrivate, G2.ifdEphPrivate);
  await readUnder(
    session,
    await performPace(session, choice, mrzPassword(G2.mrzInformation), random),
  );
});

test('H, the password: 123456 as a card access number', () => {
  expect(toHex(deriveKey('aes128', Buffer.from('123456', 'latin1'), 'password'))).toBe(H1.kPi);
});

for (const [name, example] of [
  ['H.1 (ECDH, integrated mapping)', H1],
  ['H.2 (DH, integrated mapping)', H2],
] as const) {
  const of = group(example.parameterId);
  const s = hex(example.nonceS);
  const t = hex(example.nonceT);

  test(`${name}, step by step`, () => {
    expect(toHex(cbcDecrypt('aes128', hex(example.kPi), hex(example.encryptedNonce)))).toBe(
      example.nonceS,
    );
    const element = pseudoRandom(of.prime, 'aes128', s, t);
    expect(element).toBe(toBigInt(hex(example.Rp)));
    const mapped = mapIntegrated(of, 'aes128', s, t);
    expect(toHex(mapped)).toBe(example.mappedG);
    const ifdEph = privateKey(example.ifdEphPrivate, of);
    expect(toHex(of.publicKey(ifdEph, mapped))).toBe(example.ifdEphPublic);
    const secret = of.agree(ifdEph, hex(example.icEphPublic));
    const { keyEnc, keyMac } = deriveSessionKeys('aes128', secret);
    expect([toHex(keyEnc), toHex(keyMac)]).toEqual([example.ksEnc, example.ksMac]);
  });

  test(`${name}, the whole exchange, and a read under its keys`, async () => {
    const choice: PaceChoice = {
      ...{ protocol: example.oid, mapping: 'integrated', cipher: 'aes128', group: of },
      ...{ parameterId: example.parameterId, ambiguous: false },
    };
    const session = new CardSession(
      scripted(transcript(example, 2, [example.nonceT, '']), example),
    );
    const length = Math.ceil(of.order.toString(2).length / 8);
    const random = injected(t, toBytes(privateKey(example.ifdEphPrivate, of), length));
    await readUnder(session, await performPace(session, choice, CAN, random));
  });
}

test('H.1, what is agreed on, and R before it is taken modulo p', () => {
  const of = group(H1.parameterId);
  const ifdEph = privateKey(H1.ifdEphPrivate, of);
  expect(toHex(of.agree(ifdEph, hex(H1.icEphPublic)))).toBe(H1.K);
  expect(toBigInt(hex(H1.R)) % of.prime).toBe(toBigInt(hex(H1.Rp)));
});

test('I.1 (chip authentication mapping), step by step', () => {
  const of = group(I1.parameterId);
  const { secret } = mrzPassword(I1.mrzInformation) as { secret: Uint8Array };
  expect(toHex(deriveKey('aes128', secret, 'password'))).toBe(I1.kPi);
  const nonce = cbcDecrypt('aes128', hex(I1.kPi), hex(I1.encryptedNonce));
  expect(toHex(nonce)).toBe(I1.nonce);
  const ifdMap = privateKey(I1.ifdMapPrivate, of);
  expect(toHex(of.publicKey(ifdMap, null))).toBe(I1.ifdMapPublic);
  expect(toHex(of.publicKey(privateKey(I1.icMapPrivate, of), null))).toBe(I1.icMapPublic);
  const mapped = of.mapGeneric(toBigInt(nonce), ifdMap, hex(I1.icMapPublic));
  expect(toHex(mapped)).toBe(I1.mappedG);
  const ifdEph = privateKey(I1.ifdEphPrivate, of);
  expect(toHex(of.publicKey(ifdEph, mapped))).toBe(I1.ifdEphPublic);
  const secretK = of.agree(ifdEph, hex(I1.icEphPublic));
  expect(toHex(secretK)).toBe(I1.K);
  const { keyEnc, keyMac } = deriveSessionKeys('aes128', secretK);
  expect([toHex(keyEnc), toHex(keyMac)]).toEqual([I1.ksEnc, I1.ksMac]);
  expect(toHex(cbcEncrypt('aes128', keyEnc, new Uint8Array(16).fill(0xff)))).toBe(I1.camIv);
});

test('I.1, the whole exchange: the chip data verifies under the signed key and under no other', async () => {
  const of = group(I1.parameterId);
  const choice: PaceChoice = {
    ...{ protocol: I1.oid, mapping: 'chip-authentication', cipher: 'aes128', group: of },
    ...{ parameterId: I1.parameterId, ambiguous: false },
  };
  const steps = transcript(I1, 1, [I1.ifdMapPublic, I1.icMapPublic]);
  const session = new CardSession(scripted(steps, I1));
  const random = injectedKeys(of, I1.ifdMapPrivate, I1.ifdEphPrivate);
  const outcome = await performPace(session, choice, mrzPassword(I1.mrzInformation), random);
  await readUnder(session, outcome);
  const said = outcome.kind === 'open' ? outcome.chipAuthentication : null;
  if (said === null) throw new Error('no chip authentication data');
  expect(said.chipData).toBe(toBigInt(hex(I1.caIc)));
  expect(said.keyId).toBe(13);

  const signed = parseSecurityInfos(writeTlv(0x31, hex(I1.chipAuthenticationPublicKeyInfo)));
  const [keyInfo] = signed.chipAuthenticationKeys;
  if (keyInfo === undefined) throw new Error('no key');
  expect(keyInfo).toMatchObject({ agreement: 'ecdh', keyId: 13 });
  expect(readAgreementKey(keyInfo.publicKeyInfo).group).toBe(of);
  expect(verifyChipAuthenticationMapping(said, signed)).toBe('proven');
  expect(verifyChipAuthenticationMapping({ ...said, keyId: 12 }, signed)).toBe('no-key');
  expect(verifyChipAuthenticationMapping({ ...said, group: group(12) }, signed)).toBe('no-key');
  for (const chipData of [0n, said.chipData + 1n, of.order, said.chipData + of.order]) {
    expect(verifyChipAuthenticationMapping({ ...said, chipData }, signed)).toBe('failed');
  }
  const mappingKey = of.publicKey(77n, null);
  expect(verifyChipAuthenticationMapping({ ...said, mappingKey }, signed)).toBe('failed');
});
