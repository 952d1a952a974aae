import type { AddressInfo } from 'node:net';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { ConfigError } from '../../kernel/errors.ts';
import { JSON_BYTES_MAX } from '../../sync/protocol/wire.ts';
import type { Authorities } from '../authority/authorities.ts';
import type { TlsIdentity } from '../authority/authority.ts';
import { restoredToMs } from '../backup/manifest.ts';
import type { StationCases } from '../cases-port.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { RaiseIncident } from '../ingest-port.ts';
import type { StationDesk } from '../stations/station-desk.ts';
import type { Tokens } from '../stations/tokens.ts';
import { Admission } from './admission.ts';
import { enrolmentRoutes, renewalRoutes } from './enrolment-routes.ts';
import { installErrorAnswers } from './error-answers.ts';
import { journalRoutes } from './journal-routes.ts';
import { type OperatorDeps, operatorRoutes } from './operator-routes.ts';
import { Peers, type RestoredHub } from './peer.ts';
import type { Polls } from './polls.ts';
import { reportRoutes } from './report-routes.ts';
import { statementRoutes } from './statement-routes.ts';
import { installStationGuard } from './station-guard.ts';
import { Uploads } from './uploads.ts';
import type { VersionWatch } from './version-watch.ts';

export type ServerDeps = OperatorDeps & {
  readonly directory: HubDirectory;
  readonly authorities: Authorities;
  readonly desk: StationDesk;
  readonly tokens: Tokens;
  readonly cases: StationCases;
  readonly raise: RaiseIncident;
  readonly polls: Polls;
  readonly watch: VersionWatch;
  readonly software: string;
  readonly backupIntervalMs: number;
  readonly enrolled: (station: string) => void;
};

export type HubServer = {
  /** Where it listens, `https://127.0.0.1:8443`. */
  readonly origin: string;
  useIdentity(identity: TlsIdentity): void;
  /** To be called about every second. */
  sweep(): void;
  close(): Promise<void>;
};

const HEADERS_MS = 10_000;
/** Twenty million lines of a register over a slow line; every other body has two minutes (uploads.ts). */
const REQUEST_MS = 30 * 60_000;
/** Longer than the minute between two reports. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_MS = 2_000;
const HEADER_BYTES_MAX = 8_192;
const CONNECTIONS_MAX = 20_000;

/** The hub's HTTPS: TLS 1.3, client certificates asked for and judged by us (docs/protocol.md, "The line"). */
export async function listen(
  deps: ServerDeps,
  identity: TlsIdentity,
  address: { readonly host: string; readonly port: number },
): Promise<HubServer> {
  const uploads = new Uploads(deps.clock);
  const app = await build(deps, identity, uploads);
  try {
    await app.listen(address);
  } catch (cause) {
    await app.close();
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `cannot listen on ${address.host}:${address.port} (${code}): choose an address of this machine and a free port in [http]`,
      { cause },
    );
  }
  const { port } = app.server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    origin: `https://${host}:${port}`,
    useIdentity: ({ key, chain }) => secureServer(app).setSecureContext({ key, cert: chain }),
    sweep: () => deps.telemetry.slowCut(uploads.sweep()),
    close: () => app.close(),
  };
}

async function build(
  deps: ServerDeps,
  { key, chain }: TlsIdentity,
  uploads: Uploads,
): Promise<FastifyInstance> {
  const app = Fastify({
    https: {
      ...{ key, cert: chain, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false },
      ...{ headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS },
      ...{ maxHeaderSize: HEADER_BYTES_MAX, handshakeTimeout: HEADERS_MS },
    },
    ...{ bodyLimit: JSON_BYTES_MAX, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    ...{ forceCloseConnections: true, routerOptions: { maxParamLength: 64 } },
    // What came is taken or refused as it is; nothing is removed from it or turned into another type.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
  }) as unknown as FastifyInstance;
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeContentTypeParser('text/plain');
  installErrorAnswers(app, deps.telemetry);
  watchUploads(app, uploads);
  await app.register(swagger, {
    openapi: { info: { title: 'Chốt hub', version: deps.software } },
  });
  await app.register(enrolmentRoutes(deps));
  await app.register(stationRoutes(deps));
  await app.register(operatorRoutes(deps));
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/openapi.json', { schema: { hide: true } }, async () =>
    (app as FastifyInstance & { swagger: () => unknown }).swagger(),
  );
  return app;
}

function stationRoutes(deps: ServerDeps) {
  return async (app: FastifyInstance) => {
    const admission = new Admission();
    const peers = new Peers(deps.authorities, deps.store.stations, restoredHub(deps));
    installStationGuard(app, { ...deps, peers, admission });
    await app.register(renewalRoutes(deps));
    await app.register(journalRoutes({ ...deps, admission }));
    await app.register(reportRoutes(deps));
    await app.register(statementRoutes({ ...deps, admission }));
  };
}

function restoredHub({ directory, store, clock, telemetry }: ServerDeps): RestoredHub | null {
  const toMs = restoredToMs(directory.path);
  if (toMs === null) return null;
  return {
    toMs,
    adopted: async ({ station, serial }) => {
      telemetry.done('certificate-adopted', { station });
      await store.operators.record({
        ...{ atMs: clock.wallMs(), operator: 'hub', action: 'certificate.adopt', purpose: null },
        detail: { station, serial },
      });
    },
  };
}

function watchUploads(app: FastifyInstance, uploads: Uploads): void {
  app.addHook('onRequest', async (request) => {
    if (request.method !== 'GET') uploads.begin(request.raw, request.raw.socket);
  });
  app.addHook('preValidation', async (request) => uploads.end(request.raw));
  app.addHook('onResponse', async (request) => uploads.end(request.raw));
  app.addHook('onRequestAbort', async (request) => uploads.end(request.raw));
}

function secureServer(app: FastifyInstance) {
  return app.server as unknown as {
    setSecureContext(options: { readonly key: string; readonly cert: string }): void;
  };
}
