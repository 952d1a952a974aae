import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueStationCertificate } from '../../../src/hub/authority/authority.ts';
import { foundRegion } from '../../../src/hub/authority/role-lists.ts';
import { type HubOptions, type RunningHub, startHub } from '../../../src/hub/hub.ts';
import { HubDirectory } from '../../../src/hub/hub-directory.ts';
import { SqliteHubStore } from '../../../src/hub/store/sqlite-hub-store.ts';
import { systemClock } from '../../../src/station/system-clock.ts';

export const BENCH_REGION = 'hcm';

/** The hub as it runs, in this process, on a free port. */
export type BenchHub = {
  readonly running: RunningHub;
  readonly directory: HubDirectory;
  readonly store: SqliteHubStore;
  readonly end: () => Promise<void>;
};

export async function startBenchHub(
  folder: string,
  openJournals: (directory: HubDirectory) => HubOptions['openJournals'],
  changes: Partial<HubOptions> = {},
): Promise<BenchHub> {
  const directory = new HubDirectory(folder);
  directory.make();
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  const root = generateKeyPairSync('ed25519').privateKey;
  await foundRegion({ store, directory }, BENCH_REGION, root, systemClock.wallMs());
  const stop = new AbortController();
  const running = await startHub(
    {
      ...{ directory, store, clock: systemClock, software: 'bench', log: () => {} },
      ...{ backupIntervalMs: 86_400_000, defaultDays: {}, elsewhere: null },
      guard: { shareMax: 1, rowsMax: 20_000_000, rowsFree: 20 },
      http: { host: '127.0.0.1', port: 0, names: ['127.0.0.1'] },
      openJournals: openJournals(directory),
      ...changes,
    },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await running.ended;
    await store.close();
  };
  return { running, directory, store, end };
}

export type EnrolledStation = { readonly station: string; readonly certificate: string };
export type StationKeys = {
  readonly token: string;
  /** PKCS #8, of the certificates of all of them. */
  readonly tlsKey: string;
};

/** Stations as an enrolment leaves them, all with one TLS key and one token. */
export async function enrolStations(
  { running, store }: BenchHub,
  stations: readonly { readonly station: string; readonly signingKey: Uint8Array }[],
): Promise<StationKeys & { readonly enrolled: readonly EnrolledStation[] }> {
  const token = randomBytes(24).toString('base64url');
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const enrolled: EnrolledStation[] = [];
  for (const { station, signingKey } of stations) {
    const atMs = systemClock.wallMs();
    const issued = issueStationCertificate(
      running.desks.authorities.newest(),
      { region: BENCH_REGION, station, publicKey: createPublicKey(key) },
      atMs,
    );
    await store.stations.add({ station, region: BENCH_REGION, name: station, addedMs: atMs });
    await store.stations.enrol({
      ...{ station, signingKey, sealingKey: randomBytes(32), atMs },
      tokenHash: createHash('sha256').update(token).digest(),
      certificate: { station, serial: issued.serial, notAfterMs: issued.notAfterMs },
    });
    enrolled.push({ station, certificate: issued.pem });
  }
  return { token, tlsKey: key.export({ type: 'pkcs8', format: 'pem' }) as string, enrolled };
}

/** CPU time of this process and of its main thread alone, in microseconds since the process began. */
export function cpuUs(): { readonly all: number; readonly main: number } {
  const { user, system } = process.cpuUsage();
  const path = join('/proc/self/task', String(process.pid), 'schedstat');
  const main = Number(readFileSync(path, 'utf8').split(' ')[0]) / 1_000;
  return { all: user + system, main };
}
