import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
  sign,
} from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AuthenticatingChip } from '../../test/support/authenticating-chip.ts';
import { performActiveAuthentication } from './active-authentication.ts';
import { CardSession } from './card-session.ts';
import { CURVE_PARAMETERS } from './crypto/curve-parameters.ts';
import { toBigInt, toBytes } from './crypto/group.ts';
import { verifyRepresentative } from './crypto/message-recovery.ts';
import { encodeOid } from './der.ts';
import { writeTlv } from './tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));

// ICAO 9303-11, appendix F.
const RND_IFD = hex('F173589974BF40C6');
const F = hex(`6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC19
  91B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F9
  6784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD
  4E7292E2DCDA3024B47DA8C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC`);

test('appendix F: the representative is of M1 and RND.IFD, hashed by SHA-1', () => {
  const m1 = F.subarray(1, 107);
  expect(m1).toHaveLength(106);
  const digest = createHash('sha1').update(m1).update(RND_IFD).digest();
  expect(digest).toEqual(Buffer.from(hex('C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127')));
  expect(verifyRepresentative(F, RND_IFD)).toBe('sha1');
});

test('appendix F with any one byte changed, or another challenge, is not', () => {
  for (const index of F.keys()) {
    expect(verifyRepresentative(F.with(index, (F[index] ?? 0) ^ 1), RND_IFD)).toBeNull();
  }
  for (const header of [0x4a, 0x60, 0x6b, 0xaa, 0x00]) {
    expect(verifyRepresentative(F.with(0, header), RND_IFD)).toBeNull();
  }
  expect(verifyRepresentative(F, RND_IFD.with(0, 0))).toBeNull();
  expect(verifyRepresentative(F, hex(''))).toBeNull();
});

const TRAILER = { sha1: 'BC', sha224: '38CC', sha256: '34CC', sha384: '36CC', sha512: '35CC' };
type Hash = keyof typeof TRAILER;

/** 9303-11, 6.1.2.2, the chip's side: 6A M1 H(M1 M2) T; with `padding` bytes of 6B BB .. BA instead of 6A. */
function representative(bytes: number, hash: Hash, challenge: Uint8Array, padding = 1): Uint8Array {
  const trailer = hex(TRAILER[hash]);
  const hashBytes = createHash(hash).digest().length;
  const m1 = random(bytes - padding - hashBytes - trailer.length);
  const header = new Uint8Array(padding).fill(0xbb);
  header[padding - 1] = 0xba;
  header[0] = padding === 1 ? 0x6a : 0x6b;
  const digest = createHash(hash).update(m1).update(challenge).digest();
  return Buffer.concat([header, m1, digest, trailer]);
}

const HASHES = Object.keys(TRAILER) as Hash[];

test('every hash, with padding and without, down to no recoverable message at all', () => {
  const challenge = random(8);
  for (const hash of HASHES) {
    for (const padding of [1, 2, 3, 10]) {
      expect(verifyRepresentative(representative(128, hash, challenge, padding), challenge)).toBe(
        hash,
      );
    }
    const least = 1 + createHash(hash).digest().length + hex(TRAILER[hash]).length;
    expect(verifyRepresentative(representative(least, hash, challenge), challenge)).toBe(hash);
    expect(
      verifyRepresentative(representative(least, hash, challenge).subarray(1), challenge),
    ).toBeNull();
  }
});

test('whatever bytes are taken for a representative: no match, no crash', () => {
  const tail = fc.constantFrom('BC', '34CC', '35CC', 'CC', '');
  const head = fc.constantFrom('6A', '6B', '6BBB', '6BBA', '4A', '');
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 140 }), tail, (first, middle, last) => {
      const bytes = Buffer.concat([hex(first), middle, hex(last)]);
      expect(verifyRepresentative(bytes, RND_IFD)).toBeNull();
    }),
    { numRuns: 500, seed: 5 },
  );
});

type Signer = (challenge: Uint8Array) => Uint8Array;

function authenticate(sign: Signer | null, publicKeyInfo: Uint8Array, algorithm: string | null) {
  const chip = new AuthenticatingChip({ pace: null, chipAuthentication: null, sign });
  const session = new CardSession(chip);
  const outcome = performActiveAuthentication(session, publicKeyInfo, algorithm, random);
  return { chip, outcome };
}

function rsaKey(modulusLength: number, publicExponent = 65_537) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  const jwk = publicKey.export({ format: 'jwk' });
  return {
    privateKey,
    info: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
    modulus: toBigInt(Buffer.from(jwk.n ?? '', 'base64url')),
  };
}

function rsaSign(key: KeyObject, message: Uint8Array): Uint8Array {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, message);
}

const RSA = rsaKey(1024);

test.each([1024, 1280, 2048])('RSA of %i bits proves the key, by every hash', async (bits) => {
  const key = rsaKey(bits, bits === 1280 ? 3 : 65_537);
  for (const hash of HASHES) {
    const signer: Signer = (challenge) =>
      rsaSign(key.privateKey, representative(bits / 8, hash, challenge));
    const { chip, outcome } = authenticate(signer, key.info, null);
    expect(await outcome).toEqual({ kind: 'proven', algorithm: `rsa-${hash}`, keyBits: bits });
    expect(chip.commands).toMatchObject([{ cla: 0, ins: 0x88, p1: 0, p2: 0 }]);
    // 9303-11, 6.1.4: no more than a short answer holds, unless the signature needs it.
    expect(chip.commands[0]?.data).toHaveLength(8);
    expect(chip.commands[0]?.le).toBe(bits > 2040 ? 65_536 : 256);
  }
});

test('the smaller of s and n - s is a signature too; leading zeros may be left out', async () => {
  const signer: Signer = (challenge) => {
    const s = toBigInt(rsaSign(RSA.privateKey, representative(128, 'sha256', challenge)));
    return toBytes(RSA.modulus - s, 128);
  };
  expect((await authenticate(signer, RSA.info, null).outcome).kind).toBe('proven');
  const short: Signer = (challenge) => {
    for (;;) {
      const s = rsaSign(RSA.privateKey, representative(128, 'sha256', challenge));
      if (s[0] === 0) return s.subarray(1);
    }
  };
  expect((await authenticate(short, RSA.info, null).outcome).kind).toBe('proven');
});

const ECDSA_PLAIN = { sha1: 1, sha224: 2, sha256: 3, sha384: 4, sha512: 5 };
const plain = (hash: Hash) => `0.4.0.127.0.7.1.1.4.1.${ECDSA_PLAIN[hash]}`;

function ecKey(namedCurve: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return { privateKey, info: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })) };
}

test.each(
  CURVE_PARAMETERS.filter(({ p }) => p.toString(2).length >= 224).map(
    ({ name, opensslName, p }) => [name, opensslName, p.toString(2).length] as const,
  ),
)(
  'ECDSA on %s proves the key: plain signatures, those in DER, hash named or not',
  async (_, name, keyBits) => {
    const key = ecKey(name);
    for (const hash of HASHES) {
      for (const dsaEncoding of ['ieee-p1363', 'der'] as const) {
        for (const algorithm of [plain(hash), null]) {
          const signer: Signer = (challenge) =>
            sign(hash, challenge, { key: key.privateKey, dsaEncoding });
          expect(await authenticate(signer, key.info, algorithm).outcome).toEqual({
            ...{ kind: 'proven', algorithm: `ecdsa-${hash}`, keyBits },
          });
        }
      }
    }
  },
);

const P256 = ecKey('prime256v1');

test('a hash other than the named one proves nothing', async () => {
  const signer: Signer = (challenge) =>
    sign('sha256', challenge, { key: P256.privateKey, dsaEncoding: 'ieee-p1363' });
  expect(await authenticate(signer, P256.info, plain('sha384')).outcome).toEqual({
    kind: 'failed',
  });
});

test('a copy of the files without the key fails: another key, an old answer, rubbish, nothing', async () => {
  const other = rsaKey(1024);
  const otherEc = ecKey('prime256v1');
  const signers: readonly (readonly [Uint8Array, Signer])[] = [
    [RSA.info, (challenge) => rsaSign(other.privateKey, representative(128, 'sha1', challenge))],
    [RSA.info, () => rsaSign(RSA.privateKey, representative(128, 'sha256', RND_IFD))],
    [RSA.info, () => random(128)],
    [RSA.info, () => random(127)],
    [RSA.info, () => random(129)],
    [RSA.info, () => toBytes(RSA.modulus, 128)],
    [RSA.info, () => toBytes(RSA.modulus + 1n, 128)],
    [RSA.info, () => new Uint8Array(128)],
    [RSA.info, () => new Uint8Array(0)],
    [RSA.info, () => random(2_000)],
    [
      P256.info,
      (challenge) =>
        sign('sha256', challenge, { key: otherEc.privateKey, dsaEncoding: 'ieee-p1363' }),
    ],
    [P256.info, () => sign('sha256', RND_IFD, { key: P256.privateKey, dsaEncoding: 'ieee-p1363' })],
    [P256.info, () => new Uint8Array(64)],
    [P256.info, () => new Uint8Array(64).fill(0xff)],
    [P256.info, () => random(63)],
    [P256.info, () => hex('3006020101020101')],
    [P256.info, () => hex('30FF')],
    [P256.info, () => new Uint8Array(0)],
  ];
  for (const [info, signer] of signers) {
    expect(await authenticate(signer, info, null).outcome).toEqual({ kind: 'failed' });
  }
});

test('a signature over the challenge wholly within, which needs no challenge of ours, is no proof', async () => {
  // Full recovery (4A): M2 is empty, so that one old answer would do for ever.
  const message = random(128 - 34 - 1);
  const digest = createHash('sha256').update(message).digest();
  const whole = Buffer.concat([hex('4A'), message, digest, hex('34CC')]);
  const signer: Signer = () => rsaSign(RSA.privateKey, whole);
  expect(await authenticate(signer, RSA.info, null).outcome).toEqual({ kind: 'failed' });
});

test('a chip without extended length is asked again for a short answer, with another challenge', async () => {
  const key = rsaKey(2048);
  const sw = (le: number | null) => (le === 65_536 ? 0x6700 : 0x9000);
  const chip: AuthenticatingChip = new AuthenticatingChip({
    ...{ pace: null, chipAuthentication: null },
    sign: (challenge) => rsaSign(key.privateKey, representative(256, 'sha256', challenge)),
    tamper: (_, { data }) => ({ data, sw: sw(chip.commands.at(-1)?.le ?? null) }),
  });
  const session = new CardSession(chip);
  expect(await performActiveAuthentication(session, key.info, null, random)).toMatchObject({
    kind: 'proven',
  });
  const [first, second] = chip.commands;
  expect([first?.le, second?.le]).toEqual([65_536, 256]);
  expect(first?.data).not.toEqual(second?.data);
});

test('a chip that answers nothing where it means a wrong length is asked for a short answer too', async () => {
  const key = rsaKey(2048);
  const chip: AuthenticatingChip = new AuthenticatingChip({
    ...{ pace: null, chipAuthentication: null },
    sign: (challenge) => rsaSign(key.privateKey, representative(256, 'sha256', challenge)),
    tamper: (_, { data, sw }) =>
      chip.commands.at(-1)?.le === 65_536 ? { data: new Uint8Array(0), sw } : { data, sw },
  });
  const session = new CardSession(chip);
  expect(await performActiveAuthentication(session, key.info, null, random)).toMatchObject({
    kind: 'proven',
  });
  expect(chip.commands.map(({ le }) => le)).toEqual([65_536, 256]);
});

test('a card that refuses is told apart from one that fails, and from what is not known here', async () => {
  expect(await authenticate(null, RSA.info, null).outcome).toEqual({ kind: 'refused', sw: 0x6d00 });
  const signer: Signer = () => random(64);
  expect(await authenticate(signer, P256.info, '1.2.3.4').outcome).toEqual({
    ...{ kind: 'unsupported', code: 'aa.algorithm' },
  });
  const secp256k1 = ecKey('secp256k1');
  expect(await authenticate(signer, secp256k1.info, null).outcome).toMatchObject({
    kind: 'unsupported',
  });
  const dsa = writeTlv(
    0x30,
    writeTlv(0x30, encodeOid('1.2.840.10040.4.1')),
    writeTlv(0x03, hex('000201FF')),
  );
  expect(await authenticate(signer, dsa, null).outcome).toMatchObject({ kind: 'unsupported' });
  for (const rubbish of [hex(''), hex('3000'), random(80), RSA.info.subarray(0, 60)]) {
    expect(await authenticate(signer, rubbish, null).outcome).toMatchObject({
      kind: 'unsupported',
    });
  }
});

test('RSA keys for something else, and numbers that make no RSA key, end in an outcome too', async () => {
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).publicKey;
  const pssInfo = Uint8Array.from(pss.export({ format: 'der', type: 'spki' }));
  expect(await authenticate(() => random(128), pssInfo, null).outcome).toEqual({
    ...{ kind: 'unsupported', code: 'aa.algorithm' },
  });
  const algorithm = writeTlv(0x30, encodeOid('1.2.840.113549.1.1.1'), writeTlv(0x05));
  for (const [modulus, exponent] of [
    [Uint8Array.of(0, ...random(127), 0x80), Uint8Array.of(3)],
    [Uint8Array.of(0, ...random(128)), Uint8Array.of(4)],
    [Uint8Array.of(15), Uint8Array.of(3)],
    [Uint8Array.of(0), Uint8Array.of(3)],
    [Uint8Array.of(1), Uint8Array.of(1)],
    [Uint8Array.of(0, ...random(1_500)), Uint8Array.of(3)],
    [Uint8Array.of(0xff), Uint8Array.of(0xff)],
  ] as const) {
    const key = writeTlv(0x30, writeTlv(0x02, modulus), writeTlv(0x02, exponent));
    const info = writeTlv(0x30, algorithm, writeTlv(0x03, Uint8Array.of(0), key));
    const signature = random(modulus.length - 1).fill(0, 0, 1);
    const { kind } = await authenticate(() => signature, info, null).outcome;
    expect(['failed', 'unsupported']).toContain(kind);
  }
});
