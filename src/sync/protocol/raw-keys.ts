import { createPublicKey, type KeyObject } from 'node:crypto';
import { InputError } from '../../kernel/errors.ts';

export const RAW_KEY_BYTES = 32;
/** DER before the 32 raw bytes of an Ed25519 key, RFC 8410. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Throws InputError unless there are 32 bytes. */
export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== RAW_KEY_BYTES) {
    throw new InputError(`an Ed25519 key has ${RAW_KEY_BYTES} bytes, came ${raw.length}`);
  }
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' });
}

/** The 32 raw bytes of an Ed25519 or X25519 key, private or public. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(spki.length - RAW_KEY_BYTES));
}
