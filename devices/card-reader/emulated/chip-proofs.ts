import { constants, createHash, privateEncrypt, sign } from 'node:crypto';
import { toBigInt } from '../../../src/chip/crypto/group.ts';
import { ProtocolError } from '../../../src/chip/protocol-error.ts';
import type { ActiveKey, CardSpec, ChipKey } from './card-spec.ts';
import { type ChipAnswer, type Random, STATUS, status } from './chip-answer.ts';
import { ChipMessaging, objectsIn } from './chip-messaging.ts';
import { oidBytes } from './der.ts';
import { chipAuthenticationProtocol } from './security-info-bytes.ts';

/** MSE:Set KAT (ICAO 9303-11, 6.2.4.1): Chip Authentication with 3DES in one command. */
export function answerKeyAgreement({ chipKeys }: CardSpec, data: Uint8Array): ChipAnswer {
  const objects = objectsIn(data);
  const ephemeral = objects?.find(({ tag }) => tag === 0x91)?.value;
  if (ephemeral === undefined) return status(STATUS.wrongData);
  const reference = objects?.find(({ tag }) => tag === 0x84)?.value;
  const key = chipKeys.find((own) => own.cipher === '3des' && refersTo(reference, own));
  return key === undefined
    ? status(STATUS.referenceNotFound)
    : agree(key, ephemeral, status(STATUS.ok));
}

/** MSE:Set AT (6.2.4.2): which key GENERAL AUTHENTICATE will use, or a status word. */
export function selectChipKey({ chipKeys }: CardSpec, data: Uint8Array): ChipKey | number {
  const objects = objectsIn(data);
  const mechanism = objects?.find(({ tag }) => tag === 0x80)?.value;
  if (mechanism === undefined) return STATUS.wrongData;
  const reference = objects?.find(({ tag }) => tag === 0x84)?.value;
  const offered = chipKeys.filter((key) =>
    Buffer.from(oidBytes(chipAuthenticationProtocol(key))).equals(mechanism),
  );
  if (offered.length === 0) return STATUS.wrongData;
  return offered.find((key) => refersTo(reference, key)) ?? STATUS.referenceNotFound;
}

/** GENERAL AUTHENTICATE of Chip Authentication: 7C{80 key} is answered by 7C{}, then the keys change. */
export function answerChipAuthentication(key: ChipKey, data: Uint8Array): ChipAnswer {
  const template = objectsIn(data)?.[0];
  const object = template?.tag === 0x7c ? objectsIn(template.value)?.[0] : undefined;
  if (object?.tag !== 0x80) return status(STATUS.wrongData);
  return agree(key, object.value, { data: Uint8Array.of(0x7c, 0x00), sw: STATUS.ok });
}

function refersTo(reference: Uint8Array | undefined, { keyId }: ChipKey): boolean {
  return reference === undefined || keyId === null || toBigInt(reference) === BigInt(keyId);
}

function agree(key: ChipKey, ephemeral: Uint8Array, answer: ChipAnswer): ChipAnswer {
  try {
    const secret = key.group.agree(key.privateKey, ephemeral);
    return { ...answer, messaging: new ChipMessaging(key.cipher, secret) };
  } catch (error) {
    if (error instanceof ProtocolError) return status(STATUS.wrongData);
    throw error;
  }
}

/** ISO/IEC 9796-2: the byte before the trailer CC; SHA-1 has the trailer BC alone. */
const TRAILER: Readonly<Record<ActiveKey['hash'], readonly number[]>> = {
  sha1: [0xbc],
  sha224: [0x38, 0xcc],
  sha256: [0x34, 0xcc],
  sha384: [0x36, 0xcc],
  sha512: [0x35, 0xcc],
};

/** INTERNAL AUTHENTICATE of Active Authentication (ICAO 9303-11, 6.1.2). */
export function answerActiveAuthentication(
  { privateKey, hash }: ActiveKey,
  challenge: Uint8Array,
  random: Random,
): ChipAnswer {
  if (challenge.length !== 8) return status(STATUS.wrongLength);
  if (privateKey.asymmetricKeyType === 'ec') {
    const data = sign(hash, challenge, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return { data, sw: STATUS.ok };
  }
  // Digital signature scheme 1, partial recovery: 6A, M1 chosen by the chip, H(M1 || M2), trailer.
  const modulusBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const trailer = Uint8Array.from(TRAILER[hash]);
  const hashBytes = createHash(hash).digest().length;
  const m1 = random(modulusBytes - 1 - hashBytes - trailer.length);
  const digest = createHash(hash).update(m1).update(challenge).digest();
  const representative = Buffer.concat([Uint8Array.of(0x6a), m1, digest, trailer]);
  const data = privateEncrypt(
    { key: privateKey, padding: constants.RSA_NO_PADDING },
    representative,
  );
  return { data, sw: STATUS.ok };
}
