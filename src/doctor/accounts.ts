import type { Account, FileFacts, Machine } from './machine.ts';

/** By number, from /etc/passwd and /etc/group; one that is not listed has its number as its name. */
export function accountOfUid(machine: Pick<Machine, 'readText'>, uid: number): Account {
  const entry = passwd(machine).find((each) => each.uid === uid);
  if (entry === undefined) return { name: String(uid), uid, gids: [] };
  return withGroups(machine, entry);
}

export function accountNamed(machine: Pick<Machine, 'readText'>, name: string): Account | null {
  const entry = passwd(machine).find((each) => each.name === name);
  return entry === undefined ? null : withGroups(machine, entry);
}

export function groupName(machine: Pick<Machine, 'readText'>, gid: number): string {
  return groups(machine).find((each) => each.gid === gid)?.name ?? String(gid);
}

/** By the permission bits alone; access lists can only give more. */
export function mayReadAndWrite({ mode, uid, gid }: FileFacts, account: Account): boolean {
  if (account.uid === 0) return true;
  if (account.uid === uid) return (mode & 0o600) === 0o600;
  if (account.gids.includes(gid)) return (mode & 0o060) === 0o060;
  return (mode & 0o006) === 0o006;
}

type Entry = { readonly name: string; readonly uid: number; readonly gid: number };

function passwd(machine: Pick<Machine, 'readText'>): Entry[] {
  return lines(machine.readText('/etc/passwd')).map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
}

function groups(machine: Pick<Machine, 'readText'>) {
  return lines(machine.readText('/etc/group')).map((line) => {
    const [name = '', , gid, members = ''] = line.split(':');
    return { name, gid: Number(gid), members: members.split(',') };
  });
}

function withGroups(machine: Pick<Machine, 'readText'>, { name, uid, gid }: Entry): Account {
  const also = groups(machine).filter(({ members }) => members.includes(name));
  return { name, uid, gids: [gid, ...also.map((group) => group.gid)] };
}

function lines(text: string | null): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
