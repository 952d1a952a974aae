import { createHash } from 'node:crypto';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import { ID } from './ids.ts';

const PREFIX = 'chot-enrol-v1';
const AUTHORITY_HASH_BYTES = 32;
const SECRET_BYTES = 10;
const SECRET = /^[a-z2-7]{16}$/;
const CHECK_BYTES = 6;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** What the hub prints for one named station (security E4): good once, for 15 minutes. */
export type EnrolmentCode = {
  readonly station: string;
  /** SHA-256 of the DER of the CA that the hub's certificate must lead to. */
  readonly authorityHash: Uint8Array;
  /** 80 random bits, base32. */
  readonly secret: string;
};

export function formatEnrolmentCode(code: EnrolmentCode): string {
  const { station, authorityHash, secret } = code;
  return [PREFIX, station, base64url(authorityHash), secret, checkOf(code)].join('.');
}

/** Throws InputError that says which part is wrong, and never repeats the secret. */
export function parseEnrolmentCode(text: string): EnrolmentCode {
  const parts = text.trim().split('.');
  const [prefix, station = '', hash = '', secret = '', check = ''] = parts;
  if (prefix !== PREFIX || parts.length !== 5) {
    throw unfit(`"${PREFIX}.<station>.<authority>.<secret>.<check>" as the hub prints it`);
  }
  if (!ID.test(station)) throw unfit('a station id of a-z, 0-9 and -');
  const authorityHash = Uint8Array.from(Buffer.from(hash, 'base64url'));
  if (authorityHash.length !== AUTHORITY_HASH_BYTES) {
    throw unfit(`an authority of ${AUTHORITY_HASH_BYTES} bytes in base64url`);
  }
  if (!SECRET.test(secret)) throw unfit('a secret of 16 characters a-z and 2-7');
  const code = { station, authorityHash, secret };
  if (checkOf(code) !== check) throw unfit('a check that fits: copy the whole code again');
  return code;
}

/** `random`: 10 bytes nobody can guess. */
export function secretFrom(random: Uint8Array): string {
  if (random.length !== SECRET_BYTES) throw new RangeError(`expected ${SECRET_BYTES} bytes`);
  let bits = 0n;
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: 16 }, (_, index) => {
    return BASE32[Number((bits >> BigInt(75 - 5 * index)) & 31n)] ?? '';
  }).join('');
}

function checkOf({ station, authorityHash, secret }: EnrolmentCode): string {
  const bytes = canonicalBytes(['chot/enrol-code/v1', station, authorityHash, secret]);
  return base64url(createHash('sha256').update(bytes).digest().subarray(0, CHECK_BYTES));
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function unfit(expected: string): InputError {
  return new InputError(`enrolment code: expected ${expected}`);
}
