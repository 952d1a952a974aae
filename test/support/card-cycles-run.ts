import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../../fixtures/random.ts';
import { drawTrial } from './card-cycles.ts';
import type { CycleRig } from './card-cycles-rig.ts';

export type Cycles = {
  /** Outcomes that were not allowed, with the trial they came of. */
  readonly wrong: readonly string[];
  /** How often each outcome came, by trial. */
  readonly tally: ReadonlyMap<string, number>;
  /** After a tenth of the cycles each. */
  readonly heapBytes: readonly number[];
};

/** So many cards, one after another. Throws, with the trial, for what should never be whatever the card does. */
export async function runCycles(rig: CycleRig, cycles: number, seed: string): Promise<Cycles> {
  const random = seededRandom(seed);
  const wrong: string[] = [];
  const tally = new Map<string, number>();
  const heapBytes: number[] = [];
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const trial = drawTrial(random);
    const told = JSON.stringify({ cycle, ...trial, shown: trial.shown.number });
    const outcome = await rig.cycle(trial).catch((cause: unknown) => {
      throw new Error(`${cause instanceof Error ? cause.message : ''} ${told}`, { cause });
    });
    const key = `${trial.name}: ${outcome}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    if (!trial.allowed.includes(outcome)) wrong.push(`${outcome} ${told}`);
    if (cycle % Math.ceil(cycles / 10) === 0) heapBytes.push(heapUsedBytes());
  }
  return { wrong, tally, heapBytes };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export function heapUsedBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
