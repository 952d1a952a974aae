import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { numberOf, Publisher } from '../../test/support/publisher.ts';
import { compiledEntry } from '../kernel/package-root.ts';
import { installAll } from './install-all.ts';
import type { Manifest } from './published/manifest.ts';
import { RegisterStore } from './register-store.ts';

const SOAK = process.env['CHOT_SOAK'] === '1';
const REGION = { generation: 1, key: new Uint8Array(32).fill(2) };
const SECRETS = { databaseKey: new Uint8Array(32).fill(1), region: REGION };
const SYNCS = 'fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat';
const ROWS = 40;

/** Installs the manifest in a file, in a thread of its own; published files lie beside it. */
const CHILD = `
const { readFileSync } = await import('node:fs');
const { installManifest } = await import(process.argv[1]);
const [folder, published] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(published + '/manifest.json', 'utf8'));
const secrets = { databaseKey: new Uint8Array(32).fill(1), region: { generation: 1, key: new Uint8Array(32).fill(2) } };
const outcome = await installManifest(
  { folder, secrets, manifest, nowMs: 1, distrusted: [] },
  async (sha256) => readFileSync(published + '/' + sha256),
  new AbortController().signal,
);
if (outcome.items.some(({ kind }) => kind === 'failed')) process.exitCode = 1;
else process.stdout.write('installed');`;

let base: string;
let publisher: Publisher;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chot-install-crash-'));
  publisher = new Publisher(REGION);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Version n lists n * ROWS persons. */
function publish(version: number, rebase: boolean): Manifest {
  const entries = Array.from({ length: version * ROWS }, (_, at) => ({ number: numberOf(at) }));
  return publisher.publish('f0', version, publisher.rows('f0', entries), rebase);
}

function runInstall(folder: string, published: string, strace: readonly string[]) {
  const entry = compiledEntry('src/registers/install-manifest.ts').href;
  const node = [process.execPath, '--input-type=module', '-e', CHILD, entry, folder, published];
  const child = spawn('strace', ['-f', '-qq', ...strace, ...node], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise<{ readonly code: number | null; readonly isInstalled: boolean }>((resolve) => {
    child.once('close', (code) => resolve({ code, isInstalled: said === 'installed' }));
  });
}

/** The version in place, every row of it looked up; null when the register may not be relied on. */
function wholeVersion(folder: string): number | null {
  const store = new RegisterStore(folder, SECRETS);
  try {
    const condition = store.condition('f0');
    if (condition.state !== 'usable') return null;
    const rows = condition.version * ROWS;
    for (let at = 0; at <= rows; at++) {
      if (store.lookup('f0', 'number', numberOf(at)).length !== (at < rows ? 1 : 0)) return null;
    }
    return condition.version;
  } finally {
    store.close();
  }
}

test.each([
  ['a base', true],
  ['a delta', false],
])(
  'killed at any sync, rename or removal, the installation of %s leaves the old version or the new one whole',
  async (_, rebase) => {
    const one = join(base, 'one');
    mkdirSync(one);
    const task = { folder: one, secrets: SECRETS, nowMs: 1, distrusted: [] };
    await installAll({ ...task, manifest: publish(1, false) }, publisher.fetchFile);
    const published = join(base, 'published');
    mkdirSync(published);
    writeFileSync(join(published, 'manifest.json'), JSON.stringify(publish(2, rebase)));
    for (const [name, bytes] of publisher.files) writeFileSync(join(published, name), bytes);
    const found = new Set<number | null>();
    for (let at = 1; ; at += SOAK ? 1 : 4) {
      expect(at).toBeLessThan(200);
      const folder = join(base, `killed-at-${at}`);
      cpSync(one, folder, { recursive: true });
      const inject = ['-e', `trace=${SYNCS}`, '-e', `inject=${SYNCS}:signal=KILL:when=${at}`];
      const { code, isInstalled } = await runInstall(folder, published, inject);
      const version = wholeVersion(folder);
      expect([1, 2], `killed at ${at}`).toContain(version);
      if (isInstalled) expect(version).toBe(2);
      found.add(version);
      if (code === 0) break;
      // And whatever was left lying about does not stop the next one.
      if (SOAK) expect((await runInstall(folder, published, [])).isInstalled).toBe(true);
    }
    expect([...found].sort()).toEqual([1, 2]);
  },
  SOAK ? 600_000 : 60_000,
);

test('a disk that fails its syncs fails the installation and leaves a whole version, no draft', async () => {
  const folder = join(base, 'eio');
  mkdirSync(folder);
  const task = { folder, secrets: SECRETS, nowMs: 1, distrusted: [] };
  await installAll({ ...task, manifest: publish(1, false) }, publisher.fetchFile);
  const published = join(base, 'published');
  mkdirSync(published);
  writeFileSync(join(published, 'manifest.json'), JSON.stringify(publish(2, true)));
  for (const [name, bytes] of publisher.files) writeFileSync(join(published, name), bytes);
  const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=1+'];
  expect((await runInstall(folder, published, inject)).isInstalled).toBe(false);
  expect(wholeVersion(folder)).toBe(1);
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
}, 60_000);
