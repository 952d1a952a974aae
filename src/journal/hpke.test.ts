import { createPrivateKey } from 'node:crypto';
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../kernel/bytes.ts';
import { type KeyPair, keyPairFromPem, newKeyPair, setUpOpening, setUpSealing } from './hpke.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

/** RFC 9180, appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode. */
const A21 = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  ephemeral: fromRaw('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
  recipient: fromRaw('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'),
  recipientPublic: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
  enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
  plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
  encryptions: new Map([
    [
      0,
      '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
    ],
    [
      1,
      '6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c',
    ],
    [
      2,
      '71146bd6795ccc9c49ce25dda112a48f202ad220559502cef1f34271e0cb4b02b4f10ecac6f48c32f878fae86b',
    ],
    [
      4,
      '63357a2aa291f5a4e5f27db6baa2af8cf77427c7c1a909e0b37214dd47db122bb153495ff0b02e9e54a50dbe16',
    ],
    [
      255,
      '18ab939d63ddec9f6ac2b60d61d36a7375d2070c9b683861110757062c52b8880a5f6b3936da9cd6c23ef2a95c',
    ],
    [
      256,
      '7a4a13e9ef23978e2c520fd4d2e757514ae160cd0cd05e556ef692370ca53076214c0c40d4c728d6ed9e727a5b',
    ],
  ]),
};

test('sealing gives the ciphertexts of RFC 9180 A.2.1', () => {
  expect(toHex(A21.recipient.publicKey)).toBe(A21.recipientPublic);
  const context = setUpSealing(A21.recipient.publicKey, A21.info, A21.ephemeral);
  expect(toHex(context.enc)).toBe(A21.enc);
  for (let index = 0; index <= 256; index++) {
    const sealed = context.seal(A21.plaintext, Buffer.from(`Count-${index}`));
    const published = A21.encryptions.get(index);
    if (published !== undefined) expect(toHex(sealed), `sequence ${index}`).toBe(published);
  }
});

test('opening reads the ciphertexts of RFC 9180 A.2.1 in any order', () => {
  const context = setUpOpening(A21.recipient.privateKey, hex(A21.enc), A21.info);
  for (const [index, sealed] of [...A21.encryptions].reverse()) {
    const opened = context.open(index, hex(sealed), Buffer.from(`Count-${index}`));
    expect(opened === null ? null : toHex(opened)).toBe(toHex(A21.plaintext));
  }
});

test('@hpke/core opens what we seal and we open what it seals', async () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Chacha20Poly1305(),
  });
  const theirs = await suite.kem.generateKeyPair();
  const theirPublic = new Uint8Array(await suite.kem.serializePublicKey(theirs.publicKey));
  const ours = newKeyPair();
  const ourPublic = await suite.kem.deserializePublicKey(Uint8Array.from(ours.publicKey).buffer);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 64 })), {
        minLength: 1,
        maxLength: 5,
      }),
      async (info, messages) => {
        const sender = setUpSealing(theirPublic, info);
        const recipient = await suite.createRecipientContext({
          recipientKey: theirs.privateKey,
          enc: Uint8Array.from(sender.enc).buffer,
          info: Uint8Array.from(info).buffer,
        });
        const theirSender = await suite.createSenderContext({
          recipientPublicKey: ourPublic,
          info: Uint8Array.from(info).buffer,
        });
        const opening = setUpOpening(ours.privateKey, new Uint8Array(theirSender.enc), info);
        for (const [index, [plaintext, aad]] of messages.entries()) {
          const sealed = Uint8Array.from(sender.seal(plaintext, aad));
          expect(new Uint8Array(await recipient.open(sealed.buffer, buffer(aad)))).toEqual(
            plaintext,
          );
          const sealedByThem = new Uint8Array(
            await theirSender.seal(buffer(plaintext), buffer(aad)),
          );
          expect(toHex(opening.open(index, sealedByThem, aad) ?? hex('ff'))).toBe(toHex(plaintext));
        }
      },
    ),
    { numRuns: 40, seed: 20 },
  );
});

test('another key, info, aad, index or a flipped bit opens nothing', () => {
  const recipient = newKeyPair();
  const info = Buffer.from('info');
  const aad = Buffer.from('aad');
  const sender = setUpSealing(recipient.publicKey, info);
  const sealed = sender.seal(Buffer.from('record'), aad);
  const opening = setUpOpening(recipient.privateKey, sender.enc, info);
  expect(opening.open(0, sealed, aad)).toEqual(Buffer.from('record'));
  expect(opening.open(1, sealed, aad)).toBeNull();
  expect(opening.open(0, sealed, Buffer.from('other'))).toBeNull();
  expect(opening.open(0, sealed.subarray(0, 15), aad)).toBeNull();
  expect(setUpOpening(newKeyPair().privateKey, sender.enc, info).open(0, sealed, aad)).toBeNull();
  const otherInfo = setUpOpening(recipient.privateKey, sender.enc, Buffer.from('infp'));
  expect(otherInfo.open(0, sealed, aad)).toBeNull();
  for (let bit = 0; bit < sealed.length * 8; bit += 7) {
    const flipped = Uint8Array.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(opening.open(0, flipped, aad)).toBeNull();
  }
});

test('a public key that fixes the shared secret to zero is refused', () => {
  expect(() => setUpSealing(new Uint8Array(32), Buffer.from('info'))).toThrow();
  expect(() => setUpSealing(new Uint8Array(31), Buffer.from('info'))).toThrow(/32 bytes, came 31/);
});

test('a private key of another kind is refused', () => {
  expect(() => keyPairFromPem('-----BEGIN NOTHING-----')).toThrow();
});

function fromRaw(raw: string): KeyPair {
  const der = Buffer.concat([hex('302e020100300506032b656e04220420'), hex(raw)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return keyPairFromPem(key.export({ format: 'pem', type: 'pkcs8' }) as string);
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
