import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../ports/clock.ts';
import { ErrorBody, POLL_S_MAX } from '../../sync/protocol/wire.ts';
import { nextListFor } from '../authority/role-lists.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubDirectory } from '../hub-directory.ts';
import { wrappedRegionKey } from '../registers/wrapped-region-key.ts';
import type { HubStore } from '../store/hub-store.ts';
import { versionsHeld } from '../store/next-version.ts';
import type { Admission } from './admission.ts';
import { refuse } from './error-answers.ts';
import type { PollAnswer, Polls } from './polls.ts';
import { callerOf, leaveRoom, sendBytes } from './station-guard.ts';
import { manifestAnswer, type VersionWatch } from './version-watch.ts';

export type StatementDeps = {
  readonly store: HubStore;
  readonly signer: Signer;
  readonly directory: HubDirectory;
  readonly polls: Polls;
  readonly watch: VersionWatch;
  readonly admission: Admission;
  readonly clock: Clock;
};

const RolesQuery = Type.Object({ held: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })) });
const KeyQuery = Type.Object({ generation: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }) });
const ChunkName = Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) });

/** What stations fetch: roles, policy, mandate, manifest with its long poll, region keys, published files. */
export function statementRoutes(deps: StatementDeps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const { store } = deps;
    const schema = { tags: ['station'], produces: ['application/octet-stream'] };
    await app.register(fastifyStatic, {
      ...{ root: deps.directory.publishedFolder, serve: false, decorateReply: true },
      ...{ immutable: true, maxAge: '30d', etag: false, lastModified: false, cacheControl: true },
      setHeaders: (response) => response.setHeader('content-type', 'application/octet-stream'),
    });
    app.get(
      '/v1/roles',
      { schema: { ...schema, querystring: RolesQuery } },
      async (request, reply) => {
        const { station } = callerOf(request);
        const held = request.query.held ?? versionsHeld(station)?.roles ?? 0;
        const list = await nextListFor(store, station.region, Number(held));
        return list === null ? noneYet(reply) : sendBytes(reply, list.bytes);
      },
    );
    for (const kind of ['policy', 'mandate'] as const) {
      app.get(`/v1/${kind}`, { schema }, async (request, reply) => {
        const newest = await store.newest(callerOf(request).station.region, kind);
        return newest === null ? noneYet(reply) : sendBytes(reply, newest.bytes);
      });
    }
    app.get('/v1/registers/manifest', { schema }, (request, reply) => poll(deps, request, reply));
    app.get(
      '/v1/registers/key',
      { schema: { ...schema, querystring: KeyQuery, response: { '4xx': ErrorBody } } },
      async (request, reply) => {
        const wrapped = await wrappedRegionKey(
          deps,
          callerOf(request).station,
          Number(request.query.generation),
        );
        if (wrapped !== null) return sendBytes(reply, wrapped);
        const message = 'this generation is not the one published: take the manifest again';
        return refuse(reply, 404, 'register.generation', message);
      },
    );
    app.get(
      '/v1/registers/chunks/:sha256',
      { schema: { ...schema, params: ChunkName } },
      // Files lie apart by region: nobody gets another region's (security R6).
      (request, reply) =>
        reply.sendFile(`${callerOf(request).station.region}/${request.params.sha256}`),
    );
  };
}

function noneYet(reply: FastifyReply): FastifyReply {
  return refuse(reply, 404, 'statement.none', 'there is none for this region yet');
}

async function poll(
  { store, polls, watch, admission, clock }: StatementDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { station, region } = callerOf(request).station;
  const held = request.headers['if-none-match'];
  const newest = await manifestAnswer(store, region);
  if (held !== newest.headers['etag']) return sendAnswer(reply, newest);
  const unchanged = { ...newest, status: 304 as const };
  const waitS = preferredWaitS(request);
  if (waitS === 0) return sendAnswer(reply, unchanged);
  // Something changed while it was read, and nobody would end this poll for it.
  if (held !== `"${watch.last(region)}"`) return sendAnswer(reply, newest);
  leaveRoom(request, admission);
  reply.hijack();
  const untilMs = clock.monoMs() + waitS * 1_000;
  polls.hold({ station, region, untilMs, response: reply.raw }, unchanged);
  return reply;
}

function preferredWaitS(request: FastifyRequest): number {
  const wait = /(?:^|[,;\s])wait=([0-9]{1,4})(?:$|[,;\s])/.exec(
    String(request.headers['prefer'] ?? ''),
  );
  return Math.min(POLL_S_MAX, Number(wait?.[1] ?? 0));
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: PollAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return reply.send(status === 304 ? undefined : Buffer.from(body));
}
