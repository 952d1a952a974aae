import type { Clock } from '../ports/clock.ts';
import { Authorities } from './authority/authorities.ts';
import { tlsIdentity } from './authority/authority.ts';
import { Signer } from './authority/signer.ts';
import type { StationCases } from './cases-port.ts';
import { Polls } from './http/polls.ts';
import { listen } from './http/server.ts';
import { unchangedAnswer, VersionWatch } from './http/version-watch.ts';
import type { HubDirectory } from './hub-directory.ts';
import { HubTelemetry, type WriteHubLog } from './hub-telemetry.ts';
import type { Incident, Ingest, RaiseIncident } from './ingest-port.ts';
import { StationDesk } from './stations/station-desk.ts';
import { Tokens } from './stations/tokens.ts';
import type { HubStore } from './store/hub-store.ts';

export type HubOptions = {
  readonly directory: HubDirectory;
  readonly store: HubStore;
  readonly clock: Clock;
  readonly log: WriteHubLog;
  readonly software: string;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly names: readonly string[];
  };
  readonly backupIntervalMs: number;
  /** Opens what takes segments in; it raises incidents through what it is given. */
  readonly openIngest: (raise: RaiseIncident) => Promise<{
    readonly ingest: Ingest;
    readonly cases: StationCases;
    readonly close: () => Promise<void>;
  }>;
};

export type RunningHub = {
  readonly origin: string;
  /** Looks at once for what another process, or a test, has changed in the store. */
  refresh(): Promise<void>;
  /** Ends a station's rights and what it holds open. False when it is not known. */
  revoke(station: string): Promise<boolean>;
  /** Stations that wait in a long poll now. */
  polls(): number;
  /** Resolves when the hub has stopped, after `signal` or a fault that it cannot live with. */
  readonly ended: Promise<void>;
};

const TICK_MS = 1_000;
const IDENTITY_TICKS = 3_600;
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
  const { directory, store, clock, http } = options;
  const telemetry = new HubTelemetry(options.log);
  const raise = raiser(store, telemetry);
  const authorities = new Authorities(directory, store);
  await authorities.refresh();
  const signer = new Signer(store, directory, clock);
  const polls = new Polls();
  const watch = new VersionWatch(store, polls);
  await watch.look();
  const opened = await options.openIngest(raise);
  const tokens = new Tokens({ stations: store.stations, ingest: opened.ingest, clock, raise });
  const desk = new StationDesk({ store, clock, raise, authority: () => authorities.newest() });
  const endPoll = (station: string) => polls.end(station, REVOKED);
  const identity = () =>
    tlsIdentity(directory, authorities.oldest(clock.wallMs()), http.names, clock.wallMs());
  const server = await listen(
    {
      ...{ store, directory, authorities, signer, desk, tokens, polls, watch, clock, telemetry },
      ...{ ingest: opened.ingest, cases: opened.cases, enrolled: endPoll },
      ...{ software: options.software, backupIntervalMs: options.backupIntervalMs },
      operators: async () => {},
    },
    identity(),
    http,
  );
  telemetry.started(options.software, server.origin);
  const refresh = async () => {
    signer.forget();
    await authorities.refresh();
    await endRevoked(store, polls);
    await watch.look();
  };
  const going = keepGoing(
    {
      ...{ store, clock, polls, refresh },
      tick: (count) => {
        server.sweep();
        telemetry.polls(polls.size);
        polls.expire(clock.monoMs(), (region) => unchangedAnswer(watch.last(region)));
        if (count % IDENTITY_TICKS === 0) server.useIdentity(identity());
      },
    },
    signal,
  );
  const ended = whenever(going, async () => {
    for (const { region } of await store.regions()) {
      polls.endRegion(region, unchangedAnswer(watch.last(region)));
    }
    await server.close();
    await opened.close();
    telemetry.stopped();
  });
  const revoke = async (station: string) => {
    const known = await store.stations.revoke(station, clock.wallMs());
    endPoll(station);
    if (known) telemetry.done('revoked', { station });
    return known;
  };
  return { origin: server.origin, refresh, revoke, polls: () => polls.size, ended };
}

type Going = {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly polls: Polls;
  readonly refresh: () => Promise<void>;
  readonly tick: (count: number) => void;
};

/** Once a second: what waits too long, what comes too slowly, what another process of this machine has written. */
async function keepGoing(
  { store, clock, refresh, tick }: Going,
  signal: AbortSignal,
): Promise<void> {
  let seen = await store.foreignChanges();
  for (let count = 1; !signal.aborted; count++) {
    await clock.sleep(TICK_MS, signal);
    if (signal.aborted) return;
    const changes = await store.foreignChanges();
    if (changes !== seen) await refresh();
    seen = changes;
    tick(count);
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
