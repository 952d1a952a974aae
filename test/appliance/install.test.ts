import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/kernel/package-root.ts';

const run = promisify(execFile);
const INSTALL = join(packageRoot(), 'scripts', 'install');
const PROFILES = join(packageRoot(), 'devices', 'profiles', 'scanners');

/** Without systemd's own programs neither users nor units can be checked. */
const missing = ['/usr/bin/systemd-sysusers', '/usr/bin/systemd-analyze'].filter(
  (file) => !existsSync(file),
);
if (missing.length > 0) process.stderr.write(`SKIPPED: installing needs ${missing.join(', ')}\n`);

describe.skipIf(missing.length > 0)('scripts/install', () => {
  let tree = '';
  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'chot-install-'));
  });
  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  const install = async (...more: readonly string[]): Promise<string> =>
    (await run(INSTALL, ['--program', packageRoot(), '--root', tree, ...more])).stderr;
  const read = (path: string): string => readFileSync(join(tree, path), 'utf8');

  test('writes units that systemd finds nothing wrong with, and that give little away', async () => {
    await install();
    for (const unit of ['chot-station', 'chot-kiosk']) {
      const file = join(tree, 'etc/systemd/system', `${unit}.service`);
      const verified = await run('systemd-analyze', [
        'verify',
        '--recursive-errors=no',
        file,
      ]).catch((error: { stderr: string }) => error);
      // The kiosk's program lies in the tree and not yet in its place.
      const said = verified.stderr
        .split('\n')
        .filter((line) => line !== '' && !line.includes('is not executable'));
      expect(said, unit).toEqual([]);
      expect(read(`etc/systemd/system/${unit}.service`)).not.toMatch(/@[A-Z]+@/);
    }
    const station = join(tree, 'etc/systemd/system/chot-station.service');
    const { stdout } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      station,
    ]);
    expect(stdout).toContain('OK');
  });

  test('a second time changes nothing, and a configuration never', async () => {
    await install();
    writeFileSync(join(tree, 'etc/chot/station.toml'), '# mine\n');
    expect(await install()).not.toContain('writing');
    expect(read('etc/chot/station.toml')).toBe('# mine\n');
  });

  test('looked at first, it writes nothing', async () => {
    expect(await install('--dry-run')).toContain(
      'would write /etc/systemd/system/chot-station.service',
    );
    expect(readdirSync(tree)).toEqual([]);
  });

  test('hides every scanner that a profile knows from the desktop, and gives ports names that stay', async () => {
    await install();
    const rules = read('etc/udev/rules.d/71-chot.rules').split('\n');
    const vendors = readdirSync(PROFILES).flatMap((file) => {
      const { usb = [] } = JSON.parse(readFileSync(join(PROFILES, file), 'utf8')) as {
        usb?: readonly { vendor: string }[];
      };
      return usb.map(({ vendor }) => vendor);
    });
    expect(vendors.length).toBeGreaterThan(0);
    for (const vendor of vendors) {
      const rule = rules.find((line) => line.includes(`ENV{ID_VENDOR_ID}=="${vendor}"`));
      expect(rule).toContain('ENV{LIBINPUT_IGNORE_DEVICE}="1"');
    }
    for (const rule of rules.filter((line) => line !== '' && !line.startsWith('#'))) {
      expect(rule).toMatch(/^([A-Z]+(\{[A-Za-z_0-9]+\})?(==|!=|\+=|=)"[^"]*"(, )?)+$/);
    }
    expect(rules.join('\n')).toContain('SYMLINK+="chot/serial-$env{ID_PATH_TAG}"');
  });

  test('the screen’s browser can go nowhere but to the station', async () => {
    await install();
    const policy = JSON.parse(read('etc/chromium/policies/managed/chot.json')) as Record<
      string,
      unknown
    >;
    expect(policy).toMatchObject({
      URLBlocklist: ['*'],
      URLAllowlist: ['http://127.0.0.1'],
      RemoteDebuggingAllowed: false,
      DeveloperToolsAvailability: 2,
    });
    expect(statSync(join(tree, 'usr/local/lib/chot/kiosk')).mode & 0o111).toBe(0o111);
    expect(statSync(join(tree, 'usr/local/lib/chot/no-cursor')).size).toBe(68);
  });

  test('taken away, the configuration stays', async () => {
    await install();
    await install('--remove');
    expect(existsSync(join(tree, 'etc/systemd/system/chot-station.service'))).toBe(false);
    expect(existsSync(join(tree, 'etc/udev/rules.d/71-chot.rules'))).toBe(false);
    expect(existsSync(join(tree, 'etc/chot/station.toml'))).toBe(true);
  });

  test('a hub has a hub’s service and no screen', async () => {
    await install('--hub');
    expect(readdirSync(join(tree, 'etc/systemd/system'))).toEqual(['chot-hub.service']);
    expect(existsSync(join(tree, 'etc/udev'))).toBe(false);
  });

  test('an unknown word gets the list of those there are', async () => {
    const refused = await run(INSTALL, ['--screen']).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--no-kiosk');
  });
});
