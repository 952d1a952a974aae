import type { Machine } from './machine.ts';

const NAMES_MAX = 256;
const NAME_CHARACTERS_MAX = 200;
/** Nothing that a card says of itself may reach a terminal as anything but letters. */
const NAME = /^[A-Za-z][\w:=,.+-]*$/;

/** PCMs as `aplay -L` lists them, by name; what else it prints is left out. Null: it gave no list. */
export async function soundDevices(
  machine: Pick<Machine, 'run'>,
): Promise<readonly string[] | 'missing' | null> {
  const outcome = await machine.run('aplay', ['-L']);
  if (outcome.kind === 'missing') return 'missing';
  if (outcome.kind === 'late') return null;
  const names = outcome.text
    .split('\n')
    .filter((line) => line.length <= NAME_CHARACTERS_MAX && NAME.test(line.trimEnd()))
    .map((line) => line.trimEnd())
    .slice(0, NAMES_MAX);
  return outcome.code === 0 || names.length > 0 ? names : null;
}
