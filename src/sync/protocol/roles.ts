import { createHash, type KeyObject } from 'node:crypto';
import { canonicalBytes, toHex } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';
import { RAW_KEY_BYTES, rawPublicKey } from './raw-keys.ts';
import {
  isSigned,
  type Role,
  type RoleKey,
  readStatement,
  type SigningKey,
  StatementError,
  signStatement,
} from './statement.ts';

const LABEL = 'chot/roles/v1';
const ROOTS_MAX = 4;
const AUTHORITIES_MAX = 4;
const AUTHORITY_BYTES_MAX = 4_096;
const KEYS_MAX = 64;
const ROLE_BYTES_MAX = 16;
const ROLES: readonly Role[] = ['manifest', 'receipt', 'policy', 'recipient'];

/** Who may sign what in a region (security R3): the one statement that a root signs. */
export type RoleList = {
  readonly region: string;
  readonly version: number;
  readonly issuedMs: number;
  readonly notAfterMs: number;
  /** Raw Ed25519 keys of which one must sign the next list. */
  readonly roots: readonly Uint8Array[];
  /** X.509 DER of the CAs whose hub certificates are accepted. */
  readonly authorities: readonly Uint8Array[];
  readonly keys: readonly RoleKey[];
  /** Not 0: a higher manifest version seen before this list is forgotten. */
  readonly manifestCeiling: number;
};

/** Names a root in the statements that it signs. */
export function rootId(root: Uint8Array): string {
  return `root-${toHex(createHash('sha256').update(root).digest()).slice(0, 16)}`;
}

export function rootSigningKey(privateKey: KeyObject): SigningKey {
  return { id: rootId(rawPublicKey(privateKey)), privateKey };
}

export function signRoles(list: RoleList, root: SigningKey): Uint8Array {
  return signStatement(encodeRoles(list), root);
}

/** The list of a statement that one of `roots` signed, else StatementError. Version, region and term are not judged here. */
export function openRoles(bytes: Uint8Array, roots: readonly Uint8Array[]): RoleList {
  const { keyId, signature, body } = readStatement(bytes);
  const root = roots.find((each) => rootId(each) === keyId);
  if (root === undefined) {
    throw new StatementError(
      'unknown-key',
      `the role list is signed by "${keyId}", expected one of the roots held`,
    );
  }
  if (!isSigned(body, signature, root)) {
    throw new StatementError('signature', `the signature of "${keyId}" does not fit the role list`);
  }
  return decodeRoles(body);
}

/** The list of a statement that was accepted before and kept where nobody else writes: nothing is verified. */
export function readRoles(bytes: Uint8Array): RoleList {
  return decodeRoles(readStatement(bytes).body);
}

function encodeRoles(list: RoleList): Uint8Array {
  const { region, version, issuedMs, notAfterMs, roots, authorities, keys, manifestCeiling } = list;
  return canonicalBytes([
    ...[LABEL, region, version, issuedMs, notAfterMs],
    ...[roots.length, ...roots, authorities.length, ...authorities, keys.length],
    ...keys.flatMap((key) => [key.role, key.id, key.key, key.notBeforeMs, key.notAfterMs]),
    manifestCeiling,
  ]);
}

/** The list in a statement whose signature somebody else has judged. Throws InputError. */
export function decodeRoles(body: Uint8Array): RoleList {
  const reader = new CanonicalReader(body, 'role list');
  reader.label(LABEL);
  const region = readId(reader);
  const version = reader.uint64();
  const issuedMs = reader.uint64();
  const notAfterMs = reader.uint64();
  const roots = reader.list(ROOTS_MAX, () => reader.exactly(RAW_KEY_BYTES));
  const authorities = reader.list(AUTHORITIES_MAX, () => reader.field(AUTHORITY_BYTES_MAX));
  const keys = reader.list(KEYS_MAX, () => readKey(reader));
  const manifestCeiling = reader.uint64();
  reader.end();
  if (version < 1) throw reader.unfit('a version from 1 on');
  if (roots.length === 0 || authorities.length === 0) throw reader.unfit('a root and an authority');
  if (new Set(keys.map(({ id }) => id)).size !== keys.length)
    throw reader.unfit('each key id once');
  const distinct = new Set(keys.map(({ key }) => toHex(key)));
  if (distinct.size !== keys.length) throw reader.unfit('each key once, with one role');
  return { region, version, issuedMs, notAfterMs, roots, authorities, keys, manifestCeiling };
}

function readKey(reader: CanonicalReader): RoleKey {
  const name = reader.text(ROLE_BYTES_MAX);
  const role = ROLES.find((each) => each === name);
  if (role === undefined) throw reader.unfit(`a role of ${ROLES.join(', ')}`);
  const id = readId(reader);
  const key = reader.exactly(RAW_KEY_BYTES);
  return { role, id, key, notBeforeMs: reader.uint64(), notAfterMs: reader.uint64() };
}
