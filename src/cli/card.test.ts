import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  CSCA,
  GROUPS,
  SIGNER_CERTIFICATE,
  sodFile,
} from '../../test/support/identity-card-evidence.ts';
import { cardCommand } from './card.ts';
import { trustCommand } from './trust.ts';

/** TD1 of a person who does not exist; its digits are right. */
const ZONE =
  'IDVNM2000000012001200000001<<9' +
  '0001021M3501022VNM<<<<<<<<<<<4' +
  'NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<';
const DG1 = Buffer.concat([Buffer.from('615d5f1f5a', 'hex'), Buffer.from(ZONE)]);
const CARD = new Map([...GROUPS, [1, DG1] as const]);
const SOD = sodFile({ groups: CARD });

let folder: string;
let saved: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-card-cli-'));
  saved = join(folder, 'saved');
  mkdirSync(saved);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const save = (name: string, bytes: Uint8Array | string) => writeFileSync(join(saved, name), bytes);

async function run(command: typeof cardCommand, ...args: string[]) {
  const out: string[] = [];
  const told: string[] = [];
  let exit = 0;
  await command({
    stdin: Readable.from([]),
    out: (line) => out.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: join(folder, 'data') },
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  })
    .exitOverride()
    .parseAsync(args, { from: 'user' });
  return { out, told, exit };
}

async function pin(purpose = 'cccd') {
  writeFileSync(join(folder, 'csca.der'), CSCA.certificate);
  await run(trustCommand, 'import', join(folder, 'csca.der'), '--for', purpose);
}

async function verify(...args: string[]) {
  const { out, exit } = await run(cardCommand, 'verify', saved, '--json', ...args);
  return { last: JSON.parse(out.at(-1) ?? '{}'), lines: out.map((l) => JSON.parse(l)), exit };
}

test('files as their issuer signed them are chip-not-proven at best, and exit 3', async () => {
  await pin();
  save('EF_SOD.bin', SOD);
  save('DG1.bin', DG1);
  save('0102.bin', GROUPS.get(2) ?? '');
  const { last, lines, exit } = await verify();
  expect(last).toMatchObject({
    ...{ authenticity: 'chip-not-proven', signature: 'valid', chain: 'valid', hashes: 'valid' },
    purpose: 'cccd',
  });
  expect(last.checks).toContainEqual({ code: 'country.document', outcome: 'passed' });
  expect(last.checks).toContainEqual({ code: 'group.13', outcome: 'skipped' });
  expect(last.signer.subject).toContain('Document Signer 1');
  expect(lines[0]).toEqual({ file: 'EF.DG2', bytes: 12, hash: 'passed' });
  expect(exit).toBe(3);
});

test('a security object alone earns what its signature and chain do, hashes none', async () => {
  save('011d.BIN', SOD);
  expect(await verify()).toMatchObject({
    last: {
      authenticity: 'issuer-unknown',
      signature: 'valid',
      chain: 'no-anchor',
      hashes: 'none',
    },
    exit: 3,
  });
  await pin();
  expect((await verify()).last).toMatchObject({
    ...{ authenticity: 'chip-not-proven', chain: 'valid', hashes: 'none', purpose: null },
  });
});

test('an identity card of Vietnam is not vouched for by an anchor of passports', async () => {
  await pin('passport');
  save('EF_SOD.bin', SOD);
  save('DG1.bin', DG1);
  const { last } = await verify();
  expect(last).toMatchObject({ authenticity: 'issuer-unknown', chain: 'no-anchor' });
});

test.each([
  ['a changed group', 'DG1.bin', Buffer.from(DG1).fill(0x39, 20, 21)],
  ['a group that nobody signed', 'DG11.bin', Buffer.from('6b00', 'hex')],
  ['an empty file', 'DG2.bin', Buffer.alloc(0)],
])('%s is altered', async (_, name, bytes) => {
  await pin();
  save('EF_SOD.bin', SOD);
  save(name, bytes);
  expect(await verify()).toMatchObject({
    last: { authenticity: 'altered', hashes: 'invalid' },
    exit: 3,
  });
});

test('what EF.COM says is told and changes nothing', async () => {
  await pin();
  save('EF_SOD.bin', SOD);
  save('DG1.bin', DG1);
  save('EF_COM.bin', Buffer.from('60135f0104303130375f36063034303030305c0161', 'hex'));
  const { last } = await verify();
  expect(last.checks).toContainEqual({ code: 'com.groups-agree', outcome: 'failed' });
  expect(last.authenticity).toBe('chip-not-proven');
});

test('two signers, or bytes after the end, are understood and unverifiable', async () => {
  for (const bytes of [sodFile({ signers: 2 }), Buffer.concat([SOD, Buffer.alloc(1)])]) {
    save('EF_SOD.bin', bytes);
    expect(await verify()).toMatchObject({ last: { authenticity: 'unverifiable' }, exit: 3 });
  }
});

test.each([
  ['cut', SOD.subarray(0, 300)],
  ['empty', Buffer.alloc(0)],
  ['text', Buffer.from('no security object')],
])('a security object that is none (%s) exits 4 and still ends with the line', async (_, bytes) => {
  save('EF_SOD.bin', bytes);
  expect(await verify()).toMatchObject({
    last: { authenticity: 'unverifiable', signature: 'unverifiable', hashes: 'none' },
    exit: 4,
  });
});

test('hostile folders are refused by name, as input', async () => {
  await expect(verify()).rejects.toThrow(/no EF_SOD\.bin/);
  const secret = join(folder, 'secret');
  writeFileSync(secret, SOD);
  symlinkSync(secret, join(saved, 'EF_SOD.bin'));
  await expect(verify()).rejects.toThrow(/EF_SOD\.bin is a link/);
  rmSync(join(saved, 'EF_SOD.bin'));
  execFileSync('mkfifo', [join(saved, 'EF_SOD.bin')]);
  await expect(verify()).rejects.toThrow(/is no file/);
  rmSync(join(saved, 'EF_SOD.bin'));
  mkdirSync(join(saved, 'EF_SOD.bin'));
  await expect(verify()).rejects.toThrow(/is no file/);
  rmSync(join(saved, 'EF_SOD.bin'), { recursive: true });
  save('EF_SOD.bin', Buffer.alloc(65_537));
  await expect(verify()).rejects.toThrow(/65537 bytes: at most 65536/);
  save('EF_SOD.bin', SOD);
  save('011D.bin', SOD);
  await expect(verify()).rejects.toThrow(/EF\.SOD twice/);
  rmSync(saved, { recursive: true });
  await expect(verify()).rejects.toThrow(/ENOENT/);
});

test('a folder of very many files is refused', async () => {
  for (let index = 0; index <= 1_000; index++) save(`${index}.jpg`, '');
  await expect(verify()).rejects.toThrow(/over 1000 files/);
});

test('the signer’s certificate can be taken elsewhere, and nothing is written over', async () => {
  save('EF_SOD.bin', SOD);
  const file = join(folder, 'signer.der');
  await verify('--export-signer', file);
  expect(readFileSync(file).equals(SIGNER_CERTIFICATE)).toBe(true);
  await expect(verify('--export-signer', file)).rejects.toThrow(/EEXIST.*new file/);
});

test('a person reads what was found and what it means; nothing of the card’s holder', async () => {
  await pin();
  save('EF_SOD.bin', SOD);
  save('DG1.bin', DG1);
  save('notes.txt', '');
  const { out, told } = await run(cardCommand, 'verify', saved);
  expect(out).toContain('EF.DG1         95 bytes, hash passed');
  expect(out.at(-1)).toMatch(/^chip-not-proven: the data is as the issuer signed it/);
  expect(told).toEqual(['chot card verify: 1 other name(s) passed over']);
  expect(out.join()).not.toMatch(/NGUYEN|001200000001/);
});
