import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { guarded } from './guarded.ts';

/** What a staff page can do, without a browser. */
export type StaffSession = {
  readonly cookie: string;
  readonly get: (path: string) => Promise<Response>;
  readonly post: (path: string, body: unknown) => Promise<Response>;
  readonly lane: (id?: string) => Promise<LaneView>;
  readonly act: (action: string, ordinal: number | null, lane?: string) => Promise<number>;
  /** A keypad's or a wedge's text. */
  readonly type: (text: string, via: 'typed' | 'wedge') => Promise<number>;
  /** The first state of the lane, present or to come, that fits; told by the event stream. */
  readonly until: (what: string, fits: (view: LaneView) => boolean) => Promise<LaneView>;
};

export async function openStaffSession(origin: string, token: string): Promise<StaffSession> {
  const entered = await fetch(`${origin}/enter?token=${token}`, { redirect: 'manual' });
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const get = (path: string) => fetch(`${origin}${path}`, { headers: { cookie } });
  const post = (path: string, body: unknown) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { cookie, origin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const lanePath = (lane: string) => `/api/v1/lanes/${lane}`;
  return {
    cookie,
    get,
    post,
    lane: async (id = 'lane-1') => {
      const { lanes } = (await (await get('/api/v1/lanes')).json()) as { lanes: LaneView[] };
      const found = lanes.find((lane) => lane.id === id);
      if (found === undefined) throw new Error(`no lane ${id}`);
      return found;
    },
    act: async (action, ordinal, lane = 'lane-1') =>
      (await post(`${lanePath(lane)}/actions`, { action, ordinal, reason: 'tested' })).status,
    type: async (text, via) =>
      (await post(`${lanePath('lane-1')}/presentations`, { text, via })).status,
    until: (what, fits) => guarded(what, firstLane(origin, cookie, fits)),
  };
}

async function firstLane(
  origin: string,
  cookie: string,
  fits: (view: LaneView) => boolean,
): Promise<LaneView> {
  const stop = new AbortController();
  const stream = await fetch(`${origin}/api/v1/events`, {
    headers: { cookie },
    signal: stop.signal,
  });
  try {
    for await (const { event, data } of eventsOf(stream)) {
      if (event === 'lane' && fits(data as LaneView)) return data as LaneView;
    }
  } finally {
    stop.abort();
  }
  throw new Error('the event stream ended');
}

/** Server-sent events of a response, parsed. */
async function* eventsOf(stream: Response): AsyncGenerator<{ event: string; data: unknown }> {
  if (stream.body === null) return;
  let rest = '';
  for await (const part of stream.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + part).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
