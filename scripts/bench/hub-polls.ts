// How much memory long polls take at the hub, and how soon all of them end when something changed:
// node dist/scripts/bench/hub-polls.js [stations]. The stations are a process of their own; every one has a TLS connection.
import { fork } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { issueStationCertificate } from '../../src/hub/authority/authority.ts';
import { foundRegion } from '../../src/hub/authority/role-lists.ts';
import { startHub } from '../../src/hub/hub.ts';
import { HubDirectory } from '../../src/hub/hub-directory.ts';
import { openJournals } from '../../src/hub/journals.ts';
import { setPolicy } from '../../src/hub/statements-desk.ts';
import { SqliteHubStore } from '../../src/hub/store/sqlite-hub-store.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const REGION = 'hcm';
const LIMIT_MB = 800;
const AT_ONCE = 24;

if (process.argv[2] === 'client') await wait(process.argv[3] ?? '');
else await main(Number(process.argv[2] ?? 2_000));

async function main(stations: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-polls-'));
  const directory = new HubDirectory(join(folder, 'hub'));
  directory.make();
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  const root = generateKeyPairSync('ed25519').privateKey;
  await foundRegion({ store, directory }, REGION, root, systemClock.wallMs());
  const stop = new AbortController();
  const hub = await startHub(
    {
      ...{ directory, store, clock: systemClock, software: 'bench', log: () => {} },
      ...{ backupIntervalMs: 86_400_000, defaultDays: {}, elsewhere: null },
      guard: { shareMax: 0.1, rowsMax: 1_000, rowsFree: 20 },
      http: { host: '127.0.0.1', port: 0, names: ['127.0.0.1'] },
      openJournals: (raise, tell, recipients) =>
        openJournals({
          ...{ folder: directory.path, key: directory.databaseKey(), clock: systemClock },
          ...{ recipientsFolder: directory.recipientsFolder, recipients, raise, tell },
          ...{ days: { passages: 30, lookUps: 90, service: 365 }, erasureCopies: [] },
        }),
    },
    stop.signal,
  );

  const token = randomBytes(24).toString('base64url');
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const authority = hub.desks.authorities.newest();
  const certificates: string[] = [];
  for (let index = 0; index < stations; index++) {
    const station = `s-${index}`;
    const atMs = systemClock.wallMs();
    const issued = issueStationCertificate(
      authority,
      { region: REGION, station, publicKey: createPublicKey(key) },
      atMs,
    );
    await store.stations.add({ station, region: REGION, name: station, addedMs: atMs });
    await store.stations.enrol({
      ...{ station, signingKey: randomBytes(32), sealingKey: randomBytes(32), atMs },
      tokenHash: createHash('sha256').update(token).digest(),
      certificate: { station, serial: issued.serial, notAfterMs: issued.notAfterMs },
    });
    certificates.push(issued.pem);
  }
  const file = join(folder, 'stations.json');
  const pem = key.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(file, JSON.stringify({ key: pem, token, certificates, origin: hub.origin }));
  certificates.length = 0;

  const before = process.memoryUsage().rss;
  const child = fork(fileURLToPath(import.meta.url), ['client', file]);
  const beganMs = systemClock.monoMs();
  while (hub.polls() < stations) await systemClock.sleep(200, stop.signal);
  const connectedMs = systemClock.monoMs() - beganMs;
  globalThis.gc?.();
  await systemClock.sleep(1_000, stop.signal);
  const { rss, heapUsed, external } = process.memoryUsage();

  const ended = once(child, 'message');
  const changedMs = systemClock.wallMs();
  await setPolicy({ store, signer: hub.desks.signer, clock: systemClock }, REGION, {}, 1);
  await hub.refresh();
  const [times] = (await ended) as [number[]];
  const tookMs = times.map((atMs) => atMs - changedMs).sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0;
  const mb = (bytes: number) => (bytes / 1_048_576).toFixed(0);
  console.log(`long polls held                 ${stations}`);
  console.log(`connected and waiting after     ${(connectedMs / 1_000).toFixed(1)} s`);
  console.log(`hub process, resident           ${mb(rss)} MB (limit ${LIMIT_MB} MB for 10,000)`);
  console.log(`  before they came              ${mb(before)} MB`);
  console.log(`  heap, external                ${mb(heapUsed)} MB, ${mb(external)} MB`);
  console.log(`a change told, p50 / p95 / max  ${at(0.5)} / ${at(0.95)} / ${at(1)} ms`);
  stop.abort();
  child.kill();
  await hub.ended;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}

/** The stations' side, in a process of its own. */
async function wait(file: string): Promise<void> {
  const { key, token, certificates, origin } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly key: string;
    readonly token: string;
    readonly certificates: readonly string[];
    readonly origin: string;
  };
  const { hostname, port } = new URL(origin);
  const times: number[] = [];

  /** Resolves when the connection stands and the request is on its way. */
  function poll(cert: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const again = () => {
        const sent = request(
          {
            ...{ hostname, port, path: '/v1/registers/manifest', key, cert },
            ...{ agent: new Agent({ maxSockets: 1 }), rejectUnauthorized: false },
            headers: { 'chot-token': token, 'if-none-match': '"0.1.0.0"', prefer: 'wait=55' },
          },
          (answer) => {
            answer.resume();
            if (answer.statusCode === 304) again();
            else times.push(Date.now());
            if (times.length === certificates.length) process.send?.(times);
          },
        );
        sent.on('socket', (socket) => socket.once('secureConnect', resolve));
        sent.on('error', reject);
        sent.end();
      };
      again();
    });
  }

  const waiting = certificates.slice();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let cert = waiting.pop(); cert !== undefined; cert = waiting.pop()) await poll(cert);
    }),
  );
}
