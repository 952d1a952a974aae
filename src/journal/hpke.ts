import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/**
 * HPKE (RFC 9180) in base mode with one suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. Synchronous,
 * because a record has to be sealed and durable before the gate may open; proven by the RFC's vectors and against
 * @hpke/core in hpke.test.ts.
 */
export const HPKE_KEY_BYTES = 32;
export const HPKE_TAG_BYTES = 16;

const KEM_ID = 0x0020;
const KDF_ID = 0x0001;
const AEAD_ID = 0x0003;
const AEAD = 'chacha20-poly1305';
const NONCE_BYTES = 12;
const HASH_BYTES = 32;

const KEM_SUITE = Buffer.concat([Buffer.from('KEM'), uint16(KEM_ID)]);
const SUITE = Buffer.concat([Buffer.from('HPKE'), uint16(KEM_ID), uint16(KDF_ID), uint16(AEAD_ID)]);
const EMPTY = new Uint8Array(0);
/** LabeledExtract("", "psk_id_hash", "") of base mode, the same for every context. */
const PSK_ID_HASH = labeledExtract(SUITE, EMPTY, 'psk_id_hash', EMPTY);

/** What can seal one segment: `enc` goes in the clear beside it, each call of `seal` uses up one nonce. */
export type SealingContext = {
  readonly enc: Uint8Array;
  readonly seal: (plaintext: Uint8Array, aad: Uint8Array) => Uint8Array;
};

/** `index` counts from 0 in the order of sealing. Null when it does not open under this key, info and aad. */
export type OpeningContext = {
  readonly open: (index: number, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | null;
};

export type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: Uint8Array };

/** SetupBaseS with a fresh ephemeral key. Throws when `recipient` is no X25519 public key that can agree on a secret. */
export function setUpSealing(
  recipient: Uint8Array,
  info: Uint8Array,
  ephemeral: KeyPair = newKeyPair(),
): SealingContext {
  const dh = diffieHellman({
    privateKey: ephemeral.privateKey,
    publicKey: publicKeyFromRaw(recipient),
  });
  const { key, baseNonce } = keySchedule(sharedSecret(dh, ephemeral.publicKey, recipient), info);
  let sequence = 0;
  return {
    enc: ephemeral.publicKey,
    seal: (plaintext, aad) => {
      const cipher = createCipheriv(AEAD, key, nonceAt(baseNonce, sequence), {
        authTagLength: HPKE_TAG_BYTES,
      });
      sequence++;
      cipher.setAAD(aad, { plaintextLength: plaintext.length });
      return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

/** SetupBaseR. Throws when `enc` is no usable X25519 public key. */
export function setUpOpening(
  privateKey: KeyObject,
  enc: Uint8Array,
  info: Uint8Array,
): OpeningContext {
  const dh = diffieHellman({ privateKey, publicKey: publicKeyFromRaw(enc) });
  const recipient = publicHalfOf(privateKey);
  const { key, baseNonce } = keySchedule(sharedSecret(dh, enc, recipient), info);
  return {
    open: (index, sealed, aad) => {
      const bodyLength = sealed.length - HPKE_TAG_BYTES;
      if (bodyLength < 0) return null;
      const decipher = createDecipheriv(AEAD, key, nonceAt(baseNonce, index), {
        authTagLength: HPKE_TAG_BYTES,
      });
      decipher.setAAD(aad, { plaintextLength: bodyLength });
      decipher.setAuthTag(sealed.subarray(bodyLength));
      try {
        // A stream cipher gives every byte at once; `final` only judges the tag.
        const plaintext = decipher.update(sealed.subarray(0, bodyLength));
        decipher.final();
        return plaintext;
      } catch {
        return null;
      }
    },
  };
}

export function newKeyPair(): KeyPair {
  const pair = generateKeyPairSync('x25519');
  return { privateKey: pair.privateKey, publicKey: rawPublicKey(pair.publicKey) };
}

/** Pair of an X25519 private key in PKCS #8 PEM; throws when it is none. */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'x25519') {
    throw new Error(`expected an x25519 key, came ${privateKey.asymmetricKeyType}`);
  }
  return { privateKey, publicKey: rawPublicKey(createPublicKey(privateKey)) };
}

function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  if (raw.length !== HPKE_KEY_BYTES) {
    throw new Error(`an X25519 key has ${HPKE_KEY_BYTES} bytes, came ${raw.length}`);
  }
  // As a JWK: OpenSSL takes five times as long to read DER.
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/** A hub opens thousands of segments under each of few keys. */
const publicHalves = new WeakMap<KeyObject, Uint8Array>();

function publicHalfOf(privateKey: KeyObject): Uint8Array {
  const known = publicHalves.get(privateKey);
  if (known !== undefined) return known;
  const raw = rawPublicKey(createPublicKey(privateKey));
  publicHalves.set(privateKey, raw);
  return raw;
}

/** RFC 9180, 4.1: ExtractAndExpand(dh, kem_context) with kem_context = enc || pkRm. */
function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(
    KEM_SUITE,
    prk,
    'shared_secret',
    Buffer.concat([enc, recipient]),
    HASH_BYTES,
  );
}

/** RFC 9180, 5.1: KeySchedule(mode_base, shared_secret, info, "", ""). */
function keySchedule(
  secret: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly baseNonce: Uint8Array } {
  const context = Buffer.concat([
    Uint8Array.of(0),
    PSK_ID_HASH,
    labeledExtract(SUITE, EMPTY, 'info_hash', info),
  ]);
  const prk = labeledExtract(SUITE, secret, 'secret', EMPTY);
  return {
    key: labeledExpand(SUITE, prk, 'key', context, HPKE_KEY_BYTES),
    baseNonce: labeledExpand(SUITE, prk, 'base_nonce', context, NONCE_BYTES),
  };
}

/** RFC 9180, 5.2: the sequence number as Nn bytes, XORed onto the base nonce. Segments stay far below 2^32. */
function nonceAt(baseNonce: Uint8Array, sequence: number): Uint8Array {
  const nonce = Buffer.from(baseNonce);
  nonce.writeUInt32BE((nonce.readUInt32BE(NONCE_BYTES - 4) ^ sequence) >>> 0, NONCE_BYTES - 4);
  return nonce;
}

function labeledExtract(
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Uint8Array {
  return createHmac('sha256', salt)
    .update('HPKE-v1')
    .update(suite)
    .update(label)
    .update(ikm)
    .digest();
}

/** One block of HKDF-Expand, which is all this suite asks for (`length` <= 32). */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return createHmac('sha256', prk)
    .update(uint16(length))
    .update('HPKE-v1')
    .update(suite)
    .update(label)
    .update(info)
    .update(Uint8Array.of(1))
    .digest()
    .subarray(0, length);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
