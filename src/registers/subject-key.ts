import { createHmac, hkdfSync } from 'node:crypto';
import type { SubjectKind } from './lookup.ts';

const LABEL = 'chot/reg/v1';
const KEY_BYTES = 32;

/** One byte in the hashed message; never renumbered. */
const KIND_BYTE: Readonly<Record<SubjectKind, number>> = { number: 1, qid: 2, certificate: 3 };

/**
 * Secret of one register in one generation: whoever holds it can test every number there is.
 * `regionKey`: 32 bytes, the region's key of this generation. `register`: its name, `f0`. */
export function deriveRegisterKey(regionKey: Uint8Array, register: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', regionKey, new Uint8Array(0), register, KEY_BYTES));
}

/** 32 bytes: `key` finds the subject, `check` tells two subjects apart that share a key by chance. */
export function subjectDigest(registerKey: Uint8Array, kind: SubjectKind, value: string): Buffer {
  return createHmac('sha256', registerKey).update(PREFIX[kind]).update(value, 'utf8').digest();
}

/**
 * Security R1: the first 8 bytes, big-endian, of HMAC-SHA256(register key, "chot/reg/v1" 00 kind 00 value); unsigned.
 * The value is hashed as it is: a number must already be exactly 12 ASCII digits.
 */
export function subjectKey(registerKey: Uint8Array, kind: SubjectKind, value: string): bigint {
  return subjectDigest(registerKey, kind, value).readBigUInt64BE(0);
}

const PREFIX: Readonly<Record<SubjectKind, Uint8Array>> = {
  number: prefixOf(KIND_BYTE.number),
  qid: prefixOf(KIND_BYTE.qid),
  certificate: prefixOf(KIND_BYTE.certificate),
};

function prefixOf(kindByte: number): Uint8Array {
  return Buffer.concat([Buffer.from(LABEL, 'ascii'), Buffer.from([0, kindByte, 0])]);
}
