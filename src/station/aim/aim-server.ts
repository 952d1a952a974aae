import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { ConfigError } from '../../kernel/errors.ts';
import { Credentials, newToken } from '../http/credentials.ts';
import { entrance } from '../http/entrance.ts';
import { installGuard } from '../http/guard.ts';
import { type EncodePreview, previewRoutes } from '../http/preview-routes.ts';
import { AimShape } from './aim-shapes.ts';
import type { Aim } from './run-aim.ts';

export type AimServer = {
  /** Address that opens the page, as often as it is asked for. */
  readonly entrance: string;
  close(): Promise<void>;
};

export type AimServerOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of the built page. */
  readonly pages: string;
  readonly encodePreview: EncodePreview;
};

/** Serves the page of `chot aim` on loopback, as closed to strangers as the station's own (security A1). */
export async function serveAim(aim: Aim, options: AimServerOptions): Promise<AimServer> {
  const app = Fastify({
    bodyLimit: 1_024,
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();
  const credentials = new Credentials();
  const token = newToken();
  credentials.addEntrance(token, 'many');
  let { port } = options;
  installGuard(app, { credentials, port: () => port });
  await app.register(entrance(credentials, () => port));
  app.get('/api/aim', { schema: { response: { 200: AimShape } } }, async () => aim.view());
  const lanes = [{ id: 'aim', frames: (signal: AbortSignal) => aim.frames(signal) }];
  await app.register(previewRoutes({ lanes }, options.encodePreview));
  await app.register(fastifyStatic, { root: options.pages, cacheControl: false, wildcard: false });
  try {
    await app.listen({ host: '127.0.0.1', port });
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`cannot listen on 127.0.0.1:${port} (${code}): give another --port`, {
      cause: error,
    });
  }
  port = (app.server.address() as AddressInfo).port;
  return {
    entrance: `http://127.0.0.1:${port}/enter?token=${token}`,
    close: () => app.close(),
  };
}
