import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials, Role } from './credentials.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Roles that may call the route; staff only where nothing is said; `anyone` needs no credential. */
    readonly roles?: readonly Role[] | 'anyone';
  }
  interface FastifyRequest {
    role: Role | null;
  }
}

type GuardSettings = {
  readonly credentials: Credentials;
  /** The port the server really listens on; known only once it does. */
  readonly port: () => number;
};

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};

export function cookieName(port: number): string {
  // Browsers share cookies between the ports of one host.
  return `chot-${port}`;
}

/** Closes the station's HTTP to strangers (security A1): Host, Origin, credential and body type, before any route. */
export function installGuard(app: FastifyInstance, { credentials, port }: GuardSettings): void {
  app.decorateRequest('role', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (!hostsOf(port()).has(request.headers.host ?? '')) {
      return refuse(reply, 421, 'http.host', `expected the station's own address in Host`);
    }
    if (isForeign(request, port())) {
      return refuse(reply, 403, 'http.origin', 'this page belongs to another site');
    }
    request.role = roleOf(request, credentials, port());
    const allowed = request.routeOptions.config.roles ?? ['staff'];
    if (allowed === 'anyone') return undefined;
    if (request.role === null) return refuseStranger(request, reply);
    if (allowed.includes(request.role)) return undefined;
    return refuse(reply, 403, 'http.role', 'this credential opens other endpoints, not this one');
  });
}

function hostsOf(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
}

/**
 * A foreign Origin is always refused; a request that changes state by cookie must carry ours, because every browser
 * sends it and nobody else needs a cookie.
 */
function isForeign(request: FastifyRequest, port: number): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin !== undefined) return ![...hostsOf(port)].some((host) => origin === `http://${host}`);
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  return changes && request.headers.authorization === undefined;
}

function roleOf(request: FastifyRequest, credentials: Credentials, port: number): Role | null {
  const bearer = /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return credentials.bearerRole(bearer);
  const wanted = `${cookieName(port)}=`;
  const session = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(wanted))
    ?.slice(wanted.length);
  return session !== undefined && credentials.isSession(session) ? 'staff' : null;
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.headers.accept?.includes('text/html') === true) {
    return reply.code(401).type('text/html; charset=utf-8').send(STRANGER_PAGE);
  }
  return refuse(
    reply,
    401,
    'http.credential',
    'expected a session (open the address the station printed) or a Bearer token from its keys folder',
  );
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ code, message });
}

const STRANGER_PAGE = `<!doctype html>
<html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Chốt</title>
<h1>Màn hình này chưa được mở</h1>
<p>Mở lại từ máy trạm, hoặc dùng địa chỉ vừa được in ra khi khởi động. Mỗi địa chỉ chỉ dùng một lần.</p>
<p lang="en">This screen is not open. Use the address that the station printed when it started; an address works once.</p>
</html>
`;
