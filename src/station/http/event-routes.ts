import type { FastifyPluginAsync } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import { EventStreams } from './event-stream.ts';
import { BEAT_MS, type StationEvent } from './events.ts';
import { HistoryBuffer } from './history-buffer.ts';
import type { LanePort, StationPort } from './lane-port.ts';
import { ProblemShape } from './shapes.ts';

type Deps = {
  readonly station: StationPort;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** GET /api/v1/events for staff, and the passer's page's own stream, which carries no personal field at all. */
export function eventRoutes({ station, clock, signal }: Deps): FastifyPluginAsync {
  return async (app) => {
    const staff = new EventStreams();
    const outward = new Map(station.lanes.map((lane) => [lane.id, new EventStreams()]));
    const shownOutward = new Map<string, string>();
    const history = new HistoryBuffer(station.boot);

    const stops = [
      station.onLane((lane) => {
        send(staff, { event: 'lane', data: lane });
        const face = { outward: lane.outward, hint: lane.hint };
        const text = JSON.stringify(face);
        // Equal faces are told once, so that check and stop stay alike in time as well (A4).
        if (shownOutward.get(lane.id) === text) return;
        shownOutward.set(lane.id, text);
        outward.get(lane.id)?.send({ event: 'outward', data: face });
      }),
      station.onHistory((lane, row) => send(staff, history.add(lane, row))),
    ];
    const beats = beat();

    app.addHook('onClose', async () => {
      for (const stop of stops) stop();
      for (const streams of [staff, ...outward.values()]) streams.close();
      await beats;
    });

    async function beat(): Promise<void> {
      while (!signal.aborted) {
        for (const streams of [staff, ...outward.values()]) {
          send(streams, { event: 'beat', data: { nowMs: clock.wallMs() } });
        }
        await clock.sleep(BEAT_MS, signal);
      }
    }

    app.get(
      '/api/v1/events',
      { schema: { response: { 503: ProblemShape } } },
      async (request, reply) => {
        const seen = request.headers['last-event-id'];
        const first: StationEvent[] = [
          { event: 'hello', data: { boot: station.boot, software: station.software } },
          ...history.after(typeof seen === 'string' ? seen : null),
          ...station.lanes.map((lane): StationEvent => ({ event: 'lane', data: lane.view() })),
          { event: 'beat', data: { nowMs: clock.wallMs() } },
        ];
        if (!staff.open(reply, first)) return reply.code(503).send(TOO_MANY);
        return reply;
      },
    );

    app.get<{ Params: { lane: string } }>(
      '/api/v1/lanes/:lane/outward',
      { schema: { response: { 404: ProblemShape, 503: ProblemShape } } },
      async (request, reply) => {
        const lane = station.lanes.find(({ id }) => id === request.params.lane);
        const streams = outward.get(request.params.lane);
        if (lane === undefined || streams === undefined) return reply.code(404).send(NO_LANE);
        if (!streams.open(reply, [noticeOf(lane), faceOf(lane)]))
          return reply.code(503).send(TOO_MANY);
        return reply;
      },
    );
  };
}

function send(streams: EventStreams, event: StationEvent): void {
  streams.send(event);
}

function noticeOf({ notice }: LanePort) {
  return { event: 'notice', data: notice };
}

function faceOf(lane: LanePort) {
  const { outward, hint } = lane.view();
  return { event: 'outward', data: { outward, hint } };
}

const TOO_MANY = {
  code: 'http.streams',
  message: 'too many pages are open on this station: close some',
};
const NO_LANE = {
  code: 'lane.unknown',
  message: 'no such lane: GET /api/v1/lanes lists them',
};
