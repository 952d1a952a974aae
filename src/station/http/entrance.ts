import type { FastifyInstance } from 'fastify';
import type { Credentials } from './credentials.ts';
import { cookieName } from './guard.ts';

/** A visitor comes with a token in the address once, and goes on with a cookie that scripts cannot read. */
export function entrance(credentials: Credentials, port: () => number) {
  return async (app: FastifyInstance) => {
    app.get<{ Querystring: { token?: string } }>(
      '/enter',
      { config: { roles: 'anyone' }, schema: { hide: true } },
      async (request, reply) => {
        const session = credentials.enter(String(request.query.token ?? ''));
        if (session === null) return reply.redirect('/', 303);
        return reply
          .header(
            'set-cookie',
            `${cookieName(port())}=${session}; HttpOnly; SameSite=Strict; Path=/`,
          )
          .redirect('/', 303);
      },
    );
  };
}
