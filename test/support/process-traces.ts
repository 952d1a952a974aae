import { readdirSync, readFileSync } from 'node:fs';

/** What anybody on the machine may see of a process and of all below it: command lines and environments. */
export function processBytes(pid: number): Buffer {
  const parents = new Map(allProcesses().map((each) => [each, parentOf(each)]));
  const below = (each: number): boolean => {
    const parent = parents.get(each) ?? 0;
    return each === pid || (parent > 0 && below(parent));
  };
  const seen = [...parents.keys()].filter(below);
  return Buffer.concat(
    seen.flatMap((each) => ['cmdline', 'environ'].map((file) => readProc(each, file))),
  );
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Fourth field of /proc/PID/stat, behind the name in brackets. */
function parentOf(pid: number): number {
  return Number(readProc(pid, 'stat').toString('latin1').split(') ').at(-1)?.split(' ')[1] ?? 0);
}

/** Nothing of one that has just ended. */
function readProc(pid: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return Buffer.alloc(0);
  }
}
