// Sealed segments into the hub's inbox: in process, then over mutual TLS with the client on the same machine.
// `node dist/scripts/bench/hub-ingest.js [stations] [segments a station]`
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import type { KnownStation } from '../../src/hub/ingest-port.ts';
import { LINK_BYTES, signHead } from '../../src/journal/chain.ts';
import { encodeSegment, headOf, SEGMENT_RECORDS_MAX } from '../../src/journal/segment.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const SEALED_BYTES = 784;
const KEY = createHash('sha256').update('bench').digest();
const UNDER_WAY = 4;

type Sample = {
  readonly from: KnownStation;
  readonly epoch: Uint8Array;
  readonly segments: Uint8Array[];
};

if (process.argv[2] === 'client') await sendAll();
else await main(Number(process.argv[2] ?? 135), Number(process.argv[3] ?? 8));

async function main(stations: number, each: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
  try {
    const samples = Array.from({ length: stations }, (_, index) => makeStation(index, each));
    const records = stations * each * SEGMENT_RECORDS_MAX;
    console.log(`${stations} stations, ${each} segments of ${SEGMENT_RECORDS_MAX} records each`);
    console.log('| way | records/s | MB/s | s of CPU, hub |\n|---|---|---|---|');
    for (const round of [1, 2, 3]) {
      await measure(`in process, round ${round}`, records, folder, samples, sendInProcess);
    }
    writeSamples(folder, samples);
    certificates(folder);
    for (const round of [1, 2, 3]) {
      await measure(`mutual TLS, round ${round}`, records, folder, samples, (ingest) =>
        sendOverTls(ingest, folder, samples),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  name: string,
  records: number,
  folder: string,
  samples: readonly Sample[],
  send: (ingest: SegmentIngest, samples: readonly Sample[]) => Promise<number>,
): Promise<void> {
  const place = mkdtempSync(join(folder, 'hub-'));
  const store = openSqliteInbox({ folder: place, key: KEY, mode: 'create', random: randomBytes });
  const ingest = new SegmentIngest({
    store,
    openedThrough: async () => 0,
    recipients: () => new Set(['bench-1']),
    clock: systemClock,
    raise: (incident) => console.log(incident),
  });
  for (const { from, epoch } of samples) {
    const { region, station } = from;
    const previous = new Uint8Array(LINK_BYTES);
    await ingest.announce({ region, station, epoch, first: 1, previous, reason: 'first' });
  }
  const cpu = process.cpuUsage();
  const ms = await send(ingest, samples);
  const { user, system } = process.cpuUsage(cpu);
  await store.close();
  rmSync(place, { recursive: true });
  const perS = (records / ms) * 1_000;
  console.log(
    `| ${name} | ${Math.round(perS)} | ${Math.round((perS * SEALED_BYTES) / 1e6)} | ${((user + system) / 1e6).toFixed(2)} |`,
  );
}

/** Every station has some segments under way, as over the line. */
async function sendInProcess(ingest: SegmentIngest, samples: readonly Sample[]): Promise<number> {
  const start = performance.now();
  await Promise.all(
    samples.map(async ({ from, epoch, segments }) => {
      let next = 0;
      await Promise.all(
        Array.from({ length: UNDER_WAY }, async () => {
          for (;;) {
            const bytes = segments[next];
            const first = next * SEGMENT_RECORDS_MAX + 1;
            next++;
            if (bytes === undefined) return;
            const { kind } = await ingest.accept(from, { epoch, first }, bytes);
            if (kind !== 'stored') throw new Error(`expected stored, came ${kind}`);
          }
        }),
      );
    }),
  );
  return performance.now() - start;
}

/** The least a server can do: read the body, hand it over, answer. Routes and certificates' judging come on top. */
async function sendOverTls(
  ingest: SegmentIngest,
  folder: string,
  samples: readonly Sample[],
): Promise<number> {
  const byName = new Map(samples.map((sample) => [sample.from.station, sample]));
  const read = (name: string) => readFileSync(join(folder, name));
  const server = createServer(
    {
      key: read('key.pem'),
      cert: read('cert.pem'),
      ca: read('cert.pem'),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
    (incoming, answer) => {
      const [, station = '', first = ''] = (incoming.url ?? '').split('/');
      const sample = byName.get(station);
      const body = Buffer.allocUnsafeSlow(Number(incoming.headers['content-length']));
      let at = 0;
      incoming.on('data', (part: Buffer) => {
        at += part.copy(body, at);
      });
      incoming.on('end', () => {
        if (sample === undefined) throw new Error('unknown station');
        const { from, epoch } = sample;
        void ingest.accept(from, { epoch, first: Number(first) }, body).then(({ kind }) => {
          answer.writeHead(kind === 'stored' ? 201 : 400).end(kind);
        });
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const child = fork(fileURLToPath(import.meta.url), ['client', folder, String(port)]);
  const ms = await told(child);
  server.close();
  return ms;
}

function told(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('message', (ms) => resolve(ms as number));
    child.on('exit', (code) => reject(new Error(`the client ended with ${code}`)));
  });
}

async function sendAll(): Promise<void> {
  const [, , , folder = '', port = ''] = process.argv;
  const read = (name: string) => readFileSync(join(folder, name));
  const names = readdirSync(join(folder, 'samples'));
  const bodies = new Map<string, { name: string; first: string; body: Buffer }[]>();
  for (const file of names) {
    const [name = '', first = ''] = file.split('.');
    const body = read(join('samples', file));
    bodies.set(name, [...(bodies.get(name) ?? []), { name, first, body }]);
  }
  const start = performance.now();
  await Promise.all(
    [...bodies.values()].map(async (all) => {
      const agent = new Agent({
        ...{ keepAlive: true, maxSockets: 1, key: read('key.pem'), cert: read('cert.pem') },
        ca: read('cert.pem'),
      });
      for (const { name, first, body } of all) {
        await post({ agent, port, path: `/${name}/${first}` }, body);
      }
      agent.destroy();
    }),
  );
  process.send?.(performance.now() - start);
  process.disconnect();
}

function post(
  options: { agent: Agent; port: string; path: string },
  body: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': body.length };
    const call = request(
      { ...options, host: '127.0.0.1', servername: 'localhost', method: 'POST', headers },
      (answer) => {
        answer.resume().on('end', () => {
          if (answer.statusCode === 201) resolve();
          else reject(new Error(`expected 201, came ${answer.statusCode}`));
        });
      },
    );
    call.on('error', reject).end(body);
  });
}

/** Sealed records are random bytes here: nobody opens them. */
function makeStation(index: number, count: number): Sample {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const station = `station-${index}`;
  const epoch = randomBytes(16);
  const from = { region: 'hcm', station, verifyingKey: publicKey };
  let previous: Uint8Array = new Uint8Array(LINK_BYTES);
  const segments = Array.from({ length: count }, (_, at) => {
    const made = makeSegment(station, epoch, at * SEGMENT_RECORDS_MAX + 1, previous, privateKey);
    previous = made.link;
    return made.bytes;
  });
  return { from, epoch, segments };
}

function makeSegment(
  station: string,
  epoch: Uint8Array,
  first: number,
  previous: Uint8Array,
  key: KeyObject,
): { readonly bytes: Uint8Array; readonly link: Uint8Array } {
  const sealed = Array.from({ length: SEGMENT_RECORDS_MAX }, () => randomBytes(SEALED_BYTES));
  const unsigned = {
    station,
    epoch,
    first,
    keyId: 'bench-1',
    enc: randomBytes(32),
    previous,
    sealed,
  };
  const head = headOf({ ...unsigned, signature: null });
  return { bytes: encodeSegment({ ...unsigned, signature: signHead(head, key) }), link: head.link };
}

function writeSamples(folder: string, samples: readonly Sample[]): void {
  mkdirSync(join(folder, 'samples'));
  for (const { from, segments } of samples) {
    for (const [index, bytes] of segments.entries()) {
      const name = `${from.station}.${index * SEGMENT_RECORDS_MAX + 1}`;
      writeFileSync(join(folder, 'samples', name), bytes);
    }
  }
}

function certificates(folder: string): void {
  const out = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', ...kind, ...name, '-days', '2', ...out], { stdio: 'ignore' });
}
