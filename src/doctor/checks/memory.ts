import type { Check, Context } from '../context.ts';
import { good, type Told, warning } from '../finding.ts';

/** What is in memory must not reach a disk: no swap on one, no core dumps of the station (security E6). */
export const memoryCheck: Check = {
  name: 'memory',
  run: (context) => [swap(context), ...coreDumps(context)],
};

function swap({ machine }: Context): Told {
  const areas = (machine.readText('/proc/swaps') ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/)[0] ?? '')
    // In memory itself.
    .filter((name) => name !== '' && !name.startsWith('/dev/zram'));
  if (areas.length === 0) return good('swap', 'none on a disk');
  return warning('swap', {
    found: `on: ${areas.join(', ')}`,
    cause: 'the system was installed with a swap area: what people showed can end up on the disk',
    next: 'swapoff -a, and take the swap lines out of /etc/fstab (systemctl mask swap.target)',
  });
}

function coreDumps({ machine, daemon }: Context): Told[] {
  if (daemon.pid === null) return [];
  const limits = machine.readText(`/proc/${daemon.pid}/limits`);
  if (limits === null) return [];
  const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
  if (soft === '0') return [good('core dumps', 'none of the running station')];
  return [
    warning('core dumps', {
      found: `the running station may leave one (limit ${soft ?? 'unknown'})`,
      cause: 'it was not started by its unit, which forbids them',
      next: 'start it by systemctl start chot-station, or after "ulimit -c 0"',
    }),
  ];
}
