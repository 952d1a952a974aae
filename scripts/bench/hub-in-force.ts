// How soon what is published at the hub is in force at connected gates: from the call that publishes to a look-up that hits.
// The stations are whole sync loops over TLS, all in one process on the same machine, with directories of their own: in memory
// where the machine has room for that (/dev/shm), since so many stations do not share one disk.
// `node dist/scripts/bench/hub-in-force.js [stations] [rounds] [entries] [thread | here]`: `thread` installs as a station does, in a
// thread begun for it; `here` in the stations' process, since so many stations are as many machines and not one with two cores.
import { fork } from 'node:child_process';
import { randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJournals } from '../../src/hub/journals.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { installAll } from '../../src/registers/install-all.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import { openDataDirectory } from '../../src/station/data-directory.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import { openKept, recipientFor } from '../../src/station/enrolled.ts';
import { parseSignedPolicy } from '../../src/station/signed-policy.ts';
import { syncRegisters } from '../../src/station/sync-registers.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { TimeKeeper } from '../../src/station/time-keeper.ts';
import type { RegisterPort } from '../../src/sync/downlink/register-port.ts';
import { HttpsUpstream } from '../../src/sync/line/https-upstream.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import { SyncLoop } from '../../src/sync/sync-loop.ts';
import { TlsKeys } from '../../src/sync/upkeep/tls-keys.ts';
import { BENCH_REGION, type BenchHub, startBenchHub } from './support/bench-hub.ts';

const BUILD = { software: '0.1.0+bench', builtMs: Date.UTC(2026, 0, 1) };
const never = new AbortController().signal;

/** To the stations: where and how; then, each round, the number to wait for. From them: when each of them hit. */
type Start = {
  readonly origin: string;
  readonly codes: readonly string[];
  readonly folder: string;
  readonly installs: 'thread' | 'here';
};
type Ready = 'ready' | { readonly hitMs: readonly number[]; readonly cpuUs: number };

const [first = '135', rounds = '20', entries = '10000', installs = 'here'] = process.argv.slice(2);
if (first === 'stations') process.once('message', (start: Start) => void runStations(start));
else await main(Number(first), Number(rounds), Number(entries), installs as Start['installs']);

async function main(
  stations: number,
  roundCount: number,
  entryCount: number,
  how: Start['installs'],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-force-'));
  const hub = await startBenchHub(join(folder, 'hub'), (directory) => (raise, tell, recipients) => {
    const { path, recipientsFolder } = directory;
    return openJournals({
      ...{ folder: path, key: directory.databaseKey(), clock: systemClock, recipientsFolder },
      ...{ recipients, raise, tell, erasureCopies: [] },
      days: { passages: 30, lookUps: 90, service: 365 },
    });
  });
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const stationsFolder = mkdtempSync(join(memory, 'chot-bench-gates-'));
  await publish(hub, 0, entryCount);
  const codes: string[] = [];
  for (let index = 0; index < stations; index++) {
    const station = `s-${index}`;
    const invited = await hub.running.desks.actions.invite({
      ...{ region: BENCH_REGION, station, name: station },
    });
    codes.push(invited.code);
  }
  const child = fork(fileURLToPath(import.meta.url), ['stations']);
  child.send({
    origin: hub.running.origin,
    codes,
    folder: stationsFolder,
    installs: how,
  } satisfies Start);
  await once(child, 'message');
  while (hub.running.polls() < stations) await systemClock.sleep(50, never);
  const tookMs: number[] = [];
  let cpuUs = 0;
  for (let round = 0; round < roundCount; round++) {
    child.send(numberAt(entryCount + round));
    const publishedMs = await publish(hub, entryCount + round, 1);
    const [hits] = (await once(child, 'message')) as [Exclude<Ready, 'ready'>];
    tookMs.push(...hits.hitMs.map((ms) => ms - publishedMs));
    cpuUs += hits.cpuUs;
    while (hub.running.polls() < stations) await systemClock.sleep(50, never);
  }
  tell(tookMs, `${stations} stations, ${roundCount} rounds, ${entryCount} entries, ${how}`);
  const eachMs = cpuUs / 1_000 / stations / roundCount;
  console.log(`CPU of the stations' process: ${eachMs.toFixed(1)} ms a station and round`);
  child.kill();
  await hub.end();
  for (const each of [folder, stationsFolder]) rmSync(each, { recursive: true, force: true });
}

function tell(tookMs: number[], what: string): void {
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round(tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0);
  console.log('| published to in force | p50 | p95 | max, ms |\n|---|---|---|---|');
  console.log(`| ${what} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`);
}

/** Numbers of nobody: prefix 000, which no province has. */
function numberAt(index: number): string {
  return String(1_000 + index).padStart(12, '0');
}

/** When the call that publishes was made. */
async function publish({ running }: BenchHub, from: number, count: number): Promise<number> {
  const { registerDesk } = running.desks;
  const lines = Array.from({ length: count }, (_, at) => {
    return `${numberAt(from + at)},active,2026-01-01,2027-12-31,CDC\n`;
  });
  const text = `number,status,from,until,source\n${lines.join('')}`;
  const outcome = await registerDesk.import(
    {
      ...{ region: BENCH_REGION, register: 'f0', mode: 'add', format: 'csv', operator: 'bench' },
      ...{ asOfMs: systemClock.wallMs(), input: bytesOf(text) },
    },
    never,
  );
  if (outcome.kind !== 'preview') throw new Error('bad lines');
  const atMs = systemClock.wallMs();
  await registerDesk.publish(outcome.preview.batch, 'bench');
  return atMs;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function runStations({ origin, codes, folder, installs: how }: Start): Promise<void> {
  let wanted = '';
  let before = process.cpuUsage();
  let hits = new Map<RegisterStore, number>();
  const stores: RegisterStore[] = [];
  const look = (store: RegisterStore) => {
    if (wanted === '' || hits.has(store)) return;
    if (store.lookup('f0', 'number', wanted).length === 0) return;
    hits.set(store, systemClock.wallMs());
    if (hits.size < codes.length) return;
    const { user, system } = process.cpuUsage(before);
    wanted = '';
    process.send?.({ hitMs: [...hits.values()], cpuUs: user + system } satisfies Ready);
  };
  process.on('message', (number: string) => {
    wanted = number;
    before = process.cpuUsage();
    hits = new Map();
    for (const store of stores) look(store);
  });
  for (const code of codes) stores.push(await startOne({ origin, code, folder, how, look }));
  while (!stores.every((store) => store.lookup('f0', 'number', numberAt(0)).length > 0)) {
    await systemClock.sleep(50, never);
  }
  process.send?.('ready' satisfies Ready);
}

type One = {
  readonly origin: string;
  readonly code: string;
  readonly folder: string;
  readonly how: Start['installs'];
  readonly look: (store: RegisterStore) => void;
};

async function startOne({ origin, code, folder, how, look }: One): Promise<RegisterStore> {
  const { station } = parseEnrolmentCode(code);
  const data = openDataDirectory(join(folder, station));
  const clock = systemClock;
  const hub = new URL(origin);
  const enrolment = await enrolStation(
    { data, hub, code: parseEnrolmentCode(code), again: false, build: BUILD, clock },
    never,
  );
  const kept = openKept(data);
  const time = new TimeKeeper({
    ...{ clock, buildMs: BUILD.builtMs, batteryClock: false, durable: null },
  });
  const interval = () => time.interval();
  const journal = openJournal({
    ...{ path: data.journalFile, key: data.keys.database, station, clock, ballastBytes: 0 },
    recipient: recipientFor(kept, undefined, interval()),
    ...{ signingKey: data.keys.stationSigning, onEvent: () => {} },
  });
  const { database: databaseKey, region, stationSigning, stationSealing } = data.keys;
  const store = new RegisterStore(data.registersFolder, { databaseKey, region });
  const registers = syncRegisters({ data, kept, store, nowMs: () => time.nowMs() });
  const sync = new SyncLoop({
    identity: {
      ...{ region: enrolment.region, station, time: interval },
      sign: (bytes) => sign(null, bytes, stationSigning),
    },
    ...{ kept, journal, clock, random: Math.random, software: BUILD.software, keyGrade: 'file' },
    ...{ tlsKeys: new TlsKeys(data.keyStore), sealingKey: stationSealing },
    heldStops: () => [],
    registers: how === 'thread' ? registers : { ...registers, install: installHere },
    openLine: (shown) => new HttpsUpstream({ url: hub, time: interval, clock, ...shown }),
    vouch: (answer) => time.vouch(answer),
    raiseFloor: (hubMs) => time.raiseFloor(hubMs),
    checkPolicy: parseSignedPolicy,
    bootId: randomBytes(8).toString('hex'),
    readiness: () => ({ problems: [], warnings: [] }),
    onAlarm: (alarm, detail) => console.log(station, alarm, detail),
    onNews: (news) => {
      if (news === 'registers') look(store);
    },
    onLine: () => {},
  });
  void sync.run(never);
  return store;

  async function installHere(
    ...[manifest, fetchFile]: Parameters<RegisterPort['install']>
  ): ReturnType<RegisterPort['install']> {
    const key = data.regionKeys.read(manifest.generation);
    if (key === null) throw new RangeError(`no key of generation ${manifest.generation}`);
    store.addRegion(key);
    const secrets = { databaseKey, region: key };
    const place = { folder: data.registersFolder, nowMs: time.nowMs(), distrusted: [] };
    const { items } = await installAll({ ...place, secrets, manifest }, fetchFile);
    store.refresh();
    return items.flatMap((item) =>
      item.kind === 'failed' ? [{ name: item.name, code: item.code }] : [],
    );
  }
}
