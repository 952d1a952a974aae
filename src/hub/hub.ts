import type { StorageFaultKind } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import type { Clock } from '../ports/clock.ts';
import { tlsIdentity } from './authority/authority.ts';
import { type Desks, openDesks } from './desks.ts';
import { Polls } from './http/polls.ts';
import { listen } from './http/server.ts';
import { unchangedAnswer, VersionWatch } from './http/version-watch.ts';
import type { HubDirectory } from './hub-directory.ts';
import { HubTelemetry, type WriteHubLog } from './hub-telemetry.ts';
import type { Incident, RaiseIncident } from './ingest-port.ts';
import type { Journals, JournalsNews } from './journals.ts';
import type { PublishingGuard } from './registers/register-desk.ts';
import type { RunElsewhere } from './registers/register-job.ts';
import { Tokens } from './stations/tokens.ts';
import { StickDesk } from './sticks/stick-desk.ts';
import { listenForSticks } from './sticks/stick-socket.ts';
import type { HubStore } from './store/hub-store.ts';

export type HubOptions = {
  readonly directory: HubDirectory;
  readonly store: HubStore;
  readonly clock: Clock;
  readonly log: WriteHubLog;
  readonly software: string;
  /** `names`: host names and addresses that stations reach the hub by. */
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly names: readonly string[];
  };
  readonly backupIntervalMs: number;
  readonly guard: PublishingGuard;
  readonly defaultDays: Readonly<Record<string, number>>;
  /** Where long lists are worked on; null: here. */
  readonly elsewhere: RunElsewhere | null;
  /** Journals raise incidents, and say what the log shall have, through what they are given. */
  readonly openJournals: (
    raise: RaiseIncident,
    tell: (news: JournalsNews) => void,
    recipients: () => ReadonlySet<string>,
  ) => Promise<Journals>;
};

export type RunningHub = {
  readonly origin: string;
  readonly desks: Desks;
  /** Looks at once for what another process, or a test, has changed in the store. */
  refresh(): Promise<void>;
  /** Stations that wait in a long poll now. */
  polls(): number;
  /** Resolves when the hub has stopped, after `signal` or a fault that it cannot live with. */
  readonly ended: Promise<void>;
};

const TICK_MS = 1_000;
const HOUR_TICKS = 3_600;
const REVOKED = {
  ...{ status: 401 as const, headers: { 'content-type': 'application/json; charset=utf-8' } },
  body: Buffer.from(
    JSON.stringify({
      code: 'station.revoked',
      message: 'the certificate is revoked: ask the hub, and enrol the station again',
    }),
  ),
};

/** Runs the central server until `signal` aborts. */
export async function startHub(options: HubOptions, signal: AbortSignal): Promise<RunningHub> {
  const { directory, store, clock, http, guard, defaultDays } = options;
  const telemetry = new HubTelemetry(options.log);
  const raise = raiser(store, telemetry);
  const polls = new Polls();
  const watch = new VersionWatch(store, polls);
  await watch.look();
  const endPoll = (station: string) => polls.end(station, REVOKED);
  const published = () => watch.look();
  const desks = await openDesks({
    ...{ directory, store, clock, guard, defaultDays, raise, published },
    elsewhere: options.elsewhere,
    revoked: (station, reason) => {
      endPoll(station);
      telemetry.done('revoked', { station, reason });
    },
  });
  const { authorities, signer } = desks;
  const identity = () =>
    tlsIdentity(directory, authorities.oldest(clock.wallMs()), http.names, clock.wallMs());
  // Before journals are open, whose processes would outlive a failure.
  const shown = identity();
  const journals = await options.openJournals(
    raise,
    (news) => telemetry.journals(news),
    () => authorities.recipients,
  );
  const { ingest } = journals;
  const tokens = new Tokens({ stations: store.stations, ingest, clock, raise });
  const server = await orElse(
    listen(
      {
        ...{ ...desks, ingest, journals, cases: journals.cases, raise, store, directory },
        ...{ tokens, polls, watch, clock, telemetry },
        ...{ software: options.software, backupIntervalMs: options.backupIntervalMs },
        ...{ enrolled: endPoll, changed: published },
      },
      shown,
      http,
    ),
    () => journals.close(),
  );
  const desk = new StickDesk({ store, ingest, raise, clock });
  const sticks = await stickDoor(directory, desk, telemetry);
  telemetry.started(options.software, server.origin);
  const refresh = async () => {
    signer.forget();
    await authorities.refresh();
    await endRevoked(store, polls);
    await watch.look();
  };
  const tick = async (count: number) => {
    server.sweep();
    telemetry.polls(polls.size);
    polls.expire(clock.monoMs(), (region) => unchangedAnswer(watch.last(region)));
    if (count % HOUR_TICKS !== 0) return;
    server.useIdentity(identity());
    await store.registers.expire(clock.wallMs());
  };
  const keep = () => keepIssued(store, desks, telemetry);
  const failed = (fault: StorageFaultKind) => telemetry.disk(fault);
  const going = keepGoing({ store, clock, refresh, tick, keep, failed }, signal);
  const ended = whenever(going, async () => {
    for (const { region } of await store.regions()) {
      polls.endRegion(region, unchangedAnswer(watch.last(region)));
    }
    await server.close();
    await sticks?.close();
    await journals.close();
    telemetry.stopped();
  });
  return { origin: server.origin, desks, refresh, polls: () => polls.size, ended };
}

/** Without it sticks wait until the hub stands still; everything else goes on. */
async function stickDoor(directory: HubDirectory, desk: StickDesk, telemetry: HubTelemetry) {
  const failed = (error: unknown) => telemetry.bug('sticks', error);
  try {
    return await listenForSticks(directory.stickSocket, desk, failed);
  } catch (error) {
    failed(error);
    return null;
  }
}

type Going = {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly refresh: () => Promise<void>;
  readonly tick: (count: number) => Promise<void>;
  /** Once a minute. */
  readonly keep: () => Promise<void>;
  readonly failed: (fault: StorageFaultKind) => void;
};

const KEEP_TICKS = 60;

/** Once a second: what waits too long, what comes too slowly, what another process of this machine has written. */
async function keepGoing(
  { store, clock, refresh, tick, keep, failed }: Going,
  signal: AbortSignal,
): Promise<void> {
  let seen = await store.foreignChanges();
  const look = async () => {
    const changes = await store.foreignChanges();
    if (changes !== seen) await refresh();
    seen = changes;
  };
  for (let count = 1; !signal.aborted; count++) {
    await clock.sleep(TICK_MS, signal);
    if (signal.aborted) return;
    await unlessTheDiskFails(look, failed);
    await unlessTheDiskFails(() => tick(count), failed);
    if (count % KEEP_TICKS === 0) await unlessTheDiskFails(keep, failed);
  }
}

/** What a disk that is full or fails kept from being done is due again; the hub goes on. */
async function unlessTheDiskFails(
  work: () => Promise<void>,
  failed: (fault: StorageFaultKind) => void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const fault = storageFault(error);
    if (fault === null) throw error;
    failed(fault.kind);
  }
}

/** What cannot be issued anew is an alarm long before it ends; the hub goes on. */
async function keepIssued(store: HubStore, desks: Desks, telemetry: HubTelemetry): Promise<void> {
  for (const { region } of await store.regions()) {
    try {
      if (await desks.keepIssued(region)) telemetry.done('manifest-reissued', { region });
      if (await desks.keepSigned(region)) telemetry.done('statements-reissued', { region });
    } catch (error) {
      telemetry.bug('reissue', error);
    }
  }
}

/** What was opened before is closed when the next thing fails, or it would keep the process alive. */
async function orElse<T>(next: Promise<T>, close: () => Promise<void>): Promise<T> {
  try {
    return await next;
  } catch (error) {
    await close();
    throw error;
  }
}

async function whenever(going: Promise<void>, stop: () => Promise<void>): Promise<void> {
  try {
    await going;
  } finally {
    await stop();
  }
}

async function endRevoked(store: HubStore, polls: Polls): Promise<void> {
  for (const station of polls.stations()) {
    if ((await store.stations.get(station))?.state !== 'active') polls.end(station, REVOKED);
  }
}

/** Incidents are written behind whoever raises them; a store that fails there is told in the log and stops nobody. */
function raiser(store: HubStore, telemetry: HubTelemetry): RaiseIncident {
  return (incident: Incident) => {
    telemetry.incident(incident.code, incident.station);
    store.raise(incident).catch((error: unknown) => telemetry.bug('incident', error));
  };
}
