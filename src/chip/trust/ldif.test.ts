import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { readLdif } from './ldif.ts';

const read = (text: string) =>
  [...readLdif(Buffer.from(text))].map(({ kind, bytes, line }) => ({
    ...{ kind, line },
    text: Buffer.from(bytes).toString(),
  }));

test('certificates, lists and master lists are found among other attributes', () => {
  const text = [
    'version: 1',
    '# ICAO PKD',
    'dn: cn=x,o=dsc,c=VN,dc=data,dc=download,dc=pkd,dc=icao,dc=int',
    'pkdVersion: 1150',
    'userCertificate;binary:: b25l',
    'sn: 1',
    '',
    'dn: cn=y,o=crl,c=VN',
    'certificateRevocationList;binary:: dHdv',
    '',
    'pkdMasterListContent:: dGhyZWU=',
    'CscaMasterListData:: Zm91cg==',
    'cACertificate;binary:: Zml2ZQ==',
  ].join('\n');
  expect(read(text)).toEqual([
    { kind: 'certificate', line: 5, text: 'one' },
    { kind: 'crl', line: 9, text: 'two' },
    { kind: 'master-list', line: 11, text: 'three' },
    { kind: 'master-list', line: 12, text: 'four' },
    { kind: 'certificate', line: 13, text: 'five' },
  ]);
});

test('a folded value of any width and line ending comes out whole', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom('\n', '\r\n'),
      (bytes, width, newline) => {
        const line = `userCertificate;binary:: ${Buffer.from(bytes).toString('base64')}`;
        const folded =
          line.slice(0, 26) +
          line.slice(26).replace(new RegExp(`.{${width}}`, 'g'), `$&${newline} `);
        const [object, ...more] = readLdif(Buffer.from(`dn: x${newline}${folded}${newline}`));
        expect(more).toEqual([]);
        expect(Buffer.from(object?.bytes ?? [])).toEqual(Buffer.from(bytes));
      },
    ),
    { numRuns: 200 },
  );
});

test('a comment that is folded stays a comment', () => {
  expect(read('# see\n userCertificate;binary:: b25l\ndn: x')).toEqual([]);
});

for (const [what, text, code] of [
  ['a value that is no base64', 'userCertificate;binary:: b25l!', 'ldif.encoding'],
  ['a value cut short', 'userCertificate;binary:: b25lZ', 'ldif.encoding'],
  ['an empty value', 'userCertificate;binary::', 'ldif.encoding'],
  ['a value by reference to a file', 'userCertificate;binary:< file:///x', 'ldif.encoding'],
] as const) {
  test(`${what} is refused with its line`, () => {
    expect(() => read(`dn: x\n${text}`)).toThrow(expect.objectContaining({ code }));
    expect(() => read(`dn: x\n${text}`)).toThrow(/line 2/);
  });
}

test('any text gives objects or a ProtocolError', () => {
  const part = fc.constantFrom(
    'userCertificate;binary',
    ':',
    ':: ',
    '\n',
    ' ',
    '#',
    'QQ==',
    '\r\n',
    'dn',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      try {
        expect(read(parts.join('')).length).toBeLessThan(30);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
