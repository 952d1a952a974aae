import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseCom } from '../../../src/chip/lds/com.ts';
import { parseDg1 } from '../../../src/chip/lds/dg1.ts';
import { parseDg2 } from '../../../src/chip/lds/dg2.ts';
import { parseDg13 } from '../../../src/chip/lds/dg13.ts';
import { parseSod } from '../../../src/chip/lds/sod.ts';
import { parseCertificate } from '../../../src/chip/trust/certificate.ts';
import { authenticate } from '../../../src/chip/trust/passive-authentication.ts';
import { addAnchor, EMPTY_TRUST_STORE } from '../../../src/chip/trust/trust-store.ts';
import {
  SAMPLE_ISSUER,
  SAMPLE_PERSON,
  sampleCard,
  samplePortrait,
  seededRandom,
} from '../../../test/support/sample-card.ts';
import { dg1File, dg13File, FILE_ID, groupFileId } from './card-files.ts';
import type { CardFlaw } from './card-flaw.ts';
import { type CardIssuer, makeIssuer } from './card-issuer.ts';
import { type CardPerson, mrzLines } from './card-person.ts';
import type { CardSpec } from './card-spec.ts';
import { makeSigningKeys } from './signing-keys.ts';

const NOW_MS = Date.UTC(2026, 5, 15);
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const file = ({ files }: CardSpec, fileId: number) => files.get(fileId) ?? new Uint8Array(0);

test('the machine-readable zone is the one Vietnam prints', () => {
  expect(mrzLines(SAMPLE_PERSON)).toEqual([
    'IDVNM0990000017001099000001<<8',
    '9901018M3901016VNM<<<<<<<<<<<4',
    'NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<',
  ]);
  expect(toHex(dg1File(SAMPLE_PERSON)).slice(0, 10)).toBe('615D5F1F5A');
});

test.each([
  ['Trần Thị Đào', 'TRAN<<THI<DAO<<<<<<<<<<<<<<<<<'],
  ['Nguyễn Hoàng Khánh Phương Thảo Linh', 'NGUYEN<<HOANG<KHANH<PHUONG<THA'],
])('the name %s is transliterated and cut', (name, line) => {
  expect(mrzLines({ ...SAMPLE_PERSON, name })[2]).toBe(line);
});

test.each<[string, Partial<CardPerson>]>([
  ['a woman', { sex: 'female', number: '079300000002', birth: '2000-12-31' }],
  ['a card without end', { expires: null }],
])('every check digit of %s holds', (_, changes) => {
  const { checks, personalNumber } = parseDg1(dg1File({ ...SAMPLE_PERSON, ...changes }));
  expect(Object.values(checks)).not.toContain('failed');
  expect(personalNumber).toBe(changes.number ?? SAMPLE_PERSON.number);
});

test("EF.DG13 is byte for byte what Vietnam's cards were seen to have", () => {
  // A synthetic file of that layout, made by another programme.
  const expected = [
    '6D82020F3082020B020101060628D316010008318201FC3011020101130C30303130393930303030303130150201020C',
    '104E677579E1BB856E2056C4836E20416E300F020103130A30312F30312F3139393930080201040C034E616D300F0201',
    '050C0A5669E1BB8774204E616D30090201060C044B696E68300B0201070C064B68C3B46E6730340201080C2F58C3A320',
    '56C3AD2044E1BBA52C20487579E1BB876E205468E1BBAD204E676869E1BB876D2C2048C3A0204EE1BB99693081A20201',
    '090C819C53E1BB91203120C490C6B0E1BB9D6E67204DE1BAAB752C205068C6B0E1BB9D6E672056C3AD2044E1BBA52C20',
    '5175E1BAAD6E205468E1BBAD204E676869E1BB876D2C205468C3A06E68207068E1BB912048C3A0204EE1BB99692C20C4',
    '91E1BB8B61206368E1BB89206BC3A96F2064C3A06920C491E1BB83207468E1BBAD20C491E1BB992064C3A069206CE1BB',
    '9B6E2068C6A16E203132372062797465303202010A0C2D4EE1BB9174207275E1BB936920633A31636D207472C3AA6E20',
    '7361752063C3A16E68206DC5A969207472C3A169300F02010B130A30312F30362F32303231300F02010C0C0A30312F30',
    '312F32303339302F02010D30150C134E677579E1BB856E2056C4836E2042C3AC6E6830130C115472E1BAA76E205468E1',
    'BB8B2043C3BA63300302010E300E02010F13093031323334353637383015020110131030304141313142423232434333',
    '334444',
  ].join('');
  const person = {
    ...SAMPLE_PERSON,
    issued: '2021-06-01',
    residence:
      'Số 1 Đường Mẫu, Phường Ví Dụ, Quận Thử Nghiệm, Thành phố Hà Nội, địa chỉ kéo dài để thử độ dài lớn hơn 127 byte',
  };
  expect(toHex(dg13File(person, '2021'))).toBe(expected);
});

test.each(['2021', '2024'] as const)('EF.DG13 of %s is read back, empty fields too', (layout) => {
  const empty = { ...SAMPLE_PERSON, father: null, features: null, oldNumber: null, expires: null };
  expect(parseDg13(dg13File(SAMPLE_PERSON, layout))).toMatchObject({
    ...{ father: SAMPLE_PERSON.father, mother: SAMPLE_PERSON.mother, spouse: null, unknown: [] },
  });
  expect(parseDg13(dg13File({ ...empty, spouse: 'Lê Thị Dung' }, layout))).toMatchObject({
    ...{ features: null, oldNumber: null, expires: 'Không thời hạn', spouse: 'Lê Thị Dung' },
  });
});

test('EF.DG2 has the portrait, EF.COM every group', async () => {
  const spec = await sampleCard();
  const portrait = await samplePortrait();
  const [picture] = parseDg2(file(spec, groupFileId(2)));
  expect(picture).toMatchObject({ width: portrait.width, height: portrait.height });
  expect(Buffer.from(picture?.bytes ?? []).equals(portrait.bytes)).toBe(true);
  expect(parseCom(file(spec, FILE_ID.com)).groups).toEqual([1, 2, 3, 13, 14, 15]);
});

function judge(spec: CardSpec, issuer: CardIssuer = SAMPLE_ISSUER) {
  const anchor = {
    certificate: parseCertificate(issuer.authorityCertificate),
    ...({ purpose: 'cccd', source: 'test', addedDay: '2026-01-01' } as const),
  };
  const added = addAnchor(EMPTY_TRUST_STORE, anchor, new Set());
  if (added.kind === 'refused') throw new Error(added.code);
  const read = [1, 2, 13, 14, 15].map((group) => [group, file(spec, groupFileId(group))] as const);
  const evidence = {
    sod: parseSod(file(spec, FILE_ID.sod)),
    groups: new Map(read.filter(([, bytes]) => bytes.length > 0)),
    document: { code: 'ID', issuingState: 'VNM' },
    issuedMs: Date.UTC(2024, 5, 15),
    ...({ chipAuthentication: 'passed', activeAuthentication: 'passed' } as const),
  };
  return authenticate(added.store, evidence, NOW_MS);
}

test.each(['ecdsa-brainpoolP256r1', 'ecdsa-secp384r1', 'rsa-pss-2048'] as const)(
  'what an issuer with %s signs is genuine under its authority, in both versions of the SOD',
  async (kind) => {
    const issuer = makeIssuer(kind);
    for (const sodVersion of [0, 1] as const) {
      const spec = await sampleCard({ issuer, sodVersion });
      expect(parseSod(file(spec, FILE_ID.sod)).version).toBe(sodVersion);
      const { state, checks } = judge(spec, issuer);
      expect({ state, failed: checks.filter(({ outcome }) => outcome === 'failed') }).toEqual({
        state: 'genuine',
        failed: [],
      });
    }
  },
);

test('keys of chips follow from the random source alone', () => {
  const [one, same, other] = ['a', 'a', 'b'].map(
    (seed) => makeSigningKeys('ecdsa-secp384r1', seededRandom(seed)).publicKeyInfo,
  );
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
  const key = createPublicKey({ key: Buffer.from(one ?? []), format: 'der', type: 'spki' });
  expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
});

test.each<[string, CardFlaw, string]>([
  ['an altered portrait', { kind: 'altered', fileId: 0x0102 }, 'altered'],
  [
    'an expired signer',
    { kind: 'expired-signer', days: { from: '2023-01-01', until: '2025-01-01' } },
    'unverifiable',
  ],
])('%s is told', async (_, flaw, state) => {
  expect(judge(await sampleCard({ flaws: [flaw] })).state).toBe(state);
});

test('an unknown issuer is never genuine, though it has the name and country of the known', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'unknown-issuer' }] });
  const { state, signature } = judge(spec);
  expect({ state, signature }).toEqual({ state: 'issuer-unknown', signature: 'valid' });
});
