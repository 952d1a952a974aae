import { createHash, timingSafeEqual } from 'node:crypto';
import { cbcDecrypt, cbcEncrypt } from '../../../src/chip/crypto/block-ciphers.ts';
import { deriveKey } from '../../../src/chip/crypto/key-derivation.ts';
import { retailMac } from '../../../src/chip/crypto/mac.ts';
import type { MrzKeys } from './card-spec.ts';
import { type ChipAnswer, type Random, STATUS, status } from './chip-answer.ts';
import { ChipMessaging } from './chip-messaging.ts';

/** ICAO 9303-3, 4.9: weights 7, 3, 1; a letter counts from 10, the filler 0. */
export function checkDigit(text: string): string {
  const values = [...text].map((character) =>
    character === '<' ? 0 : Number.parseInt(character, 36),
  );
  const sum = values.reduce(
    (total, value, index) => total + value * ([7, 3, 1][index % 3] ?? 0),
    0,
  );
  return String(sum % 10);
}

/** ICAO 9303-11, 4.3.2: SHA-1 over number, birth and expiry, each with its check digit. */
export function mrzHash({ documentNumber, birth, expiry }: MrzKeys): Uint8Array {
  const fields = [documentNumber.padEnd(9, '<'), birth, expiry];
  const text = fields.map((field) => field + checkDigit(field)).join('');
  return createHash('sha1').update(text, 'latin1').digest();
}

/** EXTERNAL AUTHENTICATE of Basic Access Control (ICAO 9303-11, 4.3.1, steps 3 and 4). */
export function answerBac(
  keys: MrzKeys,
  challenge: Uint8Array,
  data: Uint8Array,
  random: Random,
): ChipAnswer {
  const seed = mrzHash(keys).subarray(0, 16);
  const [keyEnc, keyMac] = [deriveKey('3des', seed, 'encryption'), deriveKey('3des', seed, 'mac')];
  if (data.length !== 40) return status(STATUS.wrongLength);
  const encrypted = data.subarray(0, 32);
  if (!timingSafeEqual(data.subarray(32), retailMac(keyMac, encrypted))) return wrongPassword();
  const s = cbcDecrypt('3des', keyEnc, encrypted);
  const [terminalChallenge, echoed, terminalKey] = [
    s.subarray(0, 8),
    s.subarray(8, 16),
    s.subarray(16),
  ];
  if (!timingSafeEqual(echoed, challenge)) return wrongPassword();
  const chipKey = random(16);
  const answer = cbcEncrypt('3des', keyEnc, Buffer.concat([challenge, terminalChallenge, chipKey]));
  const common = terminalKey.map((byte, index) => byte ^ (chipKey[index] ?? 0));
  const counter = Buffer.concat([challenge.subarray(4), terminalChallenge.subarray(4)]);
  return {
    data: Buffer.concat([answer, retailMac(keyMac, answer)]),
    sw: STATUS.ok,
    messaging: new ChipMessaging('3des', common, counter.readBigUInt64BE()),
    access: true,
  };
}

function wrongPassword(): ChipAnswer {
  return { ...status(STATUS.verificationFailed), access: false };
}
