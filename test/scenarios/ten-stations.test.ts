import { randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cccdPayload, type Person, syntheticPeople } from '../../fixtures/people.ts';
import { dayOf, dayToIso } from '../../src/kernel/calendar.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { HubBench } from '../support/hub-process.ts';
import { runHubCommand } from '../support/run-hub-command.ts';
import { StationBench, type StationProcess } from '../support/station-process.ts';

/** Ten as docs/operations.md sets them up; two where there is less time. */
const STATIONS = process.env['CHOT_SOAK'] === '1' ? 10 : 2;
/** Drawn at run time, so that nothing can be written for these numbers. Told when a test fails. */
const SEED = randomInt(2 ** 31);
const [listed, withdrawn] = syntheticPeople(SEED, 2) as [Person, Person];
const ALL_MS = 240_000;

type Running = { readonly bench: StationBench; readonly station: StationProcess };

let hub: HubBench;
let running: readonly Running[] = [];
const benches: StationBench[] = [];

beforeAll(async () => {
  hub = await HubBench.make();
  await hub.operator('an', 'admin');
  await hub.operator('binh', 'publisher');
  await hub.operator('chi', 'publisher');
  await hub.operator('dung', 'health');
  await hub.start();
  await publish(listed);
  const started: Running[] = [];
  for (let index = 1; index <= STATIONS; index++) started.push(await enrolled(`cua-ngo-${index}`));
  running = started;
}, ALL_MS);

afterAll(async () => {
  for (const bench of benches) await bench.remove();
  await hub.remove();
}, ALL_MS);

/** A machine becomes a station, as an operator and its installer do it. */
async function enrolled(id: string): Promise<Running> {
  const lane = '[[lane]]\nid = "lane-1"\nname = "Làn 1"\n';
  const bench = await StationBench.make({ id, config: `[hub]\nurl = "${hub.origin}"\n${lane}` });
  benches.push(bench);
  const code = await hub.done(['station', 'add', id, '--region', 'hcm']);
  const done = await bench.chot(['enrol', '--hub', hub.origin, '--code', '-'], code);
  expect([id, done.code, done.stderr]).toEqual([id, 0, expect.stringContaining('up to date')]);
  return { bench, station: await bench.start() };
}

/** Imports one person as F0 and publishes it, as docs/operations.md does. The batch. */
async function publish(person: Person): Promise<string> {
  const today = dayOf(systemClock.wallMs());
  const row = `${person.number},active,${dayToIso(today - 5)},${dayToIso(today + 9)},cdc`;
  const file = join(hub.folder, 'f0.csv');
  writeFileSync(file, `number,status,from,until,source\n${row}\n`);
  const where = ['--region', 'hcm', '--register', 'f0', '--json'];
  const made = await hub.as('binh', ['register', 'import', file, ...where]);
  expect([made.code, made.stderr]).toEqual([0, '']);
  const batch = String((JSON.parse(made.stdout) as { batch: number }).batch);
  const published = await hub.as('binh', ['register', 'publish', batch]);
  expect([published.code, published.stderr]).toEqual([0, '']);
  return batch;
}

/** Every station says that it has this manifest in place. */
async function inForce(version: number): Promise<void> {
  for (const { bench } of running) {
    const once = await bench.chot(['sync', '--once', '--json']);
    expect(once.stdout).toContain(`"manifest":${version},`);
  }
}

/** Shows a person's code at every station; the verdicts with their first reasons, one a station. Staff turn everybody back. */
async function verdicts(person: Person): Promise<readonly string[]> {
  const told: string[] = [];
  for (const { station } of running) {
    const staff = await station.enter();
    const before = (await staff.lane()).current?.ordinal ?? 0;
    expect((await station.present(cccdPayload(person, 7))).status).toBe(202);
    const { current } = await staff.until(
      'a verdict',
      (view) => view.current !== null && view.current.ordinal > before,
    );
    expect(await staff.act('turn-back', current?.ordinal ?? null)).toBe(204);
    told.push(`${current?.verdict} ${current?.reasons[0]?.code ?? ''}`.trim());
  }
  return told;
}
const everywhere = (verdict: string) => running.map(() => verdict);

test(
  `who is published as F0 turns red at every station, and is withdrawn again, seed ${SEED}`,
  async () => {
    expect(await verdicts(listed)).toEqual(everywhere('stop status.f0'));
    const batch = await publish(withdrawn);
    await inForce(2);
    expect(await verdicts(withdrawn)).toEqual(everywhere('stop status.f0'));
    const taken = await hub.as('binh', ['register', 'withdraw', batch]);
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    await inForce(3);
    const seen = await hub.call('an', '/api/v1/stations/cua-ngo-1');
    expect([seen.status, JSON.parse(seen.text)]).toEqual([
      ...[200, expect.objectContaining({ state: 'active' })],
    ]);
    for (const { bench } of running) {
      const checked = await bench.chot(
        ['register', 'check', '--number', '-', '--reason', 'register-test'],
        `${withdrawn.number}\n`,
      );
      expect([checked.code, checked.stdout]).toEqual([
        0,
        expect.stringContaining('not on the list'),
      ]);
    }
  },
  ALL_MS,
);

test(
  'every stop is a case at the hub, which the health unit looks into, acknowledges and closes',
  async () => {
    const opened = await casesAtHub(2 * STATIONS);
    const shown = await Promise.all(opened.map((code) => cases('show', code, '--purpose', 'case')));
    const numbers = shown.map(({ stdout }) => /^number +(\d{12})$/m.exec(stdout)?.[1]);
    const stopped = [listed, withdrawn].flatMap(({ number }) => running.map(() => number));
    expect(numbers.sort()).toEqual(stopped.sort());
    expect(shown[0]?.stdout).toMatch(/^verdict +stop: status.f0/m);
    const [code = ''] = opened;
    for (const args of [['acknowledge'], ['close', '--outcome', 'confirmed']]) {
      expect(await cases(...args, code)).toMatchObject({ code: 0 });
    }
    expect(await casesAtHub(2 * STATIONS - 1)).not.toContain(code);
  },
  ALL_MS,
);

const cases = (...args: readonly string[]) =>
  runHubCommand([
    ...['case', ...args, '--hub', hub.origin, '--token-file', hub.tokenFile('dung')],
    ...['--data', hub.dataDir],
  ]);

/** Codes of those that are not closed, once the hub has opened what the stations sent. */
async function casesAtHub(count: number): Promise<readonly string[]> {
  let codes: readonly string[] = [];
  const look = async () => {
    const { stdout } = await cases('list', '--json');
    const lines = stdout.split('\n').filter((line) => line !== '');
    codes = lines.map((line) => (JSON.parse(line) as StopCode).code);
    return codes.length;
  };
  await expect.poll(look).toBe(count);
  return codes;
}
type StopCode = { readonly code: string };

test('a second hub on the directory, or on the port, says so and ends', async () => {
  const sameDirectory = await hub.chot(hub.daemon);
  expect([sameDirectory.code, sameDirectory.stderr]).toEqual([
    1,
    expect.stringContaining('another hub runs on'),
  ]);
  const other = await HubBench.make(Number(new URL(hub.origin).port));
  try {
    const samePort = await other.chot(other.daemon);
    expect([samePort.code, samePort.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
  } finally {
    await other.remove();
  }
}, 60_000);

test('a hub directory with keys and nothing else waits for its backup, and says so', async () => {
  const other = await HubBench.make();
  try {
    rmSync(join(other.dataDir, 'hub.db'));
    const done = await other.chot(other.daemon);
    expect([done.code, done.stderr]).toEqual([1, expect.stringContaining('chot hub restore')]);
  } finally {
    await other.remove();
  }
});

test('a station nobody knows is neither revoked nor cleared, and the operator is told', async () => {
  for (const args of [['revoke', '--reason', 'lost'], ['clear']]) {
    const done = await hub.chot(['station', ...args, 'nobody']);
    expect([done.code, done.stderr]).toEqual([4, expect.stringContaining('no station nobody')]);
  }
});
