import { createHash, timingSafeEqual } from 'node:crypto';
import { InputError } from '../kernel/errors.ts';
import { SW } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import { cbcDecrypt, cbcEncrypt } from './crypto/block-ciphers.ts';
import { deriveSessionKeys, type SessionKeys } from './crypto/key-derivation.ts';
import { MAC_BYTES, retailMac } from './crypto/mac.ts';
import { mrzCheckDigit } from './lds/mrz.ts';
import { ProtocolError } from './protocol-error.ts';
import { openSecureMessaging } from './secure-messaging.ts';

/** What of the machine-readable zone opens a chip; without check digits and, at its end, without fillers. */
export type AccessFields = {
  readonly documentNumber: string;
  /** YYMMDD */
  readonly birth: string;
  /** YYMMDD */
  readonly expiry: string;
};

export type BacOutcome =
  /** The session is secured. */
  | { readonly kind: 'open' }
  /** The card does not know these keys, or not this protocol. */
  | { readonly kind: 'refused'; readonly at: 'challenge' | 'authenticate'; readonly sw: number };

const NONCE_BYTES = 8;
const KEY_SEED_BYTES = 16;
const ENCRYPTED_BYTES = 2 * NONCE_BYTES + KEY_SEED_BYTES;
const ANSWER_BYTES = ENCRYPTED_BYTES + MAC_BYTES;
const DOCUMENT_NUMBER_CHARACTERS = 9;
/** TD1 has room for 9 characters and, after them, 11 more of the optional field. */
const MRZ_NUMBER = /^[A-Z0-9<]{9,20}$/;
/** ICAO 9303-3, 4.8: unknown parts of a birth date are fillers. */
const MRZ_DATE = /^[0-9<]{6}$/;

/**
 * ICAO 9303-11, 4.3.2 and 4.4.4.1: SHA-1 over the MRZ information, the secret behind BAC and behind PACE with the MRZ.
 * Throws InputError for fields that no machine-readable zone could hold.
 */
export function mrzSecret({ documentNumber, birth, expiry }: AccessFields): Uint8Array {
  const number = documentNumber.padEnd(DOCUMENT_NUMBER_CHARACTERS, '<');
  if (!MRZ_NUMBER.test(number) || !MRZ_DATE.test(birth) || !MRZ_DATE.test(expiry)) {
    throw new InputError('a number of A-Z, 0-9 and <, and dates as YYMMDD expected');
  }
  const fields = [number, birth, expiry];
  const information = fields.map((field) => field + mrzCheckDigit(field)).join('');
  return createHash('sha1').update(information).digest();
}

/** ICAO 9303-11, 4.3.2: the document basic access keys. Throws InputError as `mrzSecret`. */
export function basicAccessKeys(fields: AccessFields): SessionKeys {
  return deriveSessionKeys('3des', mrzSecret(fields).subarray(0, KEY_SEED_BYTES));
}

/**
 * Basic access control (ICAO 9303-11, 4.3) with the application selected; secures the session. `random` gives bytes that
 * nobody can guess. Throws ProtocolError `bac.*` when the card answers with what only a card without the keys would. `onTest`
 * is called right before the one command that tests the keys.
 */
export async function performBac(
  session: CardSession,
  keys: SessionKeys,
  random: (bytes: number) => Uint8Array,
  onTest: () => void = () => undefined,
): Promise<BacOutcome> {
  const challenge = await session.send(command(0x84, new Uint8Array(0), NONCE_BYTES));
  if (challenge.sw !== SW.ok) return { kind: 'refused', at: 'challenge', sw: challenge.sw };
  const chipNonce = exactly(challenge.data, NONCE_BYTES);
  const ownNonce = random(NONCE_BYTES);
  const ownSeed = random(KEY_SEED_BYTES);

  const token = seal(keys, Buffer.concat([ownNonce, chipNonce, ownSeed]));
  onTest();
  const answer = await session.send(command(0x82, token, ANSWER_BYTES));
  if (answer.sw !== SW.ok) return { kind: 'refused', at: 'authenticate', sw: answer.sw };
  const opened = unseal(keys, exactly(answer.data, ANSWER_BYTES));
  // 4.3.1: the chip has decrypted what we sent and answers to it.
  if (!timingSafeEqual(opened.subarray(0, 2 * NONCE_BYTES), Buffer.concat([chipNonce, ownNonce]))) {
    throw new ProtocolError('bac.nonce', 'the chip answered to another challenge');
  }

  const chipSeed = opened.subarray(2 * NONCE_BYTES);
  const seed = ownSeed.map((byte, index) => byte ^ (chipSeed[index] ?? 0));
  // 9.8.6.1: the last four bytes of either nonce.
  const ssc = Buffer.concat([chipNonce.subarray(-4), ownNonce.subarray(-4)]);
  session.switchTo(
    openSecureMessaging({ cipher: '3des', ...deriveSessionKeys('3des', seed), ssc }),
  );
  return { kind: 'open' };
}

function command(ins: number, data: Uint8Array, le: number) {
  return { cla: 0, ins, p1: 0, p2: 0, data, le };
}

function seal({ keyEnc, keyMac }: SessionKeys, plain: Uint8Array): Uint8Array {
  const encrypted = cbcEncrypt('3des', keyEnc, plain);
  return Buffer.concat([encrypted, retailMac(keyMac, encrypted)]);
}

function unseal({ keyEnc, keyMac }: SessionKeys, token: Uint8Array): Uint8Array {
  const encrypted = token.subarray(0, -MAC_BYTES);
  if (!timingSafeEqual(token.subarray(-MAC_BYTES), retailMac(keyMac, encrypted))) {
    throw new ProtocolError('bac.mac', 'the MAC of the chip is wrong');
  }
  return cbcDecrypt('3des', keyEnc, encrypted);
}

function exactly(data: Uint8Array, bytes: number): Uint8Array {
  if (data.length === bytes) return data;
  throw new ProtocolError('bac.length', `${bytes} bytes expected, came ${data.length}`);
}
