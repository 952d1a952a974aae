import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { KeyStore } from '../../ports/key-store.ts';

const CURRENT = 'tls.p256';
const NEXT = 'tls.p256.next';

/** The station's TLS keys: the one in use, and while a certificate is renewed the one that follows it. */
export class TlsKeys {
  readonly #store: KeyStore;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  current(): KeyObject | null {
    return this.#read(CURRENT);
  }

  next(): KeyObject | null {
    return this.#read(NEXT);
  }

  nextOrNew(): KeyObject {
    return keyOf(this.#store.readOrMake(NEXT, newKey));
  }

  /** The next one is the current one from now on. Killed between, both are the same one. */
  promote(): void {
    const next = this.#store.read(NEXT);
    if (next !== null) this.#store.write(CURRENT, next);
    this.#store.remove(NEXT);
  }

  dropNext(): void {
    this.#store.remove(NEXT);
  }

  #read(name: string): KeyObject | null {
    const pem = this.#store.read(name);
    return pem === null ? null : keyOf(pem);
  }
}

function newKey(): Uint8Array {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
}

function keyOf(pem: Uint8Array): KeyObject {
  return createPrivateKey(Buffer.from(pem));
}
