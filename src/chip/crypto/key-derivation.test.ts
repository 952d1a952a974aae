import { expect, test } from 'vitest';
import { deriveKey, deriveSessionKeys } from './key-derivation.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

test('ICAO 9303-11 D.1: 3DES keys from a seed, parity adjusted', () => {
  const { keyEnc, keyMac } = deriveSessionKeys('3des', hex('239AB9CB282DAF66231DC5A4DF6BFBAE'));
  expect(toHex(keyEnc)).toBe('AB94FDECF2674FDFB9B391F85D7F76F2');
  expect(toHex(keyMac)).toBe('7962D9ECE03D1ACD4C76089DCE131543');
});

test('ICAO 9303-11 D.3: session keys of BAC', () => {
  const { keyEnc, keyMac } = deriveSessionKeys('3des', hex('0036D272F5C350ACAC50C3F572D23600'));
  expect(toHex(keyEnc)).toBe('979EC13B1CBFE9DCD01AB0FED307EAE5');
  expect(toHex(keyMac)).toBe('F1CB1F1FB5ADF208806B89DC579DC1F8');
});

/** ICAO 9303-11 G.1: the shared secret of the worked example. */
const SHARED = hex('28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925');

test('ICAO 9303-11 G.1: AES-128 session keys and the key from a password', () => {
  const { keyEnc, keyMac } = deriveSessionKeys('aes128', SHARED);
  expect(toHex(keyEnc)).toBe('F5F0E35C0D7161EE6724EE513A0D9A7F');
  expect(toHex(keyMac)).toBe('FE251C7858B356B24514B3BD5F4297D1');
  const mrzHash = hex('7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD');
  expect(toHex(deriveKey('aes128', mrzHash, 'password'))).toBe('89DED1B26624EC1E634C1989302849DD');
});

// ICAO 9303-11, 9.7.1.3: SHA-256(K || c); computed with Python's hashlib.
for (const [cipher, keyEnc, keyMac, password] of [
  [
    'aes192',
    '8419651A9932A555FE20D96406746A82F750F4CCB3D6BE78',
    'AA35FDB8D201BC2FD2BD98550C6FE549568C5E769BE67F04',
    'CF2CF7835C1568DABF1934175E76D45676E0943B946284E9',
  ],
  [
    'aes256',
    '8419651A9932A555FE20D96406746A82F750F4CCB3D6BE786D4630BCC681BF0E',
    'AA35FDB8D201BC2FD2BD98550C6FE549568C5E769BE67F04733673B7C910A59F',
    'CF2CF7835C1568DABF1934175E76D45676E0943B946284E9D3FDE5FA68F31192',
  ],
] as const) {
  test(`${cipher} keys come from SHA-256`, () => {
    const session = deriveSessionKeys(cipher, SHARED);
    expect(toHex(session.keyEnc)).toBe(keyEnc);
    expect(toHex(session.keyMac)).toBe(keyMac);
    expect(toHex(deriveKey(cipher, SHARED, 'password'))).toBe(password);
  });
}
