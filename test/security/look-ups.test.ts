import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationBench } from '../support/station-process.ts';

const F0 = '001200000001';
const CLEAN = '001200000009';

let bench: StationBench;
beforeEach(async () => {
  bench = await StationBench.make();
  await bench.importRegister('f0', [`${F0},active,2026-01-01,2099-12-31,CDC`]);
});
afterEach(() => bench.remove());

const ask = (input: string, ...more: string[]) =>
  bench.chot(['register', 'check', '--number', '-', ...more], input);
const lookUps = async () => (await bench.openJournal()).filter(({ type }) => type === 'look-up');

test('where a station runs, everybody who is looked up is in the journal, and why', async () => {
  const station = await bench.start();
  const curious = await ask(`${F0}\n`, '--reason', 'curious');
  expect([curious.code, curious.stdout]).toEqual([2, '']);
  const many = await ask(`${CLEAN}\n`.repeat(65), '--reason', 'order');
  expect([many.code, many.stdout]).toEqual([1, '']);
  expect(many.stderr).toMatch(/at most 64 numbers/);

  const answered = await ask(`${F0}\n${CLEAN}\n`, '--reason', 'health-unit');
  expect(answered.code).toBe(3);
  expect(answered.stdout).toContain('f0 active');
  const logged = await station.logged(({ event }) => event === 'look-ups');
  expect(logged).toMatchObject({ reason: 'health-unit', count: 2 });
  expect(await station.metrics()).toContain('chot_look_ups_total{reason="health-unit"} 2');
  const secret = await ask(`${CLEAN}\n`);
  expect(secret.code).toBe(0);
  expect(secret.stderr).toContain('without a reason, which is reported: say why with --reason');
  await station.logged(({ reason }) => reason === 'unstated');
  await station.present(F0);
  await station.logged(({ event }) => event === 'decided');
  expect(await station.stop()).toBe(0);

  const records = await bench.openJournal();
  const written = records.filter(({ type }) => type === 'look-up');
  expect(written).toMatchObject([
    { reason: 'health-unit', verdict: 'listed', lane: 'command-line' },
    { reason: 'health-unit', verdict: 'not-listed', lane: 'command-line' },
    { reason: 'unstated', verdict: 'not-listed', lane: 'command-line' },
  ]);
  for (const { officer } of written) expect(officer).toMatch(/^os-/);
  // Under the key that the same person's passages stand under, and without the number.
  const passage = records.find(({ type }) => type === 'passage');
  expect(written[0]).toHaveProperty('subjectKey', (passage as { subjectKey: string }).subjectKey);
  for (const number of [F0, CLEAN]) expect(JSON.stringify(written)).not.toContain(number);
  expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
});

test('while the daemon is down a look-up waits for it', async () => {
  await (await bench.start()).stop();
  expect((await ask(CLEAN, '--reason', 'subject-asked')).code).toBe(0);
  expect(await lookUps()).toEqual([]);
  const station = await bench.start();
  await station.logged(({ event }) => event === 'look-ups');
  await station.stop();
  expect(await lookUps()).toMatchObject([{ reason: 'subject-asked', verdict: 'not-listed' }]);
});

test('what cannot be recorded is not answered', async () => {
  await (await bench.start()).stop();
  const folder = join(bench.dataDir, 'look-ups');
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, 'in the way');
  const { code, stdout, stderr } = await ask(F0, '--reason', 'order');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/nobody was looked up, as it cannot be recorded .*EEXIST/);
});
