import type { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { RegisterFormat } from '../../registers/parse-line.ts';
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

type Deps = {
  readonly store: HubStore;
  readonly desk: RegisterDesk;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly audit: Audit;
};

const LIST_BYTES_MAX = 8 * 1024 * 1024;
/** 20 million lines of 64 characters. */
const IMPORT_BYTES_MAX = 1_500 * 1024 * 1024;
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

function importRoutes({ desk, clock, audit }: Deps) {
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
        },
      },
      async (request, reply) => {
        const type = request.headers['content-type']?.split(';')[0] ?? '';
        const format = FORMATS[type];
        if (format === undefined) {
          return refuse(reply, 415, 'http.type', 'expected text/csv or application/x-ndjson');
        }
        const { region, register } = request.params;
        const { mode, asOfMs } = request.query;
        const stop = new AbortController();
        request.raw.once('aborted', () => stop.abort());
        const outcome = await desk.import(
          {
            ...{ region, register, mode, format, operator: operatorOfRequest(request) },
            asOfMs: asOfMs === undefined ? clock.wallMs() : Number(asOfMs),
            input: request.body as Readable,
          },
          stop.signal,
        );
        if (outcome.kind === 'bad-lines') {
          const { badLines, badTotal } = outcome;
          const message = `${badTotal} line(s) cannot be used, nothing was imported`;
          return reply.code(422).send({ code: 'register.lines', message, badTotal, badLines });
        }
        const { batch, rows } = outcome.preview;
        await audit(request, 'register.import', { region, register, mode, batch, rows });
        return reply.code(201).send(outcome.preview);
      },
    );
  };
}

function batchRoutes({ desk, audit }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const schema = { tags, params: NumberParams };
    app.post('/api/v1/batches/:id/publication', { config, schema }, async (request, reply) => {
      const batch = Number(request.params.id);
      const outcome = await desk.publish(batch, operatorOfRequest(request));
      await audit(request, `register.${outcome.kind}`, { batch });
      return reply.code(outcome.kind === 'published' ? 200 : 202).send(outcome);
    });
    app.post(
      '/api/v1/batches/:id/withdrawal',
      { config, schema: { ...schema, response: { 200: Published } } },
      async (request) => {
        const batch = Number(request.params.id);
        const version = await desk.withdraw(batch);
        await audit(request, 'register.withdraw', { batch, version });
        return { version };
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

function listRoutes({ store, publisher, clock, audit }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const response = { 200: Published };
    app.get(
      '/api/v1/regions/:region/registers',
      { config: { operator: 'viewer' }, schema: { tags, params: RegionParams } },
      async (request) => {
        const { region } = request.params;
        const manifest = await publisher.newest(region);
        const batches = await store.registers.batches(region, null);
        return { ...manifestSummary(manifest), batches };
      },
    );
    app.post(
      '/api/v1/regions/:region/registers/:register/confirmation',
      { config, schema: { tags, params: RegisterParams, body: Confirmation, response } },
      async (request) => {
        const { region, register } = request.params;
        const asOfMs = Math.min(request.body.asOfMs, clock.wallMs());
        const version = await publisher.confirm(region, register, asOfMs);
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
      ...{ name, contentVersion, asOfMs, entries, subjects, sources },
    })),
  };
}
