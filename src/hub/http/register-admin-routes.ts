import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegisterFormat } from '../../registers/parse-line.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';
import type { Publisher } from '../registers/publisher.ts';
import type { RegisterDesk } from '../registers/register-desk.ts';
import type { HubStore } from '../store/hub-store.ts';
import { refuse } from './error-answers.ts';
import { type Audit, operatorOfRequest } from './operator-guard.ts';
import {
  Confirmation,
  ImportQuery,
  ListParams,
  NumberParams,
  Published,
  RegionParams,
  RegisterParams,
} from './operator-shapes.ts';
import {
  type BadLinesAnswer,
  BatchAnswer,
  PreviewAnswer,
  PublishedAnswer,
  RegistersAnswer,
  WaitingAnswer,
  WithdrawnAnswer,
} from './register-shapes.ts';

type Deps = {
  readonly store: HubStore;
  readonly desk: RegisterDesk;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly telemetry: HubTelemetry;
};

const LIST_BYTES_MAX = 8 * 1024 * 1024;
/** 20 million lines of 64 characters. */
const IMPORT_BYTES_MAX = 1_500 * 1024 * 1024;
/** Rows are put away between two parts of a body; nothing takes that long. */
const SILENCE_MS = 60_000;
const FORMATS: Readonly<Record<string, RegisterFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
};

/** Registers: preview, publish, withdraw, confirm; and the lists that travel with them. */
export function registerAdminRoutes(deps: Deps) {
  return async (app: FastifyInstance) => {
    await app.register(importRoutes(deps));
    await app.register(batchRoutes(deps));
    await app.register(listRoutes(deps));
  };
}

const tags = ['registers'];
const config = { operator: 'publisher' } as const;

function importRoutes({ store, desk, clock, audit }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    for (const type of Object.keys(FORMATS)) {
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
    }
    app.post(
      '/api/v1/regions/:region/registers/:register/imports',
      {
        ...{ config, bodyLimit: IMPORT_BYTES_MAX },
        schema: {
          ...{ tags, params: RegisterParams, querystring: ImportQuery },
          consumes: Object.keys(FORMATS),
          response: { 201: PreviewAnswer },
        },
      },
      async (request, reply) => {
        const type = request.headers['content-type']?.split(';')[0] ?? '';
        const format = FORMATS[type];
        if (format === undefined) {
          return refuse(reply, 415, 'http.type', 'expected text/csv or application/x-ndjson');
        }
        const { region, register } = request.params;
        await refuseUnknown(store, region);
        const { mode, asOfMs } = request.query;
        const stop = new AbortController();
        request.raw.once('aborted', () => stop.abort());
        const outcome = await desk.import(
          {
            ...{ region, register, mode, format, operator: operatorOfRequest(request) },
            asOfMs: asOfMs === undefined ? clock.wallMs() : Number(asOfMs),
            input: answerable(request.raw, clock),
          },
          stop.signal,
        );
        if (outcome.kind === 'bad-lines') {
          const { badLines, badTotal } = outcome;
          const message = `${badTotal} line(s) cannot be used, nothing was imported`;
          const told: Static<typeof BadLinesAnswer> = {
            ...{ code: 'register.lines', message, badTotal },
            badLines: [...badLines],
          };
          return (reply as FastifyReply).code(422).send(told);
        }
        const { batch, rows } = outcome.preview;
        await audit(request, 'register.import', { region, register, mode, batch, rows });
        return reply.code(201).send(outcome.preview);
      },
    );
  };
}

/** A name that is mistyped must not look like a region where nothing was published. */
async function refuseUnknown(store: HubStore, region: string): Promise<void> {
  const names = (await store.regions()).map((each) => each.region);
  if (names.includes(region)) return;
  throw new InputError(`region: expected one of this hub's (${names.join(', ')})`);
}

/**
 * A long body. One that stops coming is cut off. Given up in its middle it flows away: destroyed, it would take the connection along,
 * and with it the answer that says why.
 */
async function* answerable(input: IncomingMessage, clock: Clock): AsyncIterable<Uint8Array> {
  const ended = new AbortController();
  void cutSilent(input, clock, ended.signal);
  try {
    yield* input.iterator({ destroyOnReturn: false });
  } finally {
    ended.abort();
    input.resume();
  }
}

async function cutSilent({ socket }: IncomingMessage, clock: Clock, ended: AbortSignal) {
  for (let before = -1; !ended.aborted; ) {
    if (socket.bytesRead === before) socket.destroy();
    before = socket.bytesRead;
    await clock.sleep(SILENCE_MS, ended);
  }
}

function batchRoutes({ desk, audit, telemetry }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const schema = { tags, params: NumberParams };
    app.get(
      '/api/v1/batches/:id',
      { config: { operator: 'viewer' }, schema: { ...schema, response: { 200: BatchAnswer } } },
      async (request, reply) => {
        const found = await desk.look(Number(request.params.id));
        return found ?? refuse(reply, 404, 'batch.unknown', 'no such batch');
      },
    );
    app.post(
      '/api/v1/batches/:id/publication',
      { config, schema: { ...schema, response: { 200: PublishedAnswer, 202: WaitingAnswer } } },
      async (request, reply) => {
        const batch = Number(request.params.id);
        const operator = operatorOfRequest(request);
        const outcome = await desk.publish(batch, operator);
        const { kind, region, register, added, removed } = outcome;
        const change = { region, register, batch, added, removed };
        const version = kind === 'published' ? { version: outcome.version } : {};
        telemetry.done(`register-${kind}`, { ...change, ...version, operator });
        await audit(request, `register.${kind}`, { ...change, ...version });
        return kind === 'published' ? outcome : reply.code(202).send(outcome);
      },
    );
    app.post(
      '/api/v1/batches/:id/withdrawal',
      { config, schema: { ...schema, response: { 200: WithdrawnAnswer } } },
      async (request) => {
        const batch = Number(request.params.id);
        const withdrawn = await desk.withdraw(batch);
        const done = { ...withdrawn, batch };
        telemetry.done('register-withdrawn', { ...done, operator: operatorOfRequest(request) });
        await audit(request, 'register.withdraw', done);
        return withdrawn;
      },
    );
    app.delete('/api/v1/batches/:id', { config, schema }, async (request, reply) => {
      const batch = Number(request.params.id);
      await desk.discard(batch);
      await audit(request, 'register.discard', { batch });
      return reply.code(204).send();
    });
  };
}

function listRoutes({ store, publisher, clock, audit, telemetry }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const response = { 200: Published };
    app.get(
      '/api/v1/regions/:region/registers',
      {
        config: { operator: 'viewer' },
        schema: { tags, params: RegionParams, response: { 200: RegistersAnswer } },
      },
      async (request) => {
        const { region } = request.params;
        await refuseUnknown(store, region);
        const manifest = await publisher.newest(region);
        const batches = await store.registers.batches(region, null);
        return { ...manifestSummary(manifest), batches: [...batches] };
      },
    );
    app.post(
      '/api/v1/regions/:region/registers/:register/confirmation',
      { config, schema: { tags, params: RegisterParams, body: Confirmation, response } },
      async (request) => {
        const { region, register } = request.params;
        const asOfMs = Math.min(request.body.asOfMs, clock.wallMs());
        const version = await publisher.confirm(region, register, asOfMs);
        const operator = operatorOfRequest(request);
        telemetry.done('register-confirmed', { region, register, version, operator });
        await audit(request, 'register.confirm', { region, register, version });
        return { version };
      },
    );
    app.put(
      '/api/v1/regions/:region/lists/:list',
      { config, bodyLimit: LIST_BYTES_MAX, schema: { tags, params: ListParams, response } },
      async (request) => {
        const { region, list } = request.params;
        const version = await publisher.publishList(region, list, JSON.stringify(request.body));
        const operator = operatorOfRequest(request);
        telemetry.done('list-published', { region, list, version, operator });
        await audit(request, 'list.publish', { region, list, version });
        return { version };
      },
    );
  };
}

function manifestSummary(manifest: Awaited<ReturnType<Publisher['newest']>>) {
  if (manifest === null) return { version: 0, generation: null, registers: [] };
  const { version, generation, issuedMs, notAfterMs, registers } = manifest;
  return {
    ...{ version, generation, issuedMs, notAfterMs },
    registers: registers.map(({ name, contentVersion, asOfMs, entries, subjects, sources }) => ({
      ...{ name, contentVersion, asOfMs, entries, subjects, sources: [...sources] },
    })),
  };
}
