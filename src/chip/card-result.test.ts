import { expect, test } from 'vitest';
import { signFiles } from '../../devices/card-reader/emulated/card-issuer.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { put, readOnReader } from '../../test/support/card-on-reader.ts';
import { SAMPLE_ISSUER, SAMPLE_PERSON, sampleCard } from '../../test/support/sample-card.ts';
import { resultOf } from './card-result.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { readTlvs, writeTlv } from './tlv.ts';

/** The card with these groups instead of its own, signed anew; null leaves one out. */
function withGroups(
  spec: CardSpec,
  changes: Readonly<Record<number, Uint8Array | null>>,
): CardSpec {
  const files = new Map(spec.files);
  const groups = new Map<number, Uint8Array>();
  for (const [group, change] of Object.entries(changes)) {
    if (change === null) files.delete(0x0100 + Number(group));
    else files.set(0x0100 + Number(group), change);
  }
  for (const [id, bytes] of files) if (id <= 0x0110) groups.set(id - 0x0100, bytes);
  files.set(0x011d, signFiles(SAMPLE_ISSUER, groups, 0));
  return { ...spec, files };
}

/** 0.4.0.127.0.7.2.2.4 */
const ID_PACE = '04007f0007020204';

const group = (spec: CardSpec, number: number) =>
  Uint8Array.from(spec.files.get(0x0100 + number) ?? []);

test('without EF.DG13 the lane is told what the machine-readable zone has', async () => {
  const { reading } = await readOnReader([put(withGroups(await sampleCard(), { 13: null }))]);
  expect(resultOf(reading)).toMatchObject({
    fields: {
      ...{ number: SAMPLE_PERSON.number, name: 'NGUYEN VAN AN', birth: '1999-01-01' },
      ...{ sex: 'male', issued: null, expires: '2039-01-01' },
    },
    checks: [{ code: 'card.groups-agree', outcome: 'skipped' }, { outcome: 'passed' }],
  });
});

test('an expiry that EF.DG13 does not tell is that of the zone', async () => {
  const spec = await sampleCard();
  const own = Buffer.from(group(spec, 13));
  own.write('xx/xx/xxxx', own.indexOf('01/01/2039'));
  const { reading } = await readOnReader([put(withGroups(spec, { 13: own }))]);
  const { fields } = resultOf(reading);
  expect(fields).toMatchObject({ name: SAMPLE_PERSON.name, expires: '2039-01-01' });
});

test('a birth date that EF.DG13 does not tell is that of the zone', async () => {
  const spec = await sampleCard();
  const own = Buffer.from(group(spec, 13));
  own.write('xx/xx/xxxx', own.indexOf('01/01/1999'));
  const { reading } = await readOnReader([put(withGroups(spec, { 13: own }))]);
  const { fields } = resultOf(reading);
  expect(fields).toMatchObject({ name: SAMPLE_PERSON.name, birth: '1999-01-01' });
});

test('an EF.DG13 of another person than the zone is told', async () => {
  const other = await sampleCard({ person: { ...SAMPLE_PERSON, number: '001099000003' } }, 'other');
  const spec = withGroups(await sampleCard(), { 13: group(other, 13) });
  const { reading } = await readOnReader([put(spec)]);
  expect(resultOf(reading).checks).toContainEqual({ code: 'card.groups-agree', outcome: 'failed' });
});

test('an EF.DG14 that says nothing of PACE leaves nothing to hold EF.CardAccess against', async () => {
  const spec = await sampleCard();
  const [signed] = readTlvs(group(spec, 14)).flatMap(({ value }) => readTlvs(value));
  const others = readTlvs(signed?.value ?? new Uint8Array(0))
    .map(({ raw }) => Buffer.from(raw))
    .filter((raw) => !raw.toString('hex').includes(ID_PACE));
  const without = writeTlv(0x6e, writeTlv(0x31, ...others));
  const { reading } = await readOnReader([put(withGroups(spec, { 14: without }))]);
  expect(reading.chipAuthentication).toBe('passed');
  expect(resultOf(reading).checks).toContainEqual({
    ...{ code: 'card.access-agrees', outcome: 'impossible' },
  });
});

test('an EF.CardAccess with other parameters than signed contradicts EF.DG14', async () => {
  const spec = await sampleCard();
  const offered = Buffer.from(spec.masterFiles.get(0x011c) ?? []);
  // The last byte of the only PACEInfo: which curve.
  offered.writeUInt8(offered.readUInt8(offered.length - 1) ^ 1, offered.length - 1);
  const { access, signedInfos, ...rest } = (await readOnReader([put(spec)])).reading;
  expect(signedInfos?.pace).toHaveLength(1);
  const infos = parseSecurityInfos(offered);
  const cardAccess = { kind: 'read', bytes: offered, infos } as const;
  const { checks } = resultOf({ ...rest, signedInfos, access: { ...access, cardAccess } });
  expect(checks).toContainEqual({ code: 'card.access-agrees', outcome: 'failed' });
});

test('an EF.DG2 whose head announces a few bytes too many or too few is shown as it was signed', async () => {
  for (const by of [-8, -1, 1, 8]) {
    const spec = await sampleCard();
    const photo = group(spec, 2);
    // 75 82 hh ll
    const length = photo.length - 4 + by;
    photo.set([length >> 8, length & 0xff], 2);
    const { reading } = await readOnReader([put(withGroups(spec, { 2: photo }))]);
    expect(reading.groups.get(2)?.hash).toBe('passed');
    expect(resultOf(reading).photo).not.toBeNull();
  }
});

test('an EF.SOD of indefinite length is read to its end', async () => {
  const spec = await sampleCard();
  const sod = spec.files.get(0x011d) ?? new Uint8Array(0);
  // 77 82 hh ll
  const indefinite = Buffer.concat([Uint8Array.of(0x77, 0x80), sod.subarray(4), Buffer.alloc(2)]);
  const files = new Map([...spec.files, [0x011d, indefinite] as const]);
  const { reading } = await readOnReader([put({ ...spec, files })]);
  expect(reading.groups.get(2)?.hash).toBe('passed');
  expect('bytes' in reading.sod && reading.sod.bytes.length).toBe(indefinite.length);
});

test('groups that are wanted and not there, or not allowed, cost nothing else', async () => {
  const spec = { ...(await sampleCard()), forbidden: [0x0103, 0x010d] };
  const { reading } = await readOnReader([put(spec)], { groups: [1, 2, 11, 12, 13] });
  expect([...reading.groups.keys()]).toEqual([1, 13, 14, 15, 2]);
  expect(reading.groups.get(13)?.outcome).toEqual({ kind: 'refused', sw: 0x6982 });
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'passed' });
});

test('a card that does not open has no fields, no photograph and no proof', async () => {
  const { reading } = await readOnReader([put({ ...(await sampleCard()), can: '999999' })]);
  const { fields, photo, evidence, access } = resultOf(reading);
  expect([fields, photo]).toEqual([null, null]);
  expect(evidence).toMatchObject({ sod: { problem: 'sod.not-read' }, document: null });
  expect(access.problem).toBe('number-does-not-open');
});
