// Sealed segments into the hub's inbox: in process, then through the whole hub (TLS, guard, route, signed receipts) with all
// stations in one process on the same machine. No opener runs beside. Checked on the main thread and beside it, turn by turn.
// `node dist/scripts/bench/hub-ingest.js [stations] [segments a station and round] [rounds]`
import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { HubOptions } from '../../src/hub/hub.ts';
import type { HubDirectory } from '../../src/hub/hub-directory.ts';
import { type CheckSegments, checkHere } from '../../src/hub/inbox/check-segments.ts';
import { CheckingThread } from '../../src/hub/inbox/checking-thread.ts';
import { proveStation, stationStanding } from '../../src/hub/inbox/prove-station.ts';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import { Eraser } from '../../src/hub/passages/eraser.ts';
import { ErasureJournal } from '../../src/hub/passages/erasure-journal.ts';
import { openSqliteIndex } from '../../src/hub/passages/sqlite-index.ts';
import { LINK_BYTES, signHead } from '../../src/journal/chain.ts';
import { encodeSegment, headOf, SEGMENT_RECORDS_MAX } from '../../src/journal/segment.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { rawPublicKey } from '../../src/sync/protocol/raw-keys.ts';
import {
  BENCH_REGION,
  type BenchHub,
  cpuUs,
  enrolStations,
  startBenchHub,
} from './support/bench-hub.ts';

const SEALED_BYTES = 784;
const SEALED = randomBytes(SEALED_BYTES);
const KEY_ID = 'bench-1';
const UNDER_WAY = 4;

type Sample = {
  readonly station: string;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly epoch: Uint8Array;
  readonly segments: Uint8Array[];
};
type Way = { readonly name: string; readonly open: () => Checking };
type Checking = { readonly check: CheckSegments; readonly close: () => Promise<void> };

const WAYS: readonly Way[] = [
  { name: 'checked on the main thread', open: () => ({ check: checkHere, close: async () => {} }) },
  {
    name: 'checked beside it',
    open: () => {
      const thread = new CheckingThread((how) => console.log(how));
      return { check: (batch, ids) => thread.check(batch, ids), close: () => thread.close() };
    },
  },
];

if (process.argv[2] === 'client') await sendAll(process.argv[3] ?? '');
else {
  const [stations = 135, each = 4, rounds = 3] = process.argv.slice(2).map(Number);
  await main(stations, each, rounds);
}

async function main(stations: number, each: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
  try {
    const samples = Array.from({ length: stations }, (_, index) =>
      makeStation(index, each * rounds),
    );
    console.log(`${stations} stations, ${each} segments of ${SEGMENT_RECORDS_MAX} records a round`);
    console.log('| way | records/s | CPU a record: hub | its main thread | client, us |');
    console.log('|---|---|---|---|---|');
    for (const way of WAYS) await inProcess(way, folder, samples, rounds);
    await overTls(folder, samples, each, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(name: string, records: number, ms: number, cpu: readonly number[]): void {
  const each = cpu.map((us) => (us / records).toFixed(2)).join(' | ');
  console.log(`| ${name} | ${Math.round((records / ms) * 1_000)} | ${each} |`);
}

async function measure(act: () => Promise<number>) {
  const before = cpuUs();
  const start = performance.now();
  const client = await act();
  const ms = performance.now() - start;
  const { all, main } = cpuUs();
  return { ms, cpu: [all - before.all, main - before.main, client] };
}

async function inProcess(
  { name, open }: Way,
  folder: string,
  samples: readonly Sample[],
  rounds: number,
): Promise<void> {
  const checking = open();
  const place = mkdtempSync(join(folder, 'inbox-'));
  const key = randomBytes(32);
  const store = openSqliteInbox({ folder: place, key, mode: 'create', random: randomBytes });
  const ingest = new SegmentIngest({
    ...{ store, clock: systemClock, check: checking.check },
    openedThrough: async () => 0,
    recipients: () => new Set([KEY_ID]),
    raise: (incident) => console.log(incident),
  });
  await announceAll(ingest, samples);
  for (let round = 1; round <= rounds; round++) {
    const parts = samples.map((sample) => roundOf(sample, round, rounds));
    const { ms, cpu } = await measure(async () => {
      await Promise.all(
        samples.map((sample, index) => sendHere(ingest, sample, parts[index] ?? [])),
      );
      return 0;
    });
    const records = parts.flat().length * SEGMENT_RECORDS_MAX;
    tell(`in process, ${name}, ${round}`, records, ms, cpu);
  }
  await checking.close();
  await store.close();
  rmSync(place, { recursive: true });
}

async function announceAll(ingest: SegmentIngest, samples: readonly Sample[]): Promise<void> {
  const previous = new Uint8Array(LINK_BYTES);
  for (const { station, epoch } of samples) {
    const claim = { region: BENCH_REGION, station, epoch, first: 1, previous };
    await ingest.announce({ ...claim, reason: 'first' });
  }
}

type Numbered = { readonly first: number; readonly bytes: Uint8Array };

function roundOf({ segments }: Sample, round: number, rounds: number): Numbered[] {
  const each = segments.length / rounds;
  const numbered = segments.map((bytes, at) => ({ first: at * SEGMENT_RECORDS_MAX + 1, bytes }));
  return numbered.slice((round - 1) * each, round * each);
}

/** Every station has some segments under way, as over the line. */
async function sendHere(
  ingest: SegmentIngest,
  sample: Sample,
  segments: Numbered[],
): Promise<void> {
  const { station, epoch, publicKey } = sample;
  const from = { region: BENCH_REGION, station, verifyingKey: publicKey };
  const rest = segments.values();
  await Promise.all(
    Array.from({ length: UNDER_WAY }, async () => {
      for (const { first, bytes } of rest) {
        const { kind } = await ingest.accept(from, { epoch, first }, bytes);
        if (kind !== 'stored') throw new Error(`expected stored, came ${kind}`);
      }
    }),
  );
}

async function overTls(
  folder: string,
  samples: readonly Sample[],
  each: number,
  rounds: number,
): Promise<void> {
  const hubs = [];
  for (const [index, way] of WAYS.entries()) {
    hubs.push(await openHub(way, join(folder, `hub-${index}`), samples));
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { name, client } of hubs) {
      const { ms, cpu } = await measure(async () => {
        client.send(round);
        const [us] = (await once(client, 'message')) as [number];
        return us;
      });
      const records = samples.length * each * SEGMENT_RECORDS_MAX;
      tell(`the whole hub, mutual TLS, ${name}, ${round}`, records, ms, cpu);
    }
  }
  for (const { client, hub, checking } of hubs) {
    client.disconnect();
    await hub.end();
    await checking.close();
  }

  async function openHub({ name, open }: Way, place: string, all: readonly Sample[]) {
    const checking = open();
    const hub = await startBenchHub(place, (directory) =>
      journalsWithoutOpener(directory, checking.check, all),
    );
    const file = `${place}.json`;
    await writeClient(file, hub, all, rounds);
    const client: ChildProcess = fork(fileURLToPath(import.meta.url), ['client', file]);
    await once(client, 'message');
    return { name, client, hub, checking };
  }
}

function journalsWithoutOpener(
  directory: HubDirectory,
  check: CheckSegments,
  samples: readonly Sample[],
): HubOptions['openJournals'] {
  return async (raise) => {
    const common = { folder: directory.path, key: directory.databaseKey(), clock: systemClock };
    const files = { ...common, mode: 'create' as const, random: randomBytes };
    const inbox = openSqliteInbox(files);
    const index = openSqliteIndex(files);
    const journal = new ErasureJournal([join(directory.path, 'erasures.ndjson')]);
    const ingest = new SegmentIngest({
      ...{ store: inbox, clock: systemClock, raise, check },
      openedThrough: (key) => index.opened.openedThrough(key),
      recipients: () => new Set([KEY_ID]),
    });
    await announceAll(ingest, samples);
    return {
      ...{ ingest, inbox, index, cases: { casesOf: async () => [] } },
      eraser: new Eraser({ inbox, index: index.erasing, journal, clock: systemClock }),
      prove: (station, verifyingKey) => proveStation(inbox, station, verifyingKey),
      standing: (station) => stationStanding(inbox, async () => 0, station),
      close: async () => {
        await ingest.settled();
        await index.close();
        await inbox.close();
      },
    };
  };
}

type ClientFile = {
  readonly origin: string;
  readonly tlsKey: string;
  readonly stations: readonly {
    readonly certificate: string;
    readonly requests: readonly (readonly string[])[];
  }[];
};

/** Whole requests are written beforehand, so that the client does next to nothing but TLS. */
async function writeClient(
  file: string,
  hub: BenchHub,
  samples: readonly Sample[],
  rounds: number,
): Promise<void> {
  const keys = samples.map(({ station, publicKey }) => ({
    station,
    signingKey: rawPublicKey(publicKey),
  }));
  const { token, tlsKey, enrolled } = await enrolStations(hub, keys);
  const { host } = new URL(hub.running.origin);
  const stations = samples.map((sample, index) => {
    const requests = Array.from({ length: rounds }, (_, at) => {
      return roundOf(sample, at + 1, rounds).map(({ first, bytes }, each) => {
        const head = [
          `POST /v1/segments/${toHex(sample.epoch)}/${first} HTTP/1.1`,
          ...[`host: ${host}`, `chot-token: ${token}`, 'content-type: application/octet-stream'],
          ...[`content-length: ${bytes.length}`, '', ''],
        ].join('\r\n');
        const path = `${file}.${index}.${at + 1}.${each}`;
        writeFileSync(path, Buffer.concat([Buffer.from(head), bytes]));
        return path;
      });
    });
    return { certificate: enrolled[index]?.certificate ?? '', requests };
  });
  const { origin } = hub.running;
  writeFileSync(file, JSON.stringify({ origin, tlsKey, stations } satisfies ClientFile));
}

/** The stations' side, a process of its own: one connection each, a request after the answer to the one before. */
async function sendAll(file: string): Promise<void> {
  const { origin, tlsKey, stations } = JSON.parse(readFileSync(file, 'utf8')) as ClientFile;
  const { hostname, port } = new URL(origin);
  const sockets: TLSSocket[] = [];
  for (const { certificate } of stations) {
    const options = { host: hostname, port: Number(port), key: tlsKey, cert: certificate };
    const socket = connect({ ...options, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    sockets.push(socket.setNoDelay(true));
  }
  process.on('message', async (round: number) => {
    const requests = stations.map(({ requests }) =>
      (requests[round - 1] ?? []).map((path) => readFileSync(path)),
    );
    const before = cpuUs().all;
    await Promise.all(
      sockets.map(async (socket, index) => {
        for (const request of requests[index] ?? []) await post(socket, request);
      }),
    );
    process.send?.(cpuUs().all - before);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('connected');
}

const ANSWER = /^HTTP\/1\.1 (\d+).*?\r\ncontent-length: (\d+).*?\r\n\r\n/is;

function post(socket: TLSSocket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (part: Buffer) => {
      text += part.toString('latin1');
      const [head, status, length] = ANSWER.exec(text) ?? [];
      if (head === undefined || text.length < head.length + Number(length)) return;
      socket.off('data', hear);
      if (status === '201') resolve();
      else reject(new Error(`expected 201, came ${text}`));
    };
    socket.on('data', hear);
    socket.write(request);
  });
}

/** Sealed records are random bytes here: nobody opens them. */
function makeStation(index: number, count: number): Sample {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const station = `station-${index}`;
  const epoch = randomBytes(16);
  let previous: Uint8Array = new Uint8Array(LINK_BYTES);
  const segments = Array.from({ length: count }, (_, at) => {
    const made = makeSegment(station, epoch, at * SEGMENT_RECORDS_MAX + 1, previous, privateKey);
    previous = made.link;
    return made.bytes;
  });
  return { station, key: privateKey, publicKey, epoch, segments };
}

function makeSegment(
  station: string,
  epoch: Uint8Array,
  first: number,
  previous: Uint8Array,
  key: KeyObject,
): { readonly bytes: Uint8Array; readonly link: Uint8Array } {
  const sealed = Array.from({ length: SEGMENT_RECORDS_MAX }, () => SEALED);
  const unsigned = { station, epoch, first, keyId: KEY_ID, enc: randomBytes(32), previous, sealed };
  const head = headOf({ ...unsigned, signature: null });
  return { bytes: encodeSegment({ ...unsigned, signature: signHead(head, key) }), link: head.link };
}
