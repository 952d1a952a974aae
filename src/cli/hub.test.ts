import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { parseEnrolmentCode } from '../sync/protocol/enrolment-code.ts';
import { hubCommand } from './hub.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-cli-hub-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const command = hubCommand({
    stdin: Readable.from(['']),
    out: (line) => lines.push(line),
    tell: () => {},
    env: { CHOT_HUB_DATA: join(folder, 'hub'), USER: 'An Nguyen' },
    signal: new AbortController().signal,
    exit: () => {},
  });
  await command.parseAsync(args, { from: 'user' });
  return lines;
}
const root = () => join(folder, 'root.pem');
const init = () => run('init', '--region', 'hcm', '--host', 'hub.test', '--root', root());

test('init makes a hub once, and hands the root out in a file of its own', async () => {
  expect((await init()).join('\n')).toMatch(/root +root-[0-9a-f]{16}/);
  expect(statSync(root()).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'hub', 'keys')).mode & 0o777).toBe(0o700);
  await expect(init()).rejects.toThrow(ConfigError);
  await expect(
    run('init', '--region', 'hcm', '--host', 'h', '--root', root(), '--data', join(folder, 'b')),
  ).rejects.toThrow(/cannot be made/);
});

test('an init that fails leaves nothing behind, and the next one is not refused for it', async () => {
  const nowhere = join(folder, 'nowhere', 'root.pem');
  await expect(
    run('init', '--region', 'hcm', '--host', 'hub.test', '--root', nowhere),
  ).rejects.toThrow(/root.pem cannot be made/);
  expect(readdirSync(folder)).toEqual([]);
  await init();
  expect(readdirSync(join(folder, 'hub')).sort()).toEqual([
    ...['hub.db', 'keys', 'published', 'recipients'],
  ]);
});

test('what is asked of no hub says where to make one', async () => {
  await expect(run('station', 'list')).rejects.toThrow(/chot hub init/);
  await expect(run()).rejects.toThrow(/--config/);
});

test('a backup is put back into no folder that lacks the keys, and nobody is sent to make others', async () => {
  const refused = run('restore', join(folder, 'backup'));
  await expect(refused).rejects.toThrow(/no keys in .*: copy keys\/ and recipients\//);
  await expect(refused).rejects.not.toThrow('init');
});

test('a station is added, listed and revoked', async () => {
  await init();
  const [code = ''] = await run('station', 'add', 'cua-ngo-1', '--region', 'hcm');
  expect(parseEnrolmentCode(code).station).toBe('cua-ngo-1');
  await expect(run('station', 'add', 'x', '--region', 'hue')).rejects.toThrow(InputError);
  const [shown = ''] = await run('station', 'list', '--json');
  expect(JSON.parse(shown)).toMatchObject({ station: 'cua-ngo-1', state: 'invited' });
  await run('station', 'revoke', 'cua-ngo-1', '--reason', 'stolen');
  expect((await run('station', 'list'))[0]).toContain('revoked');
  await expect(run('station', 'revoke', 'nobody', '--reason', 'lost')).rejects.toThrow(InputError);
});

test('an operator gets a token once', async () => {
  await init();
  const [token = ''] = await run('operator', 'add', 'an', '--role', 'health');
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  await expect(run('operator', 'add', 'an', '--role', 'health')).rejects.toThrow(InputError);
  await run('operator', 'end', 'an');
  expect((await run('operator', 'list'))[0]).toMatch(/an +health +ended/);
});

test('roles are rotated with the root that init handed out, and with no other key', async () => {
  await init();
  await run('roles', 'rotate', '--role', 'receipt', '--root', root());
  const [list = ''] = await run('roles', 'show', '--json');
  expect(JSON.parse(list)).toMatchObject({ region: 'hcm', version: 2 });
  expect(list).toContain('receipt-2');
  const next = join(folder, 'next.pem');
  await run('roles', 'rotate', '--role', 'root', '--root', root(), '--new-root', next);
  await run('roles', 'rotate', '--role', 'policy', '--root', next);
  const stranger = join(folder, 'stranger.pem');
  writeFileSync(stranger, readFileSync(join(folder, 'hub', 'keys', 'policy-1.ed25519')));
  await expect(run('roles', 'rotate', '--role', 'policy', '--root', stranger)).rejects.toThrow(
    /root's private key/,
  );
});

test('a policy and a mandate are signed from files', async () => {
  await init();
  const policy = join(folder, 'policy.toml');
  writeFileSync(policy, 'requireChip = true\n');
  expect((await run('policy', 'set', policy, '--region', 'hcm')).join()).toMatch(/version +1/);
  const mandate = join(folder, 'mandate.toml');
  writeFileSync(
    mandate,
    'from = "2026-01-01"\nuntil = "2026-12-31"\npurpose = "x"\nlegalText = "y"\n',
  );
  expect((await run('mandate', 'set', mandate, '--region', 'hcm')).join()).toMatch(/version +1/);
  await expect(run('mandate', 'set', policy, '--region', 'hcm')).rejects.toThrow(InputError);
});

test('a key that others can read is refused', async () => {
  await init();
  chmodSync(join(folder, 'hub', 'keys', 'db.key'), 0o644);
  await expect(run('station', 'list')).rejects.toThrow(/chmod 600/);
});
