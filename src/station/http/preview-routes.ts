import type { FastifyPluginAsync } from 'fastify';
import type { GreyFrame } from '../../ports/frame-source.ts';
import type { LanePort } from './lane-port.ts';
import { ProblemShape } from './shapes.ts';

const BOUNDARY = 'chot-frame';
const WIDTH_PX = 640;
const WATCHERS_MAX = 8;

export type EncodePreview = (frame: GreyFrame, widthPx: number) => Promise<Uint8Array>;

/** What may be watched: lanes, or a camera that is being aimed. */
export type Watched = { readonly lanes: readonly Pick<LanePort, 'id' | 'frames'>[] };

/** GET /api/v1/lanes/{lane}/preview: grey JPEG frames while somebody watches, from memory and never stored. */
export function previewRoutes(station: Watched, encode: EncodePreview): FastifyPluginAsync {
  return async (app) => {
    let watchers = 0;
    const open = new Set<AbortController>();
    app.addHook('preClose', async () => {
      for (const stop of open) stop.abort();
    });

    app.get<{ Params: { lane: string } }>(
      '/api/v1/lanes/:lane/preview',
      { schema: { response: { 404: ProblemShape, 503: ProblemShape } } },
      async (request, reply) => {
        const lane = station.lanes.find(({ id }) => id === request.params.lane);
        if (lane === undefined) return reply.code(404).send(NO_LANE);
        if (watchers >= WATCHERS_MAX) return reply.code(503).send(TOO_MANY);
        const headers = {
          ...reply.getHeaders(),
          'content-type': `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
        };
        reply.hijack();
        const response = reply.raw;
        const stop = new AbortController();
        response.on('close', () => stop.abort());
        response.on('error', () => stop.abort());
        response.writeHead(200, headers as Record<string, string>);
        response.write(`--${BOUNDARY}\r\n`);
        watchers += 1;
        open.add(stop);
        try {
          for await (const frame of lane.frames(stop.signal)) {
            const jpeg = await encode(frame, WIDTH_PX);
            // A watcher that does not keep up misses frames; nothing queues up for it.
            if (response.writableNeedDrain) continue;
            response.write(`content-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`);
            response.write(jpeg);
            // A browser shows a part when the next boundary comes, so that is sent at once.
            response.write(`\r\n--${BOUNDARY}\r\n`);
          }
        } finally {
          watchers -= 1;
          open.delete(stop);
          response.end();
        }
        return reply;
      },
    );
  };
}

const NO_LANE = { code: 'lane.unknown', message: 'no such lane: GET /api/v1/lanes lists them' };
const TOO_MANY = { code: 'http.preview', message: 'too many pages watch this camera: close some' };
