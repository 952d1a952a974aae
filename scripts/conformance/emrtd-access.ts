import { createHash } from 'node:crypto';
import { decodeResponse } from '../../src/chip/apdu.ts';
import { performBac } from '../../src/chip/bac.ts';
import { CardSession } from '../../src/chip/card-session.ts';
import { verifyChipAuthenticationMapping } from '../../src/chip/chip-authentication-mapping.ts';
import { cbcDecrypt, cbcEncrypt, unpad } from '../../src/chip/crypto/block-ciphers.ts';
import { standardizedGroup } from '../../src/chip/crypto/domain-parameters.ts';
import { type Group, toBigInt } from '../../src/chip/crypto/group.ts';
import { deriveKey, deriveSessionKeys } from '../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../src/chip/crypto/mac.ts';
import { encodeOid } from '../../src/chip/der.ts';
import { mapIntegrated } from '../../src/chip/pace-mapping.ts';
import { openSecureMessaging } from '../../src/chip/secure-messaging.ts';
import { parseSecurityInfos } from '../../src/chip/security-infos.ts';
import { writeTlv } from '../../src/chip/tlv.ts';
import { type Case, hex, toHex, type Vector } from './emrtd-vector.ts';

type Values = Readonly<Record<string, string>>;

const sha1 = (text = '') => createHash('sha1').update(text, 'latin1').digest();

/** ICAO 9303-11, appendix D: derivation, the two commands of BAC, then three protected ones. */
export async function bacCases(vectors: readonly Vector[]): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { id, in: given, out } of vectors) {
    if (given['protectedRapdu'] !== undefined) cases.push(...protectedCases(id, given, out));
    else if (given['chipResponse'] !== undefined)
      cases.push(...(await accessCases(id, given, out)));
    else if (given['kSeed'] !== undefined) {
      const keys = deriveSessionKeys('3des', hex(given['kSeed']));
      cases.push([`${id}: encryption`, toHex(keys.keyEnc) === out['kEnc']]);
      cases.push([`${id}: MAC`, toHex(keys.keyMac) === out['kMac']]);
    } else {
      const seed = toHex(sha1(given['mrzInformation']).subarray(0, 16));
      cases.push([`${id}: seed`, seed === out['kSeed']]);
    }
  }
  return cases;
}

async function accessCases(id: string, given: Values, out: Values): Promise<Case[]> {
  const sent: string[] = [];
  const answers = [`${given['rndIc']}9000`, `${given['chipResponse']}9000`];
  const session = new CardSession({
    async transmit(command) {
      sent.push(toHex(command));
      return hex(answers[sent.length - 1] ?? '6F00');
    },
  });
  const drawn = [hex(given['rndIfd']), hex(given['kIfd'])];
  const keys = { keyEnc: hex(given['kEnc']), keyMac: hex(given['kMac']) };
  const outcome = await performBac(session, keys, () => drawn.shift() ?? new Uint8Array(0));
  const derived = deriveSessionKeys('3des', hex(out['sessionSeed']));
  return [
    [`${id}: command`, sent[1] === out['commandApdu']],
    [`${id}: open`, outcome.kind === 'open'],
    [`${id}: keys`, toHex(derived.keyEnc) === out['ksEnc']],
    [`${id}: MAC key`, toHex(derived.keyMac) === out['ksMac']],
  ];
}

function protectedCases(id: string, given: Values, out: Values): Case[] {
  const messaging = openSecureMessaging({
    ...{ cipher: '3des', keyEnc: hex(given['ksEnc']), keyMac: hex(given['ksMac']) },
    ssc: hex(given['ssc']),
  });
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, length, ...data] = hex(given['plainApdu']);
  const reads = data.length === 0;
  const command = {
    ...{ cla, ins, p1, p2, data: Uint8Array.from(data) },
    le: reads ? (length ?? null) : null,
  };
  const sent = toHex(messaging.protect(command));
  const { data: plain, sw } = messaging.open(decodeResponse(hex(given['protectedRapdu'])));
  const answer = `${toHex(plain)}${sw.toString(16).toUpperCase()}`;
  return [
    [`${id}: protected`, sent === out['protectedApdu']],
    [`${id}: opened`, answer === out['plainRapdu']],
  ];
}

/** Appendices G, H and I: every value that stands in them and is ours to compute. */
export function paceCases({ id, in: given, out }: Vector): Case[] {
  const group = standardizedGroup(Number(given['parameterId']));
  if (group === null) return [[`${id}: group`, false]];
  const key = (name: string) => toBigInt(hex(given[name])) % group.order;
  const kPi =
    given['mrzInformation'] === undefined
      ? deriveKey('aes128', Buffer.from('123456'), 'password')
      : deriveKey('aes128', sha1(given['mrzInformation']), 'password');
  const nonce = cbcDecrypt('aes128', kPi, hex(given['encryptedNonce']));
  const mapped =
    given['nonceT'] === undefined
      ? group.mapGeneric(toBigInt(nonce), key('ifdMapPrivate'), hex(given['icMapPublic']))
      : mapIntegrated(group, 'aes128', nonce, hex(given['nonceT']));
  const secret = group.agree(key('ifdEphPrivate'), hex(given['icEphPublic']));
  const { keyEnc, keyMac } = deriveSessionKeys('aes128', secret);
  const own = group.publicKey(key('ifdEphPrivate'), mapped);
  const token = tokens(group, given['oid'] ?? '', keyMac);
  const found: Values = {
    ...{ kPi: toHex(kPi), mappedG: toHex(mapped), K: toHex(secret), ifdEphPublic: toHex(own) },
    ...{ nonce: toHex(nonce), nonceS: toHex(nonce), ksEnc: toHex(keyEnc), ksMac: toHex(keyMac) },
    ...{ tIfd: token(hex(given['icEphPublic'])), tIc: token(own) },
    ...(given['ifdMapPrivate'] === undefined
      ? {}
      : { ifdMapPublic: toHex(group.publicKey(key('ifdMapPrivate'), null)) }),
  };
  const compared = Object.keys(out).filter((name) => found[name] !== undefined);
  return [
    ...compared.map((name): Case => [`${id}: ${name}`, found[name] === out[name]]),
    ...mappingCases(id, group, given, out, keyEnc),
  ];
}

function tokens(group: Group, oid: string, keyMac: Uint8Array) {
  return (publicKey: Uint8Array) => {
    const value = writeTlv(group.kind === 'dh' ? 0x84 : 0x86, publicKey);
    return toHex(computeMac('aes128', keyMac, writeTlv(0x7f49, encodeOid(oid), value)));
  };
}

/** Appendix I: what the chip proves of itself while it agrees on keys. */
function mappingCases(
  id: string,
  group: Group,
  given: Values,
  out: Values,
  keyEnc: Uint8Array,
): Case[] {
  if (given['encryptedChipAuthData'] === undefined) return [];
  const iv = cbcEncrypt('aes128', keyEnc, new Uint8Array(16).fill(0xff));
  const chipData = unpad(cbcDecrypt('aes128', keyEnc, hex(given['encryptedChipAuthData']), iv), 16);
  const signed = parseSecurityInfos(writeTlv(0x31, hex(given['chipAuthenticationPublicKeyInfo'])));
  const said = {
    ...{ group, keyId: Number(given['parameterId']), mappingKey: hex(given['icMapPublic']) },
    chipData: toBigInt(chipData ?? new Uint8Array(0)),
  };
  return [
    [`${id}: IV`, toHex(iv) === out['camIv']],
    [`${id}: chip data`, toHex(chipData ?? new Uint8Array(0)) === out['caIc']],
    [`${id}: proven`, verifyChipAuthenticationMapping(said, signed) === 'proven'],
    [
      `${id}: another chip`,
      verifyChipAuthenticationMapping({ ...said, chipData: said.chipData + 1n }, signed) ===
        'failed',
    ],
  ];
}
