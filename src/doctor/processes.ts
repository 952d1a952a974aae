import type { Machine } from './machine.ts';

export type Process = { readonly pid: number; readonly name: string };

/** Processes and their open files are looked through within a bound: a machine with more is no station. */
const PROCESSES_MAX = 2_000;
const FILES_MAX = 2_000;

/**
 * Processes that have a file open, by what its link in /proc says. Without root only the asking user's own can be seen.
 * `target`: a path with all links resolved, or `socket:[inode]`.
 */
export function holdersOf(machine: Machine, target: string): readonly Process[] {
  return pids(machine)
    .filter((pid) => hasOpen(machine, pid, target))
    .map((pid) => ({ pid, name: processName(machine, pid) }));
}

export function processName(machine: Machine, pid: number): string {
  return machine.readText(`/proc/${pid}/comm`)?.trim() ?? 'unknown';
}

export function describeProcess({ pid, name }: Process): string {
  return `${name} (process ${pid})`;
}

function pids(machine: Machine): readonly number[] {
  return machine
    .list('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .slice(0, PROCESSES_MAX)
    .map(Number);
}

function hasOpen(machine: Machine, pid: number, target: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return machine
    .list(folder)
    .slice(0, FILES_MAX)
    .some((name) => machine.readLink(`${folder}/${name}`) === target);
}

/**
 * Who holds the kernel's lock on a file, from /proc/locks: `1: POSIX ADVISORY WRITE 4711 fe:00:2150584 1073741824 1073742335`.
 * Null: nobody. The device is not compared: some file systems name another one there.
 */
export function lockHolder(machine: Machine, file: string): number | null {
  const facts = machine.look(file);
  if (typeof facts === 'string') return null;
  for (const line of (machine.readText('/proc/locks') ?? '').split('\n')) {
    const [, , , kind, pid, place = '', from] = line.trim().split(/\s+/);
    const isIt = place.split(':')[2] === String(facts.inode) && from === SQLITE_PENDING_BYTE;
    if (isIt && kind === 'WRITE') return Number(pid);
  }
  return null;
}

/** Where SQLite's lock begins (its file format, "The Lock-Byte Page"). */
const SQLITE_PENDING_BYTE = String(0x40000000);
