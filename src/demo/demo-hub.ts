import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { foundRegion } from '../hub/authority/role-lists.ts';
import { startHub } from '../hub/hub.ts';
import { HubDirectory } from '../hub/hub-directory.ts';
import { type Journals, openJournals } from '../hub/journals.ts';
import type { Publisher } from '../hub/registers/publisher.ts';
import type { BatchMode } from '../hub/registers/register-store.ts';
import { SqliteHubStore } from '../hub/store/sqlite-hub-store.ts';
import type { Clock } from '../ports/clock.ts';
import { readBuildInfo } from '../station/build-info.ts';

export const DEMO_REGION = 'demo';
export const DEMO_STATION = 'demo';
const OPERATOR = 'demo';
/** So often the hub says that its lists are still so. */
const CONFIRM_MS = 10_000;
const DAY_MS = 86_400_000;
const CASES_MAX = 100;
/** Lists of the demo are short and one visitor publishes: no second operator. */
const GUARD = { shareMax: 1, rowsMax: 1_000, rowsFree: 1_000 } as const;

export type DemoHub = {
  /** Port on loopback; the certificate names 127.0.0.1. */
  readonly port: number;
  /** An enrolment code for the demo's station. */
  readonly invite: () => Promise<string>;
  /** Publishes rows beside what is in force. The batch, by which they are withdrawn. */
  readonly publish: (register: string, csv: string) => Promise<number>;
  readonly withdraw: (batch: number) => Promise<void>;
  readonly status: () => Promise<DemoHubStatus>;
  readonly ended: Promise<void>;
};

export type DemoHubStatus = {
  readonly manifest: number;
  readonly stationHeardMs: number | null;
  readonly records: number;
  readonly passages: number;
  readonly openCases: number;
};

/** A real hub in a folder, founded and filled the way an operator would do it. */
export async function startDemoHub(
  folder: string,
  registers: Readonly<Record<string, string>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<DemoHub> {
  const directory = new HubDirectory(join(folder, 'hub'));
  directory.make();
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  const root = generateKeyPairSync('ed25519').privateKey;
  await foundRegion({ store, directory }, DEMO_REGION, root, clock.wallMs());
  let journals: Journals | null = null;
  const hub = await startHub(
    {
      ...{ directory, store, clock, software: readBuildInfo().software, log: () => {} },
      ...{ guard: GUARD, defaultDays: {}, elsewhere: null, backupIntervalMs: DAY_MS },
      http: { host: '127.0.0.1', port: 0, names: ['127.0.0.1'] },
      openJournals: async (raise, tell, recipients) => {
        journals = await openJournals({
          ...{ folder: directory.path, key: directory.databaseKey(), clock, raise, tell },
          ...{ recipientsFolder: directory.recipientsFolder, recipients, erasureCopies: [] },
          days: { passages: 1, lookUps: 1, service: 1 },
        });
        return journals;
      },
    },
    signal,
  );
  const { registerDesk, publisher, actions } = hub.desks;
  const publish = async (register: string, csv: string, mode: BatchMode) => {
    const imported = await registerDesk.import(
      {
        ...{ region: DEMO_REGION, register, mode, format: 'csv', operator: OPERATOR },
        ...{ asOfMs: clock.wallMs(), input: textParts(csv) },
      },
      signal,
    );
    if (imported.kind === 'bad-lines') {
      throw new Error(`the demo's own ${register} list has ${imported.badTotal} bad lines`);
    }
    const { batch } = imported.preview;
    await registerDesk.publish(batch, OPERATOR);
    return batch;
  };
  for (const [register, csv] of Object.entries(registers)) await publish(register, csv, 'replace');
  const confirming = confirm(publisher, Object.keys(registers), clock, signal);
  const ended = Promise.all([hub.ended, confirming]).finally(() => store.close());
  return {
    port: Number(new URL(hub.origin).port),
    invite: async () => {
      const station = { region: DEMO_REGION, station: DEMO_STATION, name: 'Chốt mẫu' };
      return (await actions.invite(station)).code;
    },
    publish: (register, csv) => publish(register, csv, 'add'),
    withdraw: async (batch) => {
      await registerDesk.withdraw(batch);
    },
    status: () => statusOf(store, journals, publisher, clock),
    ended: ended.then(() => {}),
  };
}

/** An authority that works on its lists all the time: they are as good as a moment ago, changed or not. */
async function confirm(
  publisher: Publisher,
  registers: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(CONFIRM_MS, signal);
    for (const register of registers) {
      if (!signal.aborted) await publisher.confirm(DEMO_REGION, register, clock.wallMs());
    }
  }
}

async function statusOf(
  store: SqliteHubStore,
  journals: Journals | null,
  publisher: Publisher,
  clock: Clock,
): Promise<DemoHubStatus> {
  const station = await store.stations.get(DEMO_STATION);
  const standing = (await journals?.standing(DEMO_STATION)) ?? [];
  const nowMs = clock.wallMs();
  const hours = await journals?.index.passages.hours(DEMO_STATION, nowMs - DAY_MS, nowMs + DAY_MS);
  const states = ['open', 'acknowledged'] as const;
  const cases = await journals?.index.cases.list({ states, beforeMs: null, limit: CASES_MAX });
  return {
    manifest: (await publisher.newest(DEMO_REGION))?.version ?? 0,
    stationHeardMs: station?.reportMs ?? null,
    records: standing.reduce((sum, { first, through }) => sum + through - first + 1, 0),
    passages: (hours ?? []).reduce((sum, { pass, check, stop }) => sum + pass + check + stop, 0),
    openCases: cases?.length ?? 0,
  };
}

async function* textParts(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
