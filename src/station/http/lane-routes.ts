import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../ports/clock.ts';
import type { LanePort, StationPort } from './lane-port.ts';
import { RateLimit } from './rate-limit.ts';
import { PresentationShape, ProblemShape, StationShape } from './shapes.ts';

export const LaneParams = Type.Object({ lane: Type.String({ maxLength: 32 }) });
const PhotoParams = Type.Object({
  lane: Type.String({ maxLength: 32 }),
  name: Type.String({ pattern: '^[0-9a-f]{24}$' }),
});
export const REFUSALS = { 404: ProblemShape, 409: ProblemShape } as const;

/** A gate has no more than this to say; a page or scanner gone wild must not flood journal and screen (A1). */
const PRESENTATIONS_A_SECOND = 5;
const PRESENTATIONS_AT_ONCE = 10;

export type LaneRoutesDeps = { readonly station: StationPort; readonly clock: Clock };

/** Lanes as they are, and what is shown to them by text. */
export function laneRoutes({ station, clock }: LaneRoutesDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    const laneOf = (id: string): LanePort | undefined =>
      station.lanes.find((lane) => lane.id === id);
    const presentations = new RateLimit(clock, PRESENTATIONS_A_SECOND, PRESENTATIONS_AT_ONCE);

    app.get('/api/v1/lanes', { schema: { response: { 200: StationShape } } }, async () => ({
      station: station.id,
      software: station.software,
      demo: station.demo,
      officers: [...station.officers()],
      lanes: station.lanes.map((lane) => lane.view()),
    }));

    app.post(
      '/api/v1/lanes/:lane/presentations',
      {
        config: { roles: ['staff', 'scanner'] },
        schema: {
          params: LaneParams,
          body: PresentationShape,
          response: {
            202: Type.Object({ accepted: Type.Literal(true) }),
            429: ProblemShape,
            ...REFUSALS,
          },
        },
      },
      async (request, reply) => {
        const lane = laneOf(request.params.lane);
        if (lane === undefined) return reply.code(404).send(NO_LANE);
        if (!presentations.take(lane.id)) return reply.code(429).send(TOO_FAST);
        const { text, via = 'api' } = request.body;
        // Only the staff page has a keypad and a wedge: a software scanner is always `api`.
        lane.present(text, request.role === 'staff' ? via : 'api');
        return reply.code(202).send({ accepted: true } as const);
      },
    );

    app.get(
      '/api/v1/lanes/:lane/photos/:name',
      { schema: { params: PhotoParams, response: { 404: ProblemShape } } },
      async (request, reply) => {
        const photo = laneOf(request.params.lane)?.photo(request.params.name) ?? null;
        if (photo === null) return reply.code(404).send(NO_PHOTO);
        return reply.header('content-type', 'image/jpeg').send(photo as never);
      },
    );
  };
}

export const NO_LANE = {
  code: 'lane.unknown',
  message: 'no such lane: GET /api/v1/lanes lists them',
};
const NO_PHOTO = {
  code: 'photo.gone',
  message: 'no such photograph is shown: it is there only while its card lies on the reader',
};
export const TOO_FAST = {
  code: 'http.rate',
  message: 'too many in a short time: wait some seconds',
};
