import { mayReadAndWrite } from '../accounts.ts';
import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told, warning } from '../finding.ts';
import { describeProcess, processName } from '../processes.ts';

const AS_OWNER = 'sudo chot doctor, or as its owner';

/** Where the station keeps its state: whether it is there, is the daemon's, is closed to others, and who runs on it. */
export const dataDirectoryCheck: Check = {
  name: 'data',
  run: (context) => {
    const { machine, dataDir } = context;
    const facts = machine.look(dataDir);
    const subject = `data directory ${dataDir}`;
    if (facts === 'denied') return [notForUs(subject)];
    if (facts === 'missing') return [notYet(context, subject)];
    if (facts.kind !== 'folder') {
      return [
        fault(subject, {
          found: 'it is not a folder',
          cause: 'a file has that name',
          next: `ls -l ${dataDir}; name another one with --data or station.dataDir`,
        }),
      ];
    }
    return [...owner(context, subject), daemon(context, subject), ...folders(context)];
  },
};

function notForUs(subject: string): Told {
  return skipped(subject, 'this user may not look into it', AS_OWNER);
}

function notYet({ config }: Context, subject: string): Told {
  if (config === null) return good(subject, 'not there yet; the first start makes it');
  return warning(subject, {
    found: 'it is not there',
    cause: 'the station has never been started here, or it runs with another directory',
    next: 'start it: systemctl start chot-station (or: chot station --config FILE)',
  });
}

function owner({ machine, dataDir, account }: Context, subject: string): Told[] {
  const facts = machine.look(dataDir);
  if (typeof facts === 'string' || mayReadAndWrite(facts, account)) return [];
  return [
    fault(subject, {
      found: `user ${account.name} may not write it`,
      cause: 'it was made by another user, often by a first start as root',
      next: `chown -R ${account.name}: ${dataDir}`,
    }),
  ];
}

function daemon(context: Context, subject: string): Told {
  const { pid, health, origin, isHidden, isAlive } = context.daemon;
  const { machine } = context;
  if (isHidden) {
    const runs = isAlive ? `; a station answers at ${origin}` : '';
    return skipped(subject, `this user may not look into it${runs}`, AS_OWNER);
  }
  if (pid === null) return good(subject, 'there; no station runs on it now');
  const who = describeProcess({ pid, name: processName(machine, pid) });
  if (health !== null) return good(subject, `in use by the running station, ${who}`);
  return warning('running station', {
    found: `${who} runs on ${subject} and does not answer${origin === null ? '' : ` at ${origin}`}`,
    cause: 'it is starting or hangs, or the program is of an older version than chot doctor',
    next: 'wait 10 s and run chot doctor again; then journalctl -u chot-station, systemctl restart chot-station',
  });
}

/** Others must not look in. */
function folders({ machine, dataDir }: Context): Told[] {
  return ['keys', 'run', 'registers'].flatMap((name) => {
    const path = `${dataDir}/${name}`;
    const facts = machine.look(path);
    if (typeof facts === 'string' || (facts.mode & 0o077) === 0) return [];
    return [
      fault(`folder ${path}`, {
        found: `mode ${facts.mode.toString(8)}: other users of this machine can look into it`,
        cause: 'it was copied or restored without its modes',
        next: `chmod 700 ${path}`,
      }),
    ];
  });
}
