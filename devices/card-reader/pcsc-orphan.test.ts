import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import { guarded } from '../../test/support/guarded.ts';

/** A daemon whose host has started its child; there need be no pcscd. */
const DAEMON = `
import { PcscHost } from '${compiledEntry('devices/card-reader/pcsc-host.ts').href}';
import { systemClock } from '${compiledEntry('src/station/system-clock.ts').href}';
const host = new PcscHost({ clock: systemClock, random: () => 0, socketPath: '/nowhere' });
host.watch(({ kind }) => {
  if (kind === 'service-down') console.log('started');
});
`;

test('when the daemon is killed, its child ends', async () => {
  const daemon = spawn(process.execPath, ['--input-type=module', '-e', DAEMON], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(String((await guarded('the child starts', once(daemon.stdout, 'data')))[0])).toBe(
    'started\n',
  );
  const children = childrenOf(Number(daemon.pid));
  expect(children).toHaveLength(1);
  daemon.kill('SIGKILL');
  await guarded('the daemon ends', once(daemon, 'close'));
  const ended = async () => {
    while (children.some((pid) => existsSync(`/proc/${pid}/exe`)))
      await new Promise((resolve) => setImmediate(resolve));
  };
  await guarded('the child ends', ended());
});

function childrenOf(parent: number): readonly number[] {
  return readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
    readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== '')
      .map(Number),
  );
}
