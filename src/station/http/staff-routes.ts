import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { LanePort } from './lane-port.ts';
import { LaneParams, type LaneRoutesDeps, NO_LANE, REFUSALS, TOO_FAST } from './lane-routes.ts';
import { RateLimit } from './rate-limit.ts';
import { PaperShape, ProblemShape, StaffActionShape } from './shapes.ts';

const Done = Type.Null({ description: 'Done.' });

const SIGN_INS_A_SECOND = 0.2;
const SIGN_INS_AT_ONCE = 5;
/** Typed from a book by one person. */
const LINES_A_SECOND = 1;
const LINES_AT_ONCE = 5;

/** What staff do at a lane. */
export function staffRoutes({ station, clock }: LaneRoutesDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    const laneOf = (id: string): LanePort | undefined =>
      station.lanes.find((lane) => lane.id === id);
    const lines = new RateLimit(clock, LINES_A_SECOND, LINES_AT_ONCE);
    const signIns = new RateLimit(clock, SIGN_INS_A_SECOND, SIGN_INS_AT_ONCE);

    app.post(
      '/api/v1/lanes/:lane/actions',
      {
        schema: {
          params: LaneParams,
          body: StaffActionShape,
          response: { 204: Done, ...REFUSALS },
        },
      },
      async (request, reply) => {
        const lane = laneOf(request.params.lane);
        if (lane === undefined) return reply.code(404).send(NO_LANE);
        const refusal = lane.act(request.body);
        return refusal === null ? reply.code(204).send(null) : reply.code(409).send(refusal);
      },
    );

    app.post(
      '/api/v1/lanes/:lane/paper-lines',
      {
        schema: {
          params: LaneParams,
          body: PaperShape,
          response: { 204: Done, 429: ProblemShape, ...REFUSALS },
        },
      },
      async (request, reply) => {
        const lane = laneOf(request.params.lane);
        if (lane === undefined) return reply.code(404).send(NO_LANE);
        if (!lines.take(lane.id)) return reply.code(429).send(TOO_FAST);
        const refusal = lane.reconcile(request.body.slip, request.body.number);
        return refusal === null ? reply.code(204).send(null) : reply.code(409).send(refusal);
      },
    );

    app.post(
      '/api/v1/lanes/:lane/officer',
      {
        schema: {
          params: LaneParams,
          body: Type.Object(
            {
              officer: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
              pin: Type.Union([Type.String({ maxLength: 16 }), Type.Null()]),
            },
            { additionalProperties: false },
          ),
          response: { 204: Done, 403: ProblemShape, 404: ProblemShape, 429: ProblemShape },
        },
      },
      async (request, reply) => {
        const lane = laneOf(request.params.lane);
        if (lane === undefined) return reply.code(404).send(NO_LANE);
        if (!signIns.take(lane.id)) return reply.code(429).send(TOO_FAST);
        const refusal = await lane.signIn(request.body.officer, request.body.pin);
        return refusal === null ? reply.code(204).send(null) : reply.code(403).send(refusal);
      },
    );
  };
}
