import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { toHex } from '../../kernel/bytes.ts';
import { instantToIso } from '../../kernel/calendar.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journals } from '../journals.ts';
import { parseCaseCode } from '../passages/case-code.ts';
import type { StopCase } from '../passages/index-store.ts';
import { CasesAnswer } from './case-shapes.ts';
import { refuse } from './error-answers.ts';
import { type Audit, operatorOfRequest } from './operator-guard.ts';
import { CaseClosure, CaseParams, CasesQuery } from './operator-shapes.ts';

type Deps = {
  readonly journals: Journals;
  readonly clock: Clock;
  readonly audit: Audit;
};

const LIMIT = 100;
const LIMIT_MAX = 500;

/** What the health unit makes of stops. A case names a place in a journal, and nobody; who it was is read with a purpose. */
export function caseRoutes(deps: Deps) {
  const { journals, audit } = deps;
  const { cases, passages } = journals.index;
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.get(
      '/api/v1/cases',
      { config, schema: { tags, querystring: CasesQuery, response: { 200: CasesAnswer } } },
      async (request) => {
        const { state, beforeMs, limit } = request.query;
        const list = await cases.list({
          states: state === undefined ? ['open', 'acknowledged'] : [state],
          ...{ beforeMs: beforeMs === undefined ? null : Number(beforeMs), limit: limitOf(limit) },
        });
        return { cases: list.map(caseShape) };
      },
    );
    app.get(
      '/api/v1/cases/:code',
      { config: { ...config, personal: true }, schema: { tags, params: CaseParams } },
      async (request, reply) => {
        const found = await cases.find(request.params.code);
        if (found === null) return refuseChange(reply, found);
        const passage = await passages.at(found);
        await audit(request, 'case.read', { case: found.code, count: passage === null ? 0 : 1 });
        const shown = passage && { record: passage.record, attached: passage.attached };
        return { case: caseShape(found), passage: shown };
      },
    );
    await app.register(changeRoutes(deps));
  };
}

const tags = ['cases'];
const config = { operator: 'health' } as const;

function changeRoutes({ journals, clock, audit }: Deps) {
  const { cases } = journals.index;
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.post(
      '/api/v1/cases/:code/acknowledgement',
      { config, schema: { tags, params: CaseParams } },
      async (request, reply) => {
        const code = parseCaseCode(request.params.code);
        const by = operatorOfRequest(request);
        const done = await cases.acknowledge(code, by, clock.wallMs());
        if (!done) return refuseChange(reply, await cases.find(code));
        await audit(request, 'case.acknowledge', { case: code });
        return reply.code(204).send();
      },
    );
    app.post(
      '/api/v1/cases/:code/closure',
      { config, schema: { tags, params: CaseParams, body: CaseClosure } },
      async (request, reply) => {
        const code = parseCaseCode(request.params.code);
        const { outcome } = request.body;
        const by = operatorOfRequest(request);
        const done = await cases.closeCase(code, outcome, by, clock.wallMs());
        if (!done) return refuseChange(reply, await cases.find(code));
        await audit(request, 'case.close', { case: code, outcome });
        return reply.code(204).send();
      },
    );
  };
}

/** The code is nobody's, or somebody was faster: then who, and when. */
function refuseChange(reply: FastifyReply, found: StopCase | null): FastifyReply {
  if (found === null) {
    return refuse(reply, 404, 'case.unknown', 'no case has this code: was it read out rightly?');
  }
  const { state, closedBy, acknowledgedBy, outcome } = found;
  const atMs = (state === 'closed' ? found.closedMs : found.acknowledgedMs) ?? 0;
  const how =
    state === 'closed'
      ? `closed as ${outcome} by ${closedBy}`
      : `acknowledged by ${acknowledgedBy}`;
  return refuse(reply, 409, `case.${state}`, `it was ${how} at ${instantToIso(atMs)}`);
}

export function caseShape({ epoch, ...rest }: StopCase) {
  return { epoch: toHex(epoch), ...rest };
}

/** Of a page. */
export function limitOf(limit: string | undefined): number {
  return Math.max(1, Math.min(LIMIT_MAX, Number(limit ?? LIMIT)));
}
