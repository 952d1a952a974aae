import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { guarded } from '../support/guarded.ts';

const RELEASES = 'opt/chot';
const SOMEBODY = 1_000;
const obstacle = existsSync('/usr/bin/systemd-sysusers') ? null : 'missing: systemd-sysusers';
if (obstacle !== null) process.stderr.write(`SKIPPED: the installer's copy: ${obstacle}\n`);

/** scripts/install of a small project: what it copies to /opt/chot, and what becomes of that when it is killed. */
describe.skipIf(obstacle !== null)('the copy that runs', () => {
  let folder = '';
  let project = '';
  let tree = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chot-copy-'));
    project = join(folder, 'project');
    tree = join(folder, 'tree');
    mkdirSync(tree);
    cpSync(join(packageRoot(), 'scripts'), join(project, 'scripts'), { recursive: true });
    cpSync(join(packageRoot(), 'devices/profiles'), join(project, 'devices/profiles'), {
      recursive: true,
    });
    for (const [path, text] of Object.entries(PROJECT)) put(path, text);
    build('1');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  function build(version: string): void {
    put('dist/build.json', JSON.stringify({ software: version, builtMs: 0 }));
  }
  const within = (path: string) => join(tree, path);
  const releases = () => readdirSync(within(RELEASES)).sort();
  /** The release that `current` leads to, and its version; in a tree of its own the link leads nowhere on this machine. */
  function current(): { readonly release: string; readonly version: string } {
    const release = readlinkSync(within(`${RELEASES}/current`));
    const { software } = JSON.parse(readFileSync(within(`${release}/dist/build.json`), 'utf8')) as {
      software: string;
    };
    return { release, version: software };
  }

  /** What it said; null where it was killed. `killedAt`: the first command of that name that it runs. */
  async function install(killedAt?: string): Promise<string | null> {
    const commands = join(folder, 'commands');
    rmSync(commands, { recursive: true, force: true });
    mkdirSync(commands);
    if (killedAt !== undefined) {
      writeFileSync(join(commands, killedAt), HALF_DONE, { mode: 0o755 });
    }
    const script = 'umask 077; exec "$0" --root "$1" --no-kiosk';
    const child = spawn('sh', ['-c', script, join(project, 'scripts/install'), tree], {
      detached: true,
      env: { ...process.env, PATH: `${commands}:${process.env['PATH']}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const [code] = await guarded('the installer', once(child, 'close'));
    if (code !== 0 && code !== null) throw new Error(said);
    return code === 0 ? said : null;
  }

  test('holds what the station runs and nothing that builds or tests it; is root’s, readable by the services, written by nobody else', async () => {
    const theirs = ['dist/src/cli/chot.js', 'node_modules/kept/index.js'];
    for (const path of theirs) chmodSync(join(project, path), path === theirs[0] ? 0o770 : 0o600);
    if (process.getuid?.() === 0) {
      for (const path of [...theirs, 'dist', 'node_modules/kept']) {
        chownSync(join(project, path), SOMEBODY, SOMEBODY);
      }
    }
    await install();
    const { release } = current();
    expect(filesBelow(within(release))).toEqual(
      [...SHIPPED, ...filesBelow(join(project, 'devices/profiles'), 'devices/profiles')].sort(),
    );
    const all = readdirSync(within(release), { recursive: true, encoding: 'utf8' });
    for (const path of ['', ...all]) {
      const { uid, mode } = statSync(within(join(release, path)));
      expect([uid, mode & 0o022], path).toEqual([process.getuid?.(), 0]);
      expect(mode & 0o044, path).toBe(0o044);
    }
    expect(statSync(within(`${release}/${theirs[0]}`)).mode & 0o111).toBe(0o111);
    for (const path of ['opt', RELEASES, 'etc/chot']) {
      expect(statSync(within(path)).mode & 0o777, path).toBe(0o755);
    }
  });

  test('is made again only when something was built anew; the one before stays, and none before that', async () => {
    await install();
    const first = current().release;
    const before = lstatSync(within(first));
    expect(await install()).not.toMatch(/copying|writing/);
    expect(lstatSync(within(first))).toEqual(before);
    // The same version, and not the same program.
    put('dist/src/cli/chot.js', 'mended');
    expect(await install()).toContain('copying');
    const second = current().release;
    expect(readFileSync(within(`${second}/dist/src/cli/chot.js`), 'utf8')).toBe('mended');
    expect(releases()).toHaveLength(3);
    build('2');
    await install();
    expect(current().version).toBe('2');
    const left = [second, current().release].map((release) => basename(release));
    expect(releases()).toEqual([...left, 'current'].sort());
  });

  test('killed while it copies, and once the new one has its name: what runs is the one before, whole; run again, the new one', async () => {
    await install();
    const { release } = current();
    build('2');
    for (const command of ['xargs', 'mv']) {
      expect(await install(command)).toBeNull();
      expect(current()).toEqual({ release, version: '1' });
    }
    expect(await install()).toContain('Done');
    expect(current().version).toBe('2');
    expect(filesBelow(within(current().release))).toEqual(filesBelow(within(release)));
    expect(releases()).toHaveLength(3);
  });
});

const LOCK = {
  packages: {
    '': {},
    'node_modules/kept': {},
    'node_modules/kept/node_modules/below': {},
    'node_modules/@of/kept': {},
    'node_modules/another-system': { optional: true },
    'node_modules/tool': { dev: true },
    'node_modules/@of/tool': { dev: true },
  },
};
const SHIPPED = [
  ...['LICENSE', 'package.json', 'package-lock.json', 'dist/build.json', 'dist/src/cli/chot.js'],
  ...['dist/devices/relay/board.js', 'dist/fixtures/people.js', 'web/dist/station/index.html'],
  ...['devices/camera/sim/rtsp-server.py', 'devices/card-reader/sim/vpcd-connect.mjs'],
  ...['node_modules/kept/index.js', 'node_modules/kept/node_modules/below/index.js'],
  ...['node_modules/@of/kept/index.js', 'node_modules/kept/build/Release/kept.node'],
];
const LEFT = [
  ...['node_modules/tool/index.js', 'node_modules/@of/tool/index.js', 'node_modules/.bin/tool'],
  ...['dist/scripts/bench/run.js', 'dist/test/support/rig.js', 'dist/devices/contract/suite.js'],
  ...['dist/src/cli/chot.js.map', 'src/cli/chot.ts', 'test/a.test.ts', '.git/HEAD'],
  ...['node_modules/kept/build/Release/obj.target/kept.o'],
];
const PROJECT: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...SHIPPED, ...LEFT].map((path) => [path, path])),
  'package-lock.json': JSON.stringify(LOCK),
};

/** In the place of a command: does its work, or as much as was given to it so far, and kills whoever asked for it. */
const HALF_DONE = `#!/bin/sh
case \${0##*/} in
  xargs) head -n 4 | PATH=\${PATH#*:} xargs "$@" ;;
  *) PATH=\${PATH#*:} "\${0##*/}" "$@" ;;
esac
kill -9 0
`;

function filesBelow(folder: string, as = ''): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(as, join(entry.parentPath, entry.name).slice(folder.length + 1)))
    .sort();
}
