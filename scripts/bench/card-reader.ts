// What PC/SC costs, and how soon a reader is ready again after each fault, through a real pcscd with virtual readers:
// `npm run build -- node && node dist/scripts/bench/card-reader.js [TIMES]`, as root. Skipped where that cannot run.
import { readdir, readFile } from 'node:fs/promises';
import { CCCD_ATR, type VpcdOptions } from '../../devices/card-reader/emulated/vpcd-client.ts';
import { connectorOf, openPcsc, type PcscSlot } from '../../devices/card-reader/native-pcsclite.ts';
import { PcscHost } from '../../devices/card-reader/pcsc-host.ts';
import { PcscReader } from '../../devices/card-reader/pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import type { CardReaderEvent, InsertedCard } from '../../src/ports/card-reader.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { systemRandom } from '../../src/station/system-random.ts';

const times = Number(process.argv[2] ?? 5);
const APDUS = 2_000;
const IDLE_S = 5;
const DEADLINE_MS = 10_000;
const READY_MS_MAX = 2_000;
const COMMAND = Buffer.from('00b0000000', 'hex');

const answering = (bytes: number): VpcdOptions['card'] => ({
  transmit: async () => new Uint8Array(bytes).fill(0x90),
  reset: () => undefined,
});
const mute: VpcdOptions['card'] = {
  transmit: () => new Promise(() => undefined),
  reset: () => undefined,
};

/** The events of a reader since the last wish. */
class Listener {
  #events: CardReaderEvent[] = [];
  #wake = () => {};
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(reader: PcscReader) {
    this.#running = this.#run(reader);
  }

  async next(kind: CardReaderEvent['kind']): Promise<CardReaderEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.kind === kind) return event;
      if (event !== undefined) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async inserted(): Promise<InsertedCard> {
    const event = await this.next('card-inserted');
    if (event.kind !== 'card-inserted') throw new Error(event.kind);
    return event.card;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(reader: PcscReader): Promise<void> {
    for await (const event of reader.events(this.#stop.signal)) {
      this.#events.push(event);
      this.#wake();
    }
  }
}

type Bench = {
  readonly pcscd: VirtualPcscd;
  readonly listener: Listener;
  readonly openHost: () => PcscHost;
};

/** Makes a fault, ends its cause, and gives the milliseconds from then until the reader is ready. */
type Fault = (bench: Bench) => Promise<number>;

const FAULTS: Readonly<Record<string, Fault>> = {
  'pcscd restarted: until online': async ({ pcscd, listener }) => {
    await pcscd.kill();
    await listener.next('offline');
    await pcscd.start();
    return since(performance.now(), listener.next('online'));
  },
  'card laid down: until its first answer': async ({ pcscd, listener }) => {
    const laid = await pcscd.insert(answering(2), CCCD_ATR);
    const ms = await since(performance.now(), answered(listener));
    await laid.pull();
    await listener.next('card-removed');
    return ms;
  },
  'card pulled in mid-command: until the command ends': async ({ pcscd, listener }) => {
    const laid = await pcscd.insert(mute, CCCD_ATR);
    const connection = await (await listener.inserted()).connect(DEADLINE_MS);
    const command = connection.transmit(COMMAND, DEADLINE_MS).catch(() => null);
    const startMs = performance.now();
    await laid.pull();
    const ms = await since(startMs, command);
    await connection.close();
    await listener.next('card-removed');
    return ms;
  },
  'mute card pulled: until the next card may be laid down': async ({ pcscd, listener }) => {
    const laid = await pcscd.insert(mute, CCCD_ATR);
    const connection = await (await listener.inserted()).connect(DEADLINE_MS);
    await connection.transmit(COMMAND, 200).catch(() => null);
    await laid.pull();
    return since(
      performance.now(),
      Promise.all([listener.next('card-removed'), connection.close()]),
    );
  },
  'child killed: until the card answers': async ({ pcscd, listener }) => {
    const laid = await pcscd.insert(answering(2), CCCD_ATR);
    await listener.inserted();
    for (const pid of await childPids()) process.kill(pid, 'SIGKILL');
    const ms = await since(performance.now(), answered(listener));
    await laid.pull();
    await listener.next('card-removed');
    return ms;
  },
  'child hangs, found out and replaced: until the card answers': async ({ pcscd, listener }) => {
    const laid = await pcscd.insert(answering(2), CCCD_ATR);
    await listener.inserted();
    for (const pid of await childPids()) process.kill(pid, 'SIGSTOP');
    const ms = await since(performance.now(), answered(listener));
    await laid.pull();
    await listener.next('card-removed');
    return ms;
  },
  'another program gives the card back: until it is ours': async ({
    pcscd,
    listener,
    openHost,
  }) => {
    const host = openHost();
    const others = new Listener(new PcscReader({ deviceId: 'other', nameContains: null }, host));
    const laid = await pcscd.insert(answering(2), CCCD_ATR);
    const kept = await (await others.inserted()).connect(DEADLINE_MS);
    const waiting = (await listener.inserted()).connect(DEADLINE_MS);
    await systemClock.sleep(500, new AbortController().signal);
    const startMs = performance.now();
    void kept.close();
    const ms = await since(startMs, waiting);
    await (await waiting).close();
    await laid.pull();
    await listener.next('card-removed');
    await others.stop();
    await host.close();
    return ms;
  },
};

const obstacle = virtualPcscdObstacle();
if (obstacle === null) await run();
else console.log(`SKIPPED: ${obstacle}`);

async function run(): Promise<void> {
  const pcscd = await VirtualPcscd.open();
  await pcscd.start();
  const { socketPath } = pcscd;
  const openHost = () => new PcscHost({ clock: systemClock, random: systemRandom, socketPath });
  const host = openHost();
  const listener = new Listener(new PcscReader({ deviceId: 'bench', nameContains: null }, host));
  await listener.next('online');
  console.log('| fault | median ms | worst ms | limit |\n|---|---|---|---|');
  for (const [name, fault] of Object.entries(FAULTS)) {
    const taken: number[] = [];
    for (let time = 0; time < times; time++) {
      taken.push(await fault({ pcscd, listener, openHost }));
    }
    console.log(`| ${name} | ${at(taken, 0.5, 0)} | ${at(taken, 1, 0)} | ${READY_MS_MAX} |`);
  }
  await idle();
  console.log('\n| round trip | p50 ms | p99 ms |\n|---|---|---|');
  for (const bytes of [2, 256, 32_768]) {
    const laid = await pcscd.insert(answering(bytes), CCCD_ATR);
    const connection = await (await listener.inserted()).connect(DEADLINE_MS);
    await roundTrips(`reader, ${bytes} bytes`, () => connection.transmit(COMMAND, DEADLINE_MS));
    await connection.close();
    await laid.pull();
    await listener.next('card-removed');
  }
  await listener.stop();
  await host.close();
  console.log('\n| without our child | p50 ms | p99 ms |\n|---|---|---|');
  await bare(pcscd);
}

/** What is left without our child: pcsclite itself, in this process, which a mute card would block for ever. */
async function bare(pcscd: VirtualPcscd): Promise<never> {
  process.env['PCSCLITE_CSOCK_NAME'] = pcscd.socketPath;
  await pcscd.insert(answering(2), CCCD_ATR);
  const service = openPcsc();
  const slot = await new Promise<PcscSlot>((resolve) => {
    service.on('error', () => {});
    service.on('reader', (each) => {
      each.on('error', () => {});
      each.on('status', ({ state }) => (state & 0x20) !== 0 && resolve(each));
    });
  });
  const connector = connectorOf(slot);
  const protocol = await new Promise<number>((resolve, reject) => {
    connector.connect((error, active) => (error ? reject(error) : resolve(active)));
  });
  const transmit = () =>
    new Promise<Uint8Array>((resolve, reject) => {
      connector.transmit(COMMAND, 65_538, protocol, (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });
  await roundTrips('pcsclite alone, 2 bytes', transmit);
  await pcscd.close();
  // Its threads would keep the process.
  process.exit(0);
}

async function roundTrips(name: string, transmit: () => Promise<Uint8Array>): Promise<void> {
  const taken: number[] = [];
  for (let apdu = 0; apdu < APDUS; apdu++) taken.push(await since(performance.now(), transmit()));
  console.log(`| ${name} | ${at(taken, 0.5, 2)} | ${at(taken, 0.99, 2)} |`);
}

async function idle(): Promise<void> {
  const [pid] = await childPids();
  if (pid === undefined) throw new Error('no child');
  const before = await cpuMs(pid);
  await systemClock.sleep(IDLE_S * 1_000, new AbortController().signal);
  const percent = ((await cpuMs(pid)) - before) / (IDLE_S * 10);
  const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string) =>
    (Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(memory)?.[1]) / 1_024).toFixed(0);
  console.log(
    `\nidle child: ${percent.toFixed(1)} % of a core, ${megabytes('Rss')} MB resident, ${megabytes('Pss')} MB of its own share`,
  );
}

async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function childPids(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) . (\d+)/.exec(stat)?.[1];
    if (Number(parent) === process.pid && line.includes('pcsc-child')) found.push(Number(name));
  }
  return found;
}

async function answered(listener: Listener): Promise<void> {
  const connection = await (await listener.inserted()).connect(DEADLINE_MS);
  await connection.transmit(COMMAND, DEADLINE_MS);
  await connection.close();
}

async function since(startMs: number, done: Promise<unknown>): Promise<number> {
  await done;
  return performance.now() - startMs;
}

function at(values: readonly number[], quantile: number, digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(quantile * sorted.length));
  return (sorted[index] ?? Number.NaN).toFixed(digits);
}
