import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as issuer from '../../test/support/chip-issuer.ts';
import { trustCommand } from './trust.ts';

const GERMANY = issuer.makeAuthority('DE', 'CSCA Germany');
const FRANCE = issuer.makeAuthority('FR', 'CSCA France');
const OLD = issuer.makeAuthority('JP', 'CSCA Japan', { notAfter: '2021-01-01' });
const LIST_SIGNER = issuer.ecKeys('secp384r1');
const LIST = issuer.makeSignedData({
  contentType: '2.23.136.1.1.2',
  content: issuer.makeMasterListContent([GERMANY.certificate, FRANCE.certificate]),
  certificates: [
    issuer.issue(GERMANY, LIST_SIGNER, {
      subject: issuer.name('DE', 'Master List Signer'),
      extensions: [issuer.keyUsage(0x80), issuer.extendedKeyUsage('2.23.136.1.1.3')],
    }),
  ],
  signature: issuer.ecdsa(LIST_SIGNER, 'sha384'),
  hash: 'sha384',
  issuer: GERMANY.name,
});
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-trust-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

async function run(...args: string[]) {
  const out: string[] = [];
  const told: string[] = [];
  let exit = 0;
  const command = trustCommand({
    stdin: Readable.from([]),
    out: (line) => out.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: join(folder, 'data') },
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  });
  for (const each of command.commands) each.configureOutput({ writeErr: () => {} });
  await command.exitOverride().parseAsync(args, { from: 'user' });
  return { out, told, exit, json: () => out.map((line) => JSON.parse(line)) };
}
const list = async () => (await run('list', '--json')).json();

test('a certificate is added, listed with what a person asks of it, and removed', async () => {
  const added = await run('import', file('de.cer', GERMANY.certificate), '--for', 'cccd', '--json');
  expect(added.json()).toMatchObject([
    { purpose: 'cccd', added: [{ country: 'DE', notAfter: '2035-01-01' }], refused: [] },
  ]);
  expect(added.exit).toBe(0);
  const [anchor, total] = await list();
  expect(anchor).toMatchObject({
    ...{ sha256: sha256(GERMANY.certificate), country: 'DE', purpose: 'cccd', warnings: [] },
    ...{ subject: 'C=DE, CN=CSCA Germany', keyId: Buffer.from(GERMANY.keys.keyId).toString('hex') },
  });
  expect(total).toMatchObject({ anchors: 1, crls: 0 });
  const removed = await run('remove', sha256(GERMANY.certificate).slice(0, 8).toUpperCase());
  expect(removed.out[0]).toMatch(/^removed: cccd +DE/);
  expect(await list()).toMatchObject([{ anchors: 0 }]);
});

test('passport is the purpose where none is named, and each purpose is removed for itself', async () => {
  const path = file('de.cer', GERMANY.certificate);
  await run('import', path);
  await run('import', path, '--for', 'cccd');
  expect(await list()).toMatchObject([{ purpose: 'cccd' }, { purpose: 'passport' }, {}]);
  await run('remove', sha256(GERMANY.certificate), '--for', 'passport');
  expect(await list()).toMatchObject([{ purpose: 'cccd' }, { anchors: 1 }]);
});

test('a master list counts by a signer under a pinned anchor', async () => {
  const [cer, ml] = [file('de.cer', GERMANY.certificate), file('list.ml', LIST)];
  const { exit, json } = await run('import', cer, ml, '--json');
  expect(exit).toBe(0);
  expect(json()[1]).toMatchObject({
    ...{ added: [{ country: 'FR' }], present: 1, masterLists: [{ accepted: 'signer' }] },
  });
});

test('a master list of strangers is refused, says what to do, and counts by its typed SHA-256', async () => {
  const ml = file('list.ml', LIST);
  const refused = await run('import', ml);
  expect(refused.exit).toBe(3);
  expect(refused.out.join()).toMatch(/refused: master list: .*--sha256/);
  expect((await run('import', ml, '--sha256', '0'.repeat(64))).exit).toBe(3);
  expect(await list()).toMatchObject([{ anchors: 0 }]);
  expect((await run('import', ml, '--sha256', sha256(LIST).toUpperCase())).exit).toBe(0);
  expect(await list()).toMatchObject([{}, {}, { anchors: 2 }]);
});

test('a file that is not understood exits 4, and the others are taken in', async () => {
  const { exit, told } = await run(
    ...['import', file('notes.txt', 'hello'), file('de.cer', GERMANY.certificate)],
    ...[file('fake.pem', '-----BEGIN CERTIFICATE-----\n'), join(folder, 'nothing'), folder],
  );
  expect(exit).toBe(4);
  expect(told).toHaveLength(4);
  expect(await list()).toMatchObject([{ country: 'DE' }, { anchors: 1 }]);
});

test('a private key and a file that is cut off are told from certificates, with what to do', async () => {
  const pem = (label: string) => `-----BEGIN ${label}-----\nTm90aGluZw==\n-----END ${label}-----\n`;
  const { exit, told } = await run(
    ...['import', file('key.pem', pem('PRIVATE KEY'))],
    file('cut.pem', pem('CERTIFICATE').slice(0, 40)),
  );
  expect(exit).toBe(4);
  expect(told[0]).toMatch(/key\.pem: .*is a private key, not a certificate: never copy it/);
  expect(told[1]).toMatch(/cut\.pem: .*cut off.*copy the file again/);
  const german = `-----BEGIN CERTIFICATE-----\n${Buffer.from(GERMANY.certificate).toString('base64')}\n-----END CERTIFICATE-----\n`;
  const both = await run('import', file('both.pem', german + pem('PRIVATE KEY')));
  expect(both.exit).toBe(3);
  expect(both.out.join()).toMatch(/refused: PRIVATE KEY: it is a private key.*delete it here/);
  expect(await list()).toMatchObject([{ country: 'DE' }, {}]);
});

test('what is no authority is refused with a reason', async () => {
  const leaf = issuer.issue(GERMANY, issuer.ecKeys());
  const { out, exit } = await run('import', file('ds.cer', leaf));
  expect(exit).toBe(3);
  expect(out.join()).toMatch(/no certificate of an issuing authority .*anchor\.not-ca/);
});

test('an expired anchor and an old revocation list carry warnings', async () => {
  const crl = issuer.makeCrl(OLD, [7], { thisUpdate: '2020-01-01', nextUpdate: '2020-02-01' });
  await run('import', file('jp.cer', OLD.certificate), file('jp.crl', crl));
  expect(await list()).toMatchObject([
    { country: 'JP', warnings: ['expired'] },
    { country: 'JP', revoked: 1, warnings: ['out-of-date'] },
    { anchors: 1, crls: 1 },
  ]);
  expect((await run('list')).out[0]).toMatch(/! expired$/);
});

test('the store is for its owner alone, and a damaged one is named with what to do', async () => {
  await run('import', file('de.cer', GERMANY.certificate));
  const store = join(folder, 'data', 'trust', 'chip-anchors.jsonl');
  expect(statSync(store).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'data', 'trust')).mode & 0o777).toBe(0o700);
  writeFileSync(store, readFileSync(store, 'utf8').slice(0, 200));
  await expect(list()).rejects.toThrow(/chip-anchors\.jsonl is damaged: .*line 2.*import/);
});

test('wrong words are refused before anything is read', async () => {
  await expect(run('remove', 'abcdef')).rejects.toThrow(/8 to 64 hexadecimal/);
  await expect(run('remove', 'abcdef01')).rejects.toThrow(/no certificate begins with/);
  await expect(run('import', 'x', '--sha256', 'abc')).rejects.toThrow(/64 hexadecimal/);
  await expect(run('import', 'x', '--for', 'visa')).rejects.toThrow(/visa/);
  await expect(run('import', 'a', 'b', '--sha256', '0'.repeat(64))).rejects.toThrow(/one by one/);
});

test('every change leaves word for the journal: one of each file, none where nothing changed', async () => {
  const path = file('de.cer', GERMANY.certificate);
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(FRANCE.certificate).toString('base64')}\n-----END CERTIFICATE-----\n`;
  await run('import', path, file('fr.pem', pem));
  await run('import', path);
  await run('remove', sha256(FRANCE.certificate));
  const folderOfSlips = join(folder, 'data', 'trust-changes');
  const slips = readdirSync(folderOfSlips)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folderOfSlips, name), 'utf8')).changes);
  const [de, fr] = [sha256(GERMANY.certificate), sha256(FRANCE.certificate)];
  expect(slips).toHaveLength(2);
  expect(slips).toContainEqual([
    { event: 'added', purpose: 'passport', fingerprint: de },
    { event: 'added', purpose: 'passport', fingerprint: fr },
  ]);
  expect(slips).toContainEqual([{ event: 'removed', purpose: 'passport', fingerprint: fr }]);
});
