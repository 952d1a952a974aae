import type { Check } from '../context.ts';
import { fault, good } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { describeProcess, holdersOf } from '../processes.ts';

const LISTENING = '0A';

/** The port of the screens: the station's own, free, or taken by somebody else. */
export const portCheck: Check = {
  name: 'port',
  run: ({ machine, config, daemon }) => {
    if (daemon.isAlive) return [good('screens', `the station answers at ${daemon.origin}`)];
    const port = config?.http.port ?? 0;
    if (port === 0) return [];
    const subject = `port ${port}`;
    const sockets = listeners(machine, port);
    if (sockets.length === 0) {
      return [good(subject, 'free: the screens will be at it once the station runs')];
    }
    const holders = sockets.flatMap((inode) => holdersOf(machine, `socket:[${inode}]`));
    if (daemon.pid !== null && holders.some(({ pid }) => pid === daemon.pid)) return [];
    const who = holders.length === 0 ? 'another program' : holders.map(describeProcess).join(', ');
    return [
      fault(subject, {
        found: `${who} listens on it`,
        cause:
          'another server of this machine, or a second station, has the port: this one does not start',
        next: `ss -ltnp 'sport = :${port}' as root; stop that program, or choose another [http] port`,
      }),
    ];
  },
};

/** Inodes of sockets that listen on a port, from /proc/net/tcp: `sl local:port remote:port state ... uid timeout inode`. */
function listeners(machine: Machine, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    (machine.readText(file) ?? '').split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return local.endsWith(`:${hex}`) && state === LISTENING ? [inode] : [];
    }),
  );
}
