import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Credentials } from './credentials.ts';
import { entrance } from './entrance.ts';
import { eventRoutes } from './event-routes.ts';
import { installGuard } from './guard.ts';
import { healthRoutes } from './health-routes.ts';
import type { StationPort } from './lane-port.ts';
import { laneRoutes } from './lane-routes.ts';
import { openingsRoutes } from './openings-routes.ts';
import { type EncodePreview, previewRoutes } from './preview-routes.ts';
import { staffRoutes } from './staff-routes.ts';

const BODY_BYTES_MAX = 32 * 1024;
const REQUEST_MS_MAX = 10_000;

export type ServerDeps = {
  readonly station: StationPort;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly encodePreview: EncodePreview;
  /** Folder of the built pages. */
  readonly pages: string;
};

export type StationServer = {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly origin: string;
  close(): Promise<void>;
};

/** The station's HTTP (docs/architecture.md): closed to strangers, JSON only, everything no-store. */
export async function listen(
  deps: ServerDeps,
  address: { readonly host: string; readonly port: number },
): Promise<StationServer> {
  const stop = new AbortController();
  let port = address.port;
  const app = await buildServer(deps, () => port, stop.signal);
  try {
    await app.listen(address);
  } catch (error) {
    stop.abort();
    await app.close();
    throw new ConfigError(
      `cannot listen on ${address.host}:${address.port} (${(error as NodeJS.ErrnoException).code}): another program uses it; choose a free port in [http] port`,
      { cause: error },
    );
  }
  port = (app.server.address() as AddressInfo).port;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    origin: `http://${host}:${port}`,
    close: async () => {
      stop.abort();
      await app.close();
    },
  };
}

async function buildServer(
  deps: ServerDeps,
  port: () => number,
  signal: AbortSignal,
): Promise<FastifyInstance> {
  const { station, clock, credentials, telemetry } = deps;
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 64 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.removeContentTypeParser('text/plain');
  installGuard(app, { credentials, port });
  installErrors(app, telemetry);
  await app.register(swagger, {
    openapi: { info: { title: 'Chốt station', version: station.software } },
  });
  await app.register(entrance(credentials, port));
  await app.register(health(station, telemetry));
  await app.register(healthRoutes(station));
  await app.register(laneRoutes({ station, clock }));
  await app.register(staffRoutes({ station, clock }));
  await app.register(openingsRoutes(station));
  await app.register(eventRoutes({ station, clock, signal }));
  await app.register(previewRoutes(station, deps.encodePreview));
  await app.register(fastifyStatic, {
    root: deps.pages,
    cacheControl: false,
    wildcard: false,
  });
  // The passer's page is one page for every lane.
  app.get('/passer/:lane', (_request, reply) => reply.sendFile('passer.html'));
  app.get('/gallery', (_request, reply) => reply.redirect('/gallery/', 303));
  return app;
}

function health(station: StationPort, telemetry: Telemetry) {
  return async (app: FastifyInstance) => {
    app.get('/healthz', { config: { roles: 'anyone' } }, async () => ({ status: 'alive' }));
    app.get('/readyz', { config: { roles: ['staff', 'monitor'] } }, async (_request, reply) => {
      const { problems, warnings } = station.readiness();
      const ready = problems.length === 0;
      return reply.code(ready ? 200 : 503).send({ ready, problems, warnings });
    });
    app.get('/metrics', { config: { roles: ['staff', 'monitor'] } }, async (_request, reply) =>
      reply.type(telemetry.metricsType).send(await telemetry.metrics()),
    );
    app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () =>
      (app as FastifyInstance & { swagger: () => unknown }).swagger(),
    );
  };
}

/** Answers in one shape. What came is never repeated: it may be somebody's number. */
function installErrors(app: FastifyInstance, telemetry: Telemetry): void {
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send({ code: 'http.unknown', message: 'nothing here: see /api/v1/openapi.json' }),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      telemetry.bug('http', error);
      return reply
        .code(500)
        .send({ code: 'http.fault', message: 'the station made a mistake; it is in its log' });
    }
    const message =
      error.validation === undefined ? 'the request cannot be read' : validationText(error);
    return reply.code(status).send({ code: `http.${status}`, message });
  });
}

function validationText(error: FastifyError): string {
  const first = error.validation?.[0];
  return `${error.validationContext ?? 'request'}${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}: see /api/v1/openapi.json`;
}
