import { expect, test } from 'vitest';
import { History } from '../support/sync-sim/history.ts';

const SOAK = process.env['CHOT_SOAK'] === '1';
const HISTORIES = SOAK ? 10_000 : 200;
const FIRST_SEED = Number(process.env['CHOT_SEED'] ?? 20_261_125);

test('whatever line, station and hub suffer, the hub ends with exactly what the lanes saw', async () => {
  const facts = new Set<string>();
  let records = 0;
  const startMs = performance.now();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    try {
      const outcome = await new History(seed).run();
      records += outcome.records;
      for (const fact of outcome.facts) facts.add(fact);
    } catch (error) {
      throw new Error(`seed ${seed} (play it again with CHOT_SEED=${seed})`, { cause: error });
    }
  }
  console.log(
    `${HISTORIES} histories, ${records} records, ${Math.round(performance.now() - startMs)} ms`,
  );
  expect(records).toBeGreaterThan(HISTORIES * 10);
  expect([...facts].sort()).toEqual(['cloned', 'lost', 'put-back', 'restored']);
});
