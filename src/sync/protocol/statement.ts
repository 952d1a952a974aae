import { type KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { mayHaveBegun, surelyWithin, type TimeInterval } from '../../kernel/time-interval.ts';
import { ed25519PublicKey } from './raw-keys.ts';

const LABEL = 'chot/signed/v1';
const SIGNATURE_BYTES = 64;
const ID_BYTES_MAX = 32;
/** A manifest of 16 registers, the longest of them. */
export const STATEMENT_BYTES_MAX = 4 * 1024 * 1024;

/** What a key may sign. A key has exactly one role (security R3). */
export type Role = 'manifest' | 'receipt' | 'policy' | 'recipient';

/** A key as the role list has it: raw Ed25519 (recipient: X25519), in force from `notBeforeMs` until before `notAfterMs`. */
export type RoleKey = {
  readonly role: Role;
  readonly id: string;
  readonly key: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
};

export type SigningKey = { readonly id: string; readonly privateKey: KeyObject };

export type StatementRefusal =
  | 'malformed'
  | 'unknown-key'
  | 'wrong-role'
  | 'key-term'
  | 'signature';

/** A statement that is not believed. `code` is for alarms and metrics. */
export class StatementError extends InputError {
  readonly code: StatementRefusal;

  constructor(code: StatementRefusal, message: string) {
    super(message);
    this.code = code;
  }
}

/** An unopened statement: who claims to have signed which bytes. */
export type Statement = {
  readonly keyId: string;
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
};

/** Bytes of a statement over `body`, whose first field is its label. */
export function signStatement(body: Uint8Array, { id, privateKey }: SigningKey): Uint8Array {
  return canonicalBytes([LABEL, id, sign(null, body, privateKey), body]);
}

/** Splits a statement; nothing of it is believed yet. Throws StatementError. */
export function readStatement(bytes: Uint8Array): Statement {
  try {
    const reader = new CanonicalReader(bytes, 'signed statement');
    reader.label(LABEL);
    const keyId = reader.text(ID_BYTES_MAX);
    const signature = reader.exactly(SIGNATURE_BYTES);
    const body = reader.field(STATEMENT_BYTES_MAX);
    reader.end();
    return { keyId, signature, body };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new StatementError('malformed', error.message);
  }
}

export type Believing = {
  readonly role: Role;
  /** Every key of the newest role list, of whatever role. */
  readonly keys: readonly RoleKey[];
  readonly time: TimeInterval;
};

/**
 * The body of a statement that a key of the right role signed within its term, else StatementError. The body's own label
 * and content are still to be read.
 */
export function believe(bytes: Uint8Array, { role, keys, time }: Believing): Uint8Array {
  const { keyId, signature, body } = readStatement(bytes);
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined) {
    throw new StatementError(
      'unknown-key',
      `signed by "${keyId}", which the role list does not have`,
    );
  }
  if (key.role !== role || role === 'recipient') {
    throw new StatementError(
      'wrong-role',
      `expected a signature by a ${role} key, "${keyId}" is a ${key.role} key`,
    );
  }
  if (!mayHaveBegun(time, key.notBeforeMs) || !surelyWithin(time, key.notAfterMs)) {
    throw new StatementError('key-term', `the term of key "${keyId}" does not surely hold now`);
  }
  if (!isSigned(body, signature, key.key)) {
    throw new StatementError('signature', `the signature of "${keyId}" does not fit the statement`);
  }
  return body;
}

/** `key`: raw Ed25519 public key. */
export function isSigned(body: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  return verify(null, body, ed25519PublicKey(key), signature);
}
