import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { Credentials, newToken } from '../../station/http/credentials.ts';
import { entrance } from '../../station/http/entrance.ts';
import { installGuard } from '../../station/http/guard.ts';
import {
  DeskGateAction,
  DeskLineAction,
  DeskPersonAction,
  type DeskPort,
  DeskView,
} from './desk-shapes.ts';

const BODY_BYTES_MAX = 1_024;

export type DeskServer = {
  /** Address that opens the desk once. */
  readonly entrance: string;
  close(): Promise<void>;
};

/** Serves the demo's desk on a free port of loopback, as closed to strangers as the station. `pages`: folder of the built page. */
export async function serveDesk(desk: DeskPort, pages: string): Promise<DeskServer> {
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();
  const credentials = new Credentials();
  const token = newToken();
  credentials.addEntrance(token, 'once');
  let port = 0;
  installGuard(app, { credentials, port: () => port });
  await app.register(entrance(credentials, () => port));
  app.get('/api/desk', { schema: { response: { 200: DeskView } } }, () => desk.view());
  app.post('/api/line', { schema: { body: DeskLineAction } }, async (request, reply) => {
    desk.setLine(request.body.cut);
    return reply.code(204).send();
  });
  app.post('/api/gate', { schema: { body: DeskGateAction } }, async (request, reply) => {
    await desk.setGate(request.body);
    return reply.code(204).send();
  });
  app.post('/api/people', { schema: { body: DeskPersonAction } }, async (request, reply) => {
    await desk.setPublished(request.body.person, request.body.published);
    return reply.code(204).send();
  });
  await app.register(fastifyStatic, { root: pages, cacheControl: false, wildcard: false });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
  return {
    entrance: `http://127.0.0.1:${port}/enter?token=${token}`,
    close: () => app.close(),
  };
}
