import { journalRoom, RESERVE_DAYS } from '../../journal/reserve.ts';
import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told, warning } from '../finding.ts';

const FREE_BYTES_MIN = 64 * 1024 * 1024;
const INODES_MIN = 2_000;
/** A passage is acknowledged after one such write: the budget is 10 ms for all but one in a hundred. */
const SYNC_MS_WARNING = 50;
const SYNC_MS_FAULT = 1_000;
const MB = 1024 * 1024;

/** The disk under the data directory: room for the days without a hub, names left, writable, quick enough. */
export const diskCheck: Check = {
  name: 'disk',
  run: async (context) => {
    const place = existing(context);
    const subject = `disk under ${place}`;
    const mount = mountOf(context, place);
    if (mount?.isReadOnly === true) {
      return [
        fault(subject, {
          found: `${mount.point} is mounted read-only`,
          cause:
            'the file system had an error and the kernel stopped writing to it, or it was mounted so',
          next: `dmesg --level=err | tail; then mount -o remount,rw ${mount.point}, or fsck and another disk`,
        }),
      ];
    }
    return [...space(context, place, subject), ...(await speed(context, subject))];
  },
};

/** The data directory, or the nearest folder above it that is there. */
function existing({ machine, dataDir }: Context): string {
  let folder = dataDir;
  while (folder !== '/' && typeof machine.look(folder) === 'string') {
    folder = folder.slice(0, folder.lastIndexOf('/')) || '/';
  }
  return folder;
}

function space({ machine, config }: Context, place: string, subject: string): Told[] {
  const room = machine.space(place);
  if (room === null) return [skipped(subject, 'its room could not be asked', `df -h ${place}`)];
  const { freeBytes, freeInodes, totalInodes } = room;
  const free = `${Math.round(freeBytes / MB).toLocaleString('en')} MB free`;
  if (freeBytes < FREE_BYTES_MIN) {
    return [
      fault(subject, {
        found: free,
        cause: 'it is full: passages cannot be recorded, and nothing opens by itself',
        next: `du -xh --max-depth=2 ${place} / 2>/dev/null | sort -h | tail; delete what is not needed (journalctl --vacuum-size=100M)`,
      }),
    ];
  }
  if (totalInodes > 0 && freeInodes < INODES_MIN) {
    return [
      fault(subject, {
        found: `${freeInodes} names left of ${totalInodes}`,
        cause: 'very many small files lie on it; no new one can be made soon',
        next: `df -i ${place}; find where they are: du --inodes -x / | sort -n | tail`,
      }),
    ];
  }
  const lanes = config?.lane.length ?? 1;
  const { isEnough, daysLeft, reserveBytes } = journalRoom(lanes, freeBytes);
  if (isEnough) {
    return [good(subject, `${free}: more than ${RESERVE_DAYS} days of busy lanes without a hub`)];
  }
  return [
    warning(subject, {
      found: `${free}, room for ${daysLeft} days of busy lanes without a hub`,
      cause: `${RESERVE_DAYS} days need ${Math.round(reserveBytes / MB).toLocaleString('en')} MB for ${lanes === 1 ? 'one lane' : `${lanes} lanes`}`,
      next: 'make room, or take a larger disk; until then bring the hub in line more often',
    }),
  ];
}

async function speed({ machine, dataDir, account }: Context, subject: string): Promise<Told[]> {
  const folder = `${dataDir}/run`;
  if (typeof machine.look(folder) === 'string') return [];
  const ms = await machine.syncMs(folder);
  if (ms === null) {
    return machine.account.uid === 0 || machine.account.uid === account.uid
      ? []
      : [skipped('disk speed', 'a trial write needs the owner', 'sudo chot doctor')];
  }
  const found = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms until a record is on disk`;
  if (ms < SYNC_MS_WARNING) return [good('disk speed', found)];
  return [
    (ms < SYNC_MS_FAULT ? warning : fault)(subject, {
      found,
      cause: 'a worn or cheap memory card, or another program that writes much',
      next: 'iotop -o; then replace the card by an industrial one or an SSD',
    }),
  ];
}

type Mount = { readonly point: string; readonly isReadOnly: boolean };

/** The longest mount point that holds the path. */
function mountOf({ machine }: Context, path: string): Mount | null {
  const mounts = (machine.readText('/proc/self/mounts') ?? '').split('\n').flatMap((line) => {
    const [, point = '', , options = ''] = line.split(' ');
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    return point !== '' && holds ? [{ point, isReadOnly: options.split(',').includes('ro') }] : [];
  });
  // Of two on one point the later one is seen.
  return mounts.toSorted((a, b) => a.point.length - b.point.length).at(-1) ?? null;
}
