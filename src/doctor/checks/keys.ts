import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told } from '../finding.ts';

const NEEDED = ['db.key', 'station.ed25519', 'station.x25519'];
const RAW_KEY_BYTES = 32;

/** The station's secrets: there, closed to others, and how well they are kept (security E3). */
export const keysCheck: Check = {
  name: 'keys',
  run: (context) => {
    const { machine, dataDir } = context;
    const folder = `${dataDir}/keys`;
    const facts = machine.look(folder);
    if (facts === 'denied') {
      return [
        skipped('keys', 'this user may not look at them', 'sudo chot doctor, or as the owner'),
      ];
    }
    if (facts === 'missing') return [];
    const names = machine.list(folder).filter((name) => !name.startsWith('.'));
    if (names.length === 0) {
      return [skipped('keys', `${folder} shows nothing to this user`, 'sudo chot doctor')];
    }
    const trouble = [...missing(context, names), ...open(context, names), ...short(context)];
    return trouble.length > 0 ? trouble : [grade(names.length)];
  },
};

/** Said honestly: this is the lower of the two grades there are. */
function grade(count: number): Told {
  return good(
    'keys',
    `${count} files, closed to other users; grade: file. Whoever takes the box or its disk has them: report a theft at once (docs/security.md)`,
  );
}

function missing({ dataDir }: Context, names: readonly string[]): Told[] {
  return NEEDED.filter((name) => !names.includes(name)).map((name) =>
    fault(`key ${name}`, {
      found: `${dataDir}/keys/${name} is missing`,
      cause:
        'it was deleted, or the directory was restored without it; what it opened opens no more',
      next: 'put the file back from where it was copied to; without a copy: chot wipe, then enrol again',
    }),
  );
}

function open({ machine, dataDir }: Context, names: readonly string[]): Told[] {
  return names.flatMap((name) => {
    const path = `${dataDir}/keys/${name}`;
    const facts = machine.look(path);
    if (typeof facts === 'string' || (facts.mode & 0o077) === 0) return [];
    return [
      fault(`key ${name}`, {
        found: `mode ${facts.mode.toString(8)}: other users of this machine can read it`,
        cause: 'it was copied or restored without its mode; the station refuses such a key',
        next: `chmod 600 ${path}`,
      }),
    ];
  });
}

function short({ machine, dataDir }: Context): Told[] {
  const path = `${dataDir}/keys/db.key`;
  const facts = machine.look(path);
  if (typeof facts === 'string' || facts.bytes === RAW_KEY_BYTES) return [];
  return [
    fault('key db.key', {
      found: `${facts.bytes} bytes instead of ${RAW_KEY_BYTES}`,
      cause: 'it was overwritten, or cut short by a full disk',
      next: "put the station's own key file back, or chot wipe and enrol again",
    }),
  ];
}
