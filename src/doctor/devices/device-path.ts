import { groupName, mayReadAndWrite } from '../accounts.ts';
import { adviceFor } from '../advice.ts';
import type { Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';
import type { FileFacts } from '../machine.ts';
import { describeProcess, holdersOf } from '../processes.ts';

type Wanted = {
  readonly subject: string;
  readonly path: string;
  /** The key of the configuration that names it. */
  readonly key: string;
  /** Reason code of a device that is not there; its advice is what is said. */
  readonly missingCode: string;
  /** Where stable names of its kind are. */
  readonly stableFolder: string;
  /** Group that Debian's udev gives such devices to. */
  readonly group: string;
};

/** What can be told of a device by its path alone: there, the daemon's to open, nobody else's now, named so that it stays. */
export function lookAtPath(context: Context, wanted: Wanted): readonly Told[] {
  const { machine, account } = context;
  const { subject, path, missingCode } = wanted;
  const facts = machine.look(path);
  if (facts === 'missing') return [missing(subject, path, missingCode)];
  if (facts === 'denied') return [hidden(subject, path, account.name)];
  const target = machine.resolve(path) ?? path;
  const trouble = [
    ...permission(context, wanted, facts),
    ...holders(context, subject, target),
    ...unstable(context, wanted, target),
  ];
  if (trouble.length > 0) return trouble;
  return [good(subject, `there: ${path}${target === path ? '' : `, which is ${target}`}`)];
}

function missing(subject: string, path: string, code: string): Told {
  const { cause, next } = adviceFor(code) ?? { cause: 'it is unplugged', next: 'plug it in' };
  return fault(subject, { found: `nothing at ${path}`, cause, next, code });
}

function hidden(subject: string, path: string, name: string): Told {
  return fault(subject, {
    found: `${path} may not be looked at`,
    cause: 'a folder above it is closed to this user',
    next: `sudo -u ${name} ls -l ${path}; open the folders above it to ${name}`,
  });
}

function permission(context: Context, wanted: Wanted, facts: FileFacts): Told[] {
  const { account, machine } = context;
  if (mayReadAndWrite(facts, account)) return [];
  const group = groupName(machine, facts.gid);
  const isUsual = group === wanted.group;
  return [
    fault(wanted.subject, {
      found: `user ${account.name}, whom the station runs as, may not open ${wanted.path}`,
      cause: isUsual
        ? `${account.name} is not in group ${group}`
        : `it belongs to group ${group} instead of ${wanted.group}: a udev rule is missing`,
      next: isUsual
        ? `usermod -aG ${group} ${account.name}; systemctl restart chot-station`
        : `scripts/install puts the udev rules in place; then udevadm control --reload; udevadm trigger`,
    }),
  ];
}

function holders(context: Context, subject: string, target: string): Told[] {
  const { machine, daemon } = context;
  // The daemon's own children, such as ffmpeg, hold what is the station's.
  if (daemon.pid !== null) return [];
  const others = holdersOf(machine, target);
  if (others.length === 0) return [];
  return [
    fault(subject, {
      found: `${others.map(describeProcess).join(', ')} has ${target} open`,
      cause: 'two programs cannot share a device: the station will find it busy',
      next: `stop it: kill ${others.map(({ pid }) => pid).join(' ')}, or systemctl disable --now of its service`,
    }),
  ];
}

/** A name that changes when something else is plugged in first. */
function unstable(
  { machine }: Context,
  { subject, path, key, stableFolder }: Wanted,
  target: string,
): Told[] {
  if (path !== target) return [];
  const stable = machine
    .list(stableFolder)
    .map((name) => `${stableFolder}/${name}`)
    .find((link) => machine.resolve(link) === target);
  if (stable === undefined) return [];
  return [
    warning(subject, {
      found: `there, under the name ${path}`,
      cause: 'this name goes to another device when things are plugged in in another order',
      next: `put the stable name into the configuration: ${key} = "${stable}"`,
    }),
  ];
}
