import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGES = fileURLToPath(new URL('../../web/dist', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The station's own policy (src/station/http/guard.ts): a page that breaks it fails here too. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export type Asked = { readonly method: string; readonly url: string; readonly body: string };

/** What a test answers to a request of the page; null leaves it to the built files. */
type Answer = (asked: Asked, response: ServerResponse) => boolean;

export type GalleryServer = {
  readonly origin: string;
  /** Every request for something other than a file, oldest first. */
  readonly asked: Asked[];
  answer: Answer;
  close(): Promise<void>;
};

/** Serves the built pages on loopback, under the station's policy, with the station's interface played by the test. */
export async function serveGallery(
  of: 'station' | 'aim' | 'demo' = 'station',
): Promise<GalleryServer> {
  const folder = join(PAGES, of);
  if (!existsSync(join(folder, 'index.html'))) {
    throw new Error(`expected built pages in ${folder}: run \`node scripts/build.mjs web\` first`);
  }
  const asked: Asked[] = [];
  const self: GalleryServer = { origin: '', asked, answer: () => false, close: async () => {} };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://x');
      response.setHeader('content-security-policy', POLICY);
      if (isFile(pathname)) return sendFile(folder, pathname, response);
      const told = { method: request.method ?? 'GET', url: pathname + search, body };
      asked.push(told);
      if (!self.answer(told, response)) response.writeHead(404).end();
      return undefined;
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(self, {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

function isFile(pathname: string): boolean {
  return !pathname.startsWith('/api/');
}

function sendFile(folder: string, pathname: string, response: ServerResponse): void {
  const path = pathname.startsWith('/passer/')
    ? '/passer.html'
    : pathname.endsWith('/')
      ? `${pathname}index.html`
      : pathname;
  const file = join(folder, path);
  if (!file.startsWith(folder) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  response.end(readFileSync(file));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Opens a server-sent event stream and gives what sends on it. */
export function openEvents(response: ServerResponse): (event: string, data: unknown) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write('retry: 1000\n\n');
  return (event, data) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}
