import type { Clock } from '../ports/clock.ts';
import type { Check, Context } from './context.ts';
import { type Finding, fault, type Told } from './finding.ts';

/** Of one check. The whole ends within it, as all run side by side. */
const CHECK_MS_MAX = 4_000;

/** Runs them all side by side; one that breaks or hangs is a finding of its own and keeps none of the others back. */
export async function runChecks(
  checks: readonly Check[],
  context: Context,
  clock: Clock,
): Promise<readonly Finding[]> {
  const all = await Promise.all(checks.map((check) => runOne(check, context, clock)));
  return all.flat();
}

async function runOne(check: Check, context: Context, clock: Clock): Promise<Finding[]> {
  const { name } = check;
  const told = new AbortController();
  const late = clock.sleep(CHECK_MS_MAX, told.signal).then(() => [hung(name)]);
  const found = Promise.resolve()
    .then(() => check.run(context))
    .catch((error: unknown) => [broken(name, error)]);
  const findings = await Promise.race([found, late]);
  told.abort();
  return findings.map((finding) => ({ check: name, ...finding }));
}

function hung(name: string): Told {
  return fault(`check ${name}`, {
    found: `no end within ${CHECK_MS_MAX / 1_000} s`,
    cause: 'a disk, a device or a program that it asked does not answer',
    next: 'look at the kernel log (dmesg --level=err,warn), then run chot doctor again',
  });
}

function broken(name: string, error: unknown): Told {
  const kind = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return fault(`check ${name}`, {
    found: `it broke: ${kind.slice(0, 300)}`,
    cause: 'a fault of chot doctor itself; the other checks are not touched by it',
    next: 'report these lines with the version that "chot --version" prints',
  });
}
