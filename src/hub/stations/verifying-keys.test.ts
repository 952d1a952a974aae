import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { InputError } from '../../kernel/errors.ts';
import { rawPublicKey } from '../../sync/protocol/raw-keys.ts';
import { VerifyingKeys } from './verifying-keys.ts';

const makePair = () => generateKeyPairSync('ed25519');

test('a key is made once for its bytes, and checks what its own private key signed', () => {
  const keys = new VerifyingKeys();
  const [one, other] = [makePair(), makePair()];
  const made = keys.of(rawPublicKey(one.publicKey));
  expect(keys.of(rawPublicKey(one.publicKey))).toBe(made);
  const said = Buffer.from('a head');
  expect(verify(null, said, made, sign(null, said, one.privateKey))).toBe(true);
  expect(verify(null, said, made, sign(null, said, other.privateKey))).toBe(false);
  expect(keys.of(rawPublicKey(other.publicKey)).equals(other.publicKey)).toBe(true);
});

test('what is no key is an InputError every time', () => {
  const keys = new VerifyingKeys();
  for (let again = 0; again < 2; again++) {
    expect(() => keys.of(new Uint8Array(31))).toThrow(InputError);
  }
});

test('more keys than stations on a line are not kept for ever, and still right', () => {
  const keys = new VerifyingKeys(2);
  const raws = Array.from({ length: 5 }, () => rawPublicKey(makePair().publicKey));
  for (const raw of [...raws, ...raws]) expect(rawPublicKey(keys.of(raw))).toEqual(raw);
  const last = raws[4] ?? new Uint8Array(0);
  const first = raws[0] ?? new Uint8Array(0);
  const made = keys.of(first);
  keys.of(last);
  keys.of(raws[1] ?? last);
  expect(keys.of(first)).not.toBe(made);
});
