import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseChipAuthentication } from './chip-authentication.ts';
import { CURVE_PARAMETERS } from './crypto/curve-parameters.ts';
import { findCurve } from './crypto/curves.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import { toBytes } from './crypto/group.ts';
import { MODP_PARAMETERS } from './crypto/modp-parameters.ts';
import { encodeOid } from './der.ts';
import { choosePace } from './pace-choice.ts';
import { countMissing, parseSecurityInfos } from './security-infos.ts';
import { writeTlv } from './tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const fails = (code: string) => expect.objectContaining({ name: 'ProtocolError', code });
const set = (...infos: readonly Uint8Array[]) => parseSecurityInfos(writeTlv(0x31, ...infos));
const sequence = (...parts: readonly Uint8Array[]) => writeTlv(0x30, ...parts);
const small = (value: number) => writeTlv(0x02, Uint8Array.of(value));
/** INTEGER of any size. */
function integer(value: bigint): Uint8Array {
  return writeTlv(0x02, toBytes(value, Math.floor(value.toString(2).length / 8) + 1));
}
const SMARTCARD = '0.4.0.127.0.7.2.2';
const oid = (rest: string) => encodeOid(`${SMARTCARD}.${rest}`);

// EF.CardAccess as at least four readers of Vietnamese identity cards expect it.
const CCCD =
  '3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D';

test('EF.CardAccess of a Vietnamese identity card: PACE on brainpoolP256r1, chip and terminal authentication', () => {
  const infos = parseSecurityInfos(hex(CCCD));
  expect(infos).toMatchObject({
    pace: [
      {
        protocol: '0.4.0.127.0.7.2.2.4.2.2',
        ...{ agreement: 'ecdh', mapping: 'generic', cipher: 'aes128', version: 2, parameterId: 13 },
      },
    ],
    chipAuthentication: [
      {
        protocol: '0.4.0.127.0.7.2.2.3.2.2',
        ...{ agreement: 'ecdh', cipher: 'aes128', version: 1, keyId: null },
      },
    ],
    terminalAuthentication: [{ version: 1 }],
    chipAuthenticationKeys: [],
    activeAuthentication: [],
    unknown: [],
  });
  expect(Buffer.concat(infos.raw)).toEqual(Buffer.from(hex(CCCD).subarray(2)));
  expect(choosePace(infos)).toEqual([
    {
      ...{ protocol: '0.4.0.127.0.7.2.2.4.2.2', mapping: 'generic', cipher: 'aes128' },
      ...{ parameterId: 13, group: standardizedGroup(13), ambiguous: false },
    },
  ]);
});

test('bytes behind the SET, as a file read to its end has them, are left', () => {
  expect(parseSecurityInfos(hex(`${CCCD}00000000`)).raw).toHaveLength(3);
});

test('what is unknown, of a later version or malformed is kept, and the rest is used', () => {
  const infos = set(
    sequence(encodeOid('1.2.3.4'), small(1)),
    sequence(oid('4.2.2'), small(2), small(12)),
    sequence(oid('4.5.2'), small(2), small(12)),
    sequence(oid('4.2.9'), small(2), small(12)),
    sequence(oid('4.6.1'), small(2), small(12)),
    sequence(oid('4.2.2.1'), small(2), small(12)),
    sequence(oid('4.2.2'), oid('1')),
    sequence(oid('3.2.2')),
    sequence(oid('1.2'), small(1)),
    sequence(encodeOid('2.23.136.1.1.5'), small(1)),
    sequence(oid('8'), small(1)),
  );
  expect(infos.pace).toHaveLength(1);
  expect(infos.unknown).toHaveLength(10);
  expect(infos.unknown.map(({ protocol }) => protocol)).toContain('1.2.3.4');
  expect(infos.raw).toHaveLength(11);
});

test.each([
  ['no SET', '3000', 'der.tag'],
  ['nothing', '', 'tlv.truncated'],
  ['a SET longer than the file', '3134300D', 'tlv.truncated'],
  ['an info that is no SEQUENCE', '3102 0500', 'der.tag'],
  ['an info without a protocol', '3102 3000', 'der.tag'],
])('%s is refused with a reason', (_, bytes, code) => {
  expect(() => parseSecurityInfos(hex(bytes))).toThrow(fails(code));
});

test('whatever bytes: infos or a ProtocolError', () => {
  const inner = fc.uint8Array({ maxLength: 60 });
  const info = fc
    .tuple(fc.constantFrom('1.2', '2', '3.2.2', '4.2.2', '4.2', '5'), inner)
    .map(([protocol, rest]) => sequence(oid(protocol), rest));
  const sets = fc.array(info, { maxLength: 4 }).map((infos) => writeTlv(0x31, ...infos));
  fc.assert(
    fc.property(
      fc.oneof(
        inner,
        sets,
        inner.map((bytes) => writeTlv(0x31, bytes)),
      ),
      (bytes) => {
        try {
          const infos = parseSecurityInfos(bytes);
          choosePace(infos);
          chooseChipAuthentication(infos);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      },
    ),
    { numRuns: 500, seed: 3 },
  );
});

test('PACE: chip authentication mapping before generic before integrated, curves before primes, long keys before short', () => {
  const infos = set(
    sequence(oid('4.1.4'), small(2), small(2)),
    sequence(oid('4.4.2'), small(2), small(12)),
    sequence(oid('4.2.1'), small(2), small(12)),
    sequence(oid('4.2.2'), small(2), small(12)),
    sequence(oid('4.2.4'), small(2), small(12)),
    sequence(oid('4.6.2'), small(2), small(12)),
  );
  expect(
    choosePace(infos).map(({ mapping, cipher, group }) => `${group.kind} ${mapping} ${cipher}`),
  ).toEqual([
    'ecdh chip-authentication aes128',
    'ecdh generic aes256',
    'ecdh generic aes128',
    'ecdh generic 3des',
    'ecdh integrated aes128',
    'dh generic aes256',
  ]);
});

test.each([
  ['version 1', sequence(oid('4.2.2'), small(1), small(12))],
  ['a reserved parameter ID', sequence(oid('4.2.2'), small(2), small(19))],
  ['a curve with DH', sequence(oid('4.1.2'), small(2), small(12))],
  ['a prime with ECDH', sequence(oid('4.2.2'), small(2), small(0))],
  ['integrated mapping on secp224r1', sequence(oid('4.4.2'), small(2), small(10))],
  ['no parameter ID and no parameters', sequence(oid('4.2.2'), small(2))],
])('PACE with %s is not offered', (_, info) => {
  expect(choosePace(set(info))).toEqual([]);
});

/** ECParameters, written out. */
function explicitCurve(name: string, generatorFactor: bigint): Uint8Array {
  const parameters = CURVE_PARAMETERS.find((curve) => curve.name === name);
  const curve = findCurve(parameters?.oid ?? '');
  if (parameters === undefined || curve === null) throw new Error(name);
  const { p, a, b, n } = parameters;
  const length = Math.ceil(p.toString(16).length / 2);
  return sequence(
    encodeOid('1.2.840.10045.2.1'),
    sequence(
      small(1),
      sequence(encodeOid('1.2.840.10045.1.1'), integer(p)),
      sequence(writeTlv(0x04, toBytes(a, length)), writeTlv(0x04, toBytes(b, length))),
      writeTlv(0x04, curve.publicKey(generatorFactor, null)),
      integer(n),
      small(1),
    ),
  );
}

test('PACE parameters written out are used when they are those of the list, and never otherwise', () => {
  const [listed] = MODP_PARAMETERS;
  if (listed?.q == null) throw new Error('no group');
  const dh = (g: bigint) =>
    sequence(
      encodeOid('1.2.840.10046.2.1'),
      sequence(integer(listed.p), integer(g), integer(listed.q ?? 0n)),
    );
  const offer = (method: number, parameters: Uint8Array) =>
    choosePace(
      set(
        sequence(oid(`4.${method}.2`), small(2), small(40)),
        sequence(oid(`4.${method}`), parameters, small(40)),
      ),
    ).map(({ group }) => group.name);
  expect(offer(2, explicitCurve('brainpoolP256r1', 1n))).toEqual(['brainpoolP256r1']);
  expect(offer(2, explicitCurve('brainpoolP256r1', 2n))).toEqual([]);
  expect(offer(1, dh(listed.g))).toEqual(['MODP-1024']);
  expect(offer(1, dh((listed.g * listed.g) % listed.p))).toEqual([]);
  expect(offer(2, sequence(encodeOid('0.4.0.127.0.7.1.2'), small(16)))).toEqual([
    'brainpoolP384r1',
  ]);
  expect(offer(2, sequence(encodeOid('0.4.0.127.0.7.1.2'), small(5)))).toEqual([]);
  expect(offer(2, sequence(encodeOid('1.2.3')))).toEqual([]);
});

test('EF.CardAccess against the signed file: every info must be there, byte for byte', () => {
  const access = parseSecurityInfos(hex(CCCD));
  const more = writeTlv(0x31, hex(CCCD).subarray(2), sequence(encodeOid('1.2.3'), small(1)));
  expect(countMissing(access, parseSecurityInfos(more))).toBe(0);
  expect(countMissing(parseSecurityInfos(more), access)).toBe(1);
  expect(countMissing(access, set())).toBe(3);
});
