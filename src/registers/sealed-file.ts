import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { canonicalBytes } from '../kernel/bytes.ts';
import { fileName } from './published/chunk.ts';

const LABEL = 'chot/register-sealed/v1';
const CIPHER = 'chacha20-poly1305';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** Every content has a key of its own, so one nonce will do. */
const NONCE = Buffer.alloc(12);

/**
 * Writes published content so that the disk tells nothing (security R6), whole or not at all; not yet durable when it returns.
 * `sha256`: of the content. Throws when the disk does.
 */
export function writeSealed(
  path: string,
  databaseKey: Uint8Array,
  sha256: string,
  content: Uint8Array,
): void {
  const cipher = createCipheriv(CIPHER, keyOf(databaseKey, sha256), NONCE, {
    authTagLength: TAG_BYTES,
  });
  const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  const handle = openSync(`${path}.new`, 'w', 0o600);
  try {
    for (let at = 0; at < sealed.length; ) at += writeSync(handle, sealed, at);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}.new`, path);
}

/** The content; null when there is none, or something else, at that path. Throws when the disk does not answer. */
export function readSealed(path: string, databaseKey: Uint8Array, sha256: string): Buffer | null {
  const sealed = readIfThere(path);
  if (sealed === null || sealed.length < TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, keyOf(databaseKey, sha256), NONCE, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const content = Buffer.concat([
      decipher.update(sealed.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
    return fileName(content) === sha256 ? content : null;
  } catch {
    // Not sealed with this key, or torn.
    return null;
  }
}

function keyOf(databaseKey: Uint8Array, sha256: string): Uint8Array {
  const info = canonicalBytes([LABEL, Buffer.from(sha256, 'hex')]);
  return new Uint8Array(hkdfSync('sha256', databaseKey, new Uint8Array(0), info, KEY_BYTES));
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
