import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { toHex } from '../../kernel/bytes.ts';
import type { Journals } from '../journals.ts';
import type { IndexedPassage, Stop } from '../passages/index-store.ts';
import type { HubStore } from '../store/hub-store.ts';
import { caseShape, limitOf } from './case-routes.ts';
import { refuse } from './error-answers.ts';
import type { Audit } from './operator-guard.ts';
import {
  AfterPage,
  ErasureBody,
  FeedQuery,
  NumberParams,
  PassagesQuery,
} from './operator-shapes.ts';

type Deps = {
  readonly store: HubStore;
  readonly journals: Journals;
  readonly audit: Audit;
};

/** Where to go on in the feed. */
const CURSOR_HEADER = 'chot-cursor';

/** Who passed: every read with a purpose, every one audited before it is answered. */
export function passageRoutes({ store, journals, audit }: Deps) {
  const { passages, feed } = journals.index;
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const tags = ['passages'];
    const config = { operator: 'health', personal: true } as const;
    app.get(
      '/api/v1/passages',
      { config, schema: { tags, querystring: PassagesQuery } },
      async (request) => {
        const { station, fromMs, untilMs, after = null, limit } = request.query;
        const page = await passages.byTime({
          ...{ station, fromMs: Number(fromMs), untilMs: Number(untilMs), after },
          limit: limitOf(limit),
        });
        const read = { station, fromMs: Number(fromMs), untilMs: Number(untilMs) };
        await audit(request, 'passages.read', { ...read, count: page.passages.length });
        return { passages: page.passages.map(passageShape), next: page.next };
      },
    );
    app.get(
      '/api/v1/batches/:id/stops',
      { config, schema: { tags, params: NumberParams, querystring: AfterPage } },
      async (request, reply) => {
        const id = Number(request.params.id);
        const batch = await store.registers.get(id);
        if (batch === null || batch.publishedVersion === null) {
          return refuse(reply, 404, 'batch.unknown', `batch ${id} was never published`);
        }
        const page = await passages.stopsUnder({
          ...{ register: batch.register, fromVersion: batch.publishedVersion },
          toVersion: (batch.withdrawnVersion ?? Number.MAX_SAFE_INTEGER) - 1,
          ...{ after: request.query.after ?? null, limit: limitOf(request.query.limit) },
        });
        await audit(request, 'stops.read', { batch: id, count: page.stops.length });
        return { stops: page.stops.map(stopShape), next: page.next };
      },
    );
    app.get(
      '/api/v1/feed',
      { config, schema: { tags, querystring: FeedQuery, produces: ['application/x-ndjson'] } },
      async (request, reply) => {
        const page = await feed.page(request.query.cursor ?? null, limitOf(request.query.limit));
        await audit(request, 'feed.read', { count: page.lines.length });
        const text = page.lines.map((line) => `${line}\n`).join('');
        return reply.header(CURSOR_HEADER, page.cursor).type('application/x-ndjson').send(text);
      },
    );
    app.post(
      '/api/v1/erasures',
      {
        config: { operator: 'admin', personal: true },
        schema: { tags, body: ErasureBody },
      },
      async (request) => {
        const erased = await journals.eraser.erasePerson(request.body);
        await audit(request, 'person.erase', { records: erased });
        return { erased };
      },
    );
  };
}

function passageShape({ station, epoch, sequence, record, attached, ...rest }: IndexedPassage) {
  const place = { station, epoch: toHex(epoch), sequence };
  return { ...place, record, attached, case: rest.case === null ? null : caseShape(rest.case) };
}

function stopShape({ station, epoch, sequence, record, ...rest }: Stop) {
  const place = { station, epoch: toHex(epoch), sequence };
  return { ...place, record, case: rest.case === null ? null : caseShape(rest.case) };
}
