import type { KeyObject } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import { HEAD_HEADER, TOKEN_HEADER } from '../../sync/protocol/wire.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';
import type { Station } from '../stations/station-store.ts';
import type { Tokens } from '../stations/tokens.ts';
import type { Admission } from './admission.ts';
import { refuse } from './error-answers.ts';
import type { Peers } from './peer.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The one call that a certificate past its end may still make. */
    readonly renewing?: boolean;
  }
  interface FastifyRequest {
    /** Whoever calls, on routes behind the guard. */
    caller: Caller | null;
    admitted: boolean;
  }
}

export type Caller = { readonly station: Station; readonly publicKey: KeyObject };

type Deps = {
  readonly peers: Peers;
  readonly tokens: Tokens;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly telemetry: HubTelemetry;
};

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const RETRY_S = { 'station-full': 2, 'hub-full': 5 } as const;

/** Before every station's call: certificate, token, room (docs/protocol.md, "The line"). Nothing of a body is read before. */
export function installStationGuard(app: FastifyInstance, deps: Deps): void {
  const { admission, telemetry } = deps;
  app.decorateRequest('caller', null);
  app.decorateRequest('admitted', false);
  app.addHook('onRequest', async (request, reply) => {
    const no = await refusalOf(deps, request, reply);
    if (no === null) return undefined;
    telemetry.refused(no.code, no.station);
    // Of a body that nobody reads the rest still comes.
    if (request.method === 'POST') reply.header('connection', 'close');
    return refuse(reply, no.status, no.code, no.message);
  });
  const leave = (request: FastifyRequest) => {
    if (!request.admitted || request.caller === null) return;
    request.admitted = false;
    admission.leave(request.caller.station.station);
  };
  app.addHook('onResponse', async (request) => leave(request));
  app.addHook('onRequestAbort', async (request) => leave(request));
}

type TurnedAway = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly station: string | null;
};

/** Null: let in, with caller, room and perhaps a new token. */
async function refusalOf(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<TurnedAway | null> {
  const renewing = request.routeOptions.config.renewing === true;
  const peer = await deps.peers.judge(request.raw.socket, deps.clock.wallMs(), renewing);
  if ('code' in peer) return { status: 401, ...peer, station: null };
  const no = await judgeToken(deps.tokens, peer, request, reply);
  if (no !== null) return no;
  const { station } = peer.station;
  const entered = deps.admission.enter(station);
  if (entered === 'admitted') {
    request.admitted = true;
    request.caller = peer;
    return null;
  }
  reply.header('retry-after', String(RETRY_S[entered]));
  return {
    ...{ status: entered === 'station-full' ? 429 : 503, code: `busy.${entered}`, station },
    message: 'too much is under way: come again after Retry-After',
  };
}

async function judgeToken(
  tokens: Tokens,
  { station }: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<TurnedAway | null> {
  const token = request.headers[TOKEN_HEADER];
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    const message = 'expected the header Chot-Token with the token last received';
    return { status: 401, code: 'station.token', message, station: station.station };
  }
  const head = request.headers[HEAD_HEADER];
  const judged = await tokens.judge(station, {
    ...{ token, head: typeof head === 'string' ? head : null },
    mayGive: request.method === 'POST',
  });
  if (judged.kind === 'good') {
    if (judged.give !== null) reply.header(TOKEN_HEADER, judged.give);
    return null;
  }
  const message =
    'an older token came than the last two: somebody uses a copy of this station; send Chot-Head, or ask the hub to clear it';
  return { status: 409, code: 'station.copied', message, station: station.station };
}

/** A long poll takes no room while it waits. */
export function leaveRoom(request: FastifyRequest, admission: Admission): void {
  if (!request.admitted) return;
  request.admitted = false;
  admission.leave(callerOf(request).station.station);
}

/** Who calls, behind the guard. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('a route without the guard asks who calls');
  return request.caller;
}

/** For statements and other bytes. */
export function sendBytes(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  return reply.type('application/octet-stream').send(Buffer.from(bytes));
}
