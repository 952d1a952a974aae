import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { NspawnMachine, nspawnObstacle } from './nspawn-machine.ts';

const UNIT = 'chot-station.service';
const PROBE = 'chot-probe.service';
const PORT = 8080;
/** So that a hang need not be waited for as long as at a gate. */
const QUICK = '[Service]\nWatchdogSec=10\n';

const obstacle = nspawnObstacle();
if (obstacle !== null)
  process.stderr.write(`SKIPPED: an installed station needs a machine: ${obstacle}\n`);

/** scripts/install in a machine with a real systemd: what it starts, restarts and confines. */
describe.skipIf(obstacle !== null)('an installed station', () => {
  const machine = new NspawnMachine();
  const pid = async (): Promise<string> => machine.property(UNIT, 'MainPID');
  const healthy = async (): Promise<boolean> =>
    (await machine.run('node', '-e', ASK_HEALTH)).includes('alive');
  const restarts = async (): Promise<number> => Number(await machine.property(UNIT, 'NRestarts'));

  beforeAll(async () => {
    await machine.boot({
      'etc/chot/station.toml': stationToml(),
      [`etc/systemd/system/${UNIT}.d/quick.conf`]: QUICK,
      [`etc/systemd/system/${PROBE}`]: probeUnit(),
    });
    await machine.until('the station to be ready', async () => {
      return (await machine.property(UNIT, 'ActiveState')) === 'active' && (await healthy());
    });
  });
  afterAll(() => machine.off());

  test('runs as a user of its own, who may do nothing', async () => {
    const status = await machine.run('cat', `/proc/${await pid()}/status`);
    const uid = await machine.run('id', '--user', 'chot');
    expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}`, 'm'));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(status).toMatch(new RegExp(`^${set}:\\s+0{16}$`, 'm'));
    }
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    const limits = await machine.run('cat', `/proc/${await pid()}/limits`);
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
  });

  test('writes into its data directory and nowhere else', async () => {
    const asDaemon = async (script: string): Promise<string> => {
      const place = ['--target', await pid(), '--mount', 'setpriv', '--reuid=chot', '--regid=chot'];
      return machine
        .run('nsenter', ...place, '--clear-groups', 'sh', '-c', script)
        .catch((error: { stderr?: string }) => error.stderr ?? '');
    };
    expect(await asDaemon('touch /var/lib/chot/x && echo written')).toBe('written');
    for (const place of ['/etc', '/usr', '/var/lib', '/opt', '/root']) {
      expect(await asDaemon(`touch ${place}/x`), place).toMatch(
        /Read-only file system|Permission denied|No such file/,
      );
    }
    expect(await asDaemon('ls -A /home')).toMatch(/Permission denied/);
    const mode = await machine.run('stat', '-c', '%a %U', '/var/lib/chot', '/var/lib/chot/keys');
    expect(mode).toBe('700 chot\n700 chot');
  });

  test('can start the child that decodes photographs, which bounds itself by setpriv and prlimit', async () => {
    await machine.run('systemctl', 'start', PROBE);
    expect(await machine.property(PROBE, 'Result')).toBe('success');
  });

  test('killed, it is started again, its journal whole', async () => {
    const before = await pid();
    await machine.run('kill', '-9', before);
    await machine.until('a restart', async () => (await restarts()) === 1 && (await healthy()));
    expect(await pid()).not.toBe(before);
  });

  test('hanging, it is killed by the watchdog and started again', async () => {
    const before = await pid();
    await machine.run('kill', '-STOP', before);
    await machine.until('the watchdog', async () => (await restarts()) === 2 && (await healthy()));
    expect(await pid()).not.toBe(before);
    const log = await machine.run('journalctl', '--no-pager', '--unit', UNIT);
    expect(log).toMatch(/watchdog/i);
    expect(log).not.toContain('core-dump');
  });

  test('is fed again and again, four times in a term', async () => {
    const fed = async (): Promise<number> =>
      Number(await machine.property(UNIT, 'WatchdogTimestampMonotonic'));
    for (let times = 0; times < 2; times++) {
      const before = await fed();
      await machine.until('a feeding', async () => (await fed()) > before);
    }
    expect(await restarts()).toBe(2);
  });

  test('told to stop, it stops cleanly and its journal verifies', async () => {
    await machine.run('systemctl', 'stop', UNIT);
    expect(await machine.property(UNIT, 'Result')).toBe('success');
    const program = (await machine.property(UNIT, 'ExecStart')).match(/\S+\/chot\.js/)?.[0] ?? '';
    const as = ['--reuid=chot', '--regid=chot', '--clear-groups'];
    const verify = ['journal', 'verify', '--data', '/var/lib/chot'];
    expect(await machine.run('setpriv', ...as, 'node', program, ...verify)).toMatch(
      /whole|ok|no damage/i,
    );
  });
});

const ASK_HEALTH = `fetch('http://127.0.0.1:${PORT}/healthz').then((answer) => answer.text()).then(console.log)`;

/** The station's own confinement around another program: what src/station/photo starts for each photograph. */
function probeUnit(): string {
  const template = join(packageRoot(), 'scripts', 'appliance', 'chot-station.service');
  const child = 'prlimit --data=1000000000 --fsize=0 --core=0 --cpu=5 -- /usr/bin/env node -e 0';
  return readFileSync(template, 'utf8')
    .replace(
      /^ExecStart=.*$/m,
      `ExecStart=/usr/bin/setpriv --pdeathsig KILL --no-new-privs -- ${child}`,
    )
    .replace(/^Type=.*$/m, 'Type=oneshot')
    .replace(/^Restart=.*$/m, 'Restart=no')
    .replace(/^(NotifyAccess|Watchdog\w+|SupplementaryGroups)=.*$/gm, '');
}

function stationToml(): string {
  const { sealTo } = generateRecipient('test');
  return `[station]
id = "gate-1"
name = "Chốt thử"
[http]
port = ${PORT}
[journal]
sealTo = "${sealTo}"
[[lane]]
id = "lane-1"
name = "Làn 1"
[[lane]]
id = "lane-2"
name = "Làn 2"
`;
}
