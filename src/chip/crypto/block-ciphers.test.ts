import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BLOCK_BYTES,
  type BlockCipher,
  cbcDecrypt,
  cbcEncrypt,
  KEY_BYTES,
  pad,
  unpad,
} from './block-ciphers.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

const CIPHERS = ['3des', 'aes128', 'aes192', 'aes256'] as const satisfies BlockCipher[];
/** NIST SP 800-38A, F.2: the first two blocks and the IV. */
const PLAIN = hex('6BC1BEE22E409F96E93D7E117393172A AE2D8A571E03AC9C9EB76FAC45AF8E51');
const IV = hex('000102030405060708090A0B0C0D0E0F');

for (const [clause, cipher, key, encrypted] of [
  [
    'F.2.1',
    'aes128',
    '2B7E151628AED2A6ABF7158809CF4F3C',
    '7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2',
  ],
  [
    'F.2.3',
    'aes192',
    '8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B',
    '4F021DB243BC633D7178183A9FA071E8B4D9ADA9AD7DEDF4E5E738763F69145A',
  ],
  [
    'F.2.5',
    'aes256',
    '603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4',
    'F58C4C04D6E5F1BA779EABFB5F7BFBD69CFC4E967EDB808D679F777BC6702C7D',
  ],
] as const) {
  test(`${cipher} in CBC mode, NIST SP 800-38A ${clause}`, () => {
    expect(toHex(cbcEncrypt(cipher, hex(key), PLAIN, IV))).toBe(encrypted);
    expect(cbcDecrypt(cipher, hex(key), hex(encrypted), IV)).toEqual(Buffer.from(PLAIN));
  });
}

test('3DES in CBC mode without an IV, ICAO 9303-11 D.3: S gives E.IFD', () => {
  const keyEnc = hex('AB94FDECF2674FDFB9B391F85D7F76F2');
  const s = hex('781723860C06C226 4608F91988702212 0B795240CB7049B01C19B33E32804F0B');
  expect(toHex(cbcEncrypt('3des', keyEnc, s))).toBe(
    '72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2',
  );
});

test('what is encrypted is decrypted again, whatever the cipher', () => {
  const cases = fc.constantFrom(...CIPHERS).chain((cipher) =>
    fc.record({
      cipher: fc.constant(cipher),
      key: fc.uint8Array({ minLength: KEY_BYTES[cipher], maxLength: KEY_BYTES[cipher] }),
      iv: fc.uint8Array({ minLength: BLOCK_BYTES[cipher], maxLength: BLOCK_BYTES[cipher] }),
      data: fc.uint8Array({ maxLength: 400 }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ cipher, key, iv, data }) => {
      const blockBytes = BLOCK_BYTES[cipher];
      const encrypted = cbcEncrypt(cipher, key, pad(data, blockBytes), iv);
      const decrypted = unpad(cbcDecrypt(cipher, key, encrypted, iv), blockBytes);
      expect(decrypted).toEqual(Buffer.from(data));
    }),
  );
});

test('padding method 2 of ISO/IEC 9797-1: always at least one byte, at most a block', () => {
  expect(toHex(pad(hex(''), 8))).toBe('8000000000000000');
  expect(toHex(pad(hex('01020304050607'), 8))).toBe('0102030405060780');
  expect(toHex(pad(hex('0102030405060708'), 8))).toBe('01020304050607088000000000000000');
});

for (const [name, padded] of [
  ['nothing', ''],
  ['zeros alone', '0000000000000000'],
  ['another last byte', '0102030405060781'],
  ['a whole block of zeros after the 80', '80000000000000000000000000000000'],
] as const) {
  test(`${name} is not padded`, () => expect(unpad(hex(padded), 8)).toBeNull());
}

test('a key of another length is a mistake of the caller', () => {
  expect(() => cbcEncrypt('aes256', new Uint8Array(16), PLAIN)).toThrow(RangeError);
});
