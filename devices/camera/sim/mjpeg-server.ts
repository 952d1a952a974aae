import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../src/ports/clock.ts';
import { sharp } from '../native-sharp.ts';

/**
 * How the server behaves from now on: `stall` keeps connections and sends nothing, `truncate` cuts every picture in
 * half, `resize` sends pictures of half the size, `junk` sends bytes that are no picture, `refuse` drops connections.
 */
export type MjpegMode = 'ok' | 'stall' | 'truncate' | 'resize' | 'junk' | 'refuse';

export type MjpegServerOptions = {
  /** JPEG files, sent in turn for ever. */
  readonly pictures: readonly Uint8Array[];
  readonly framesPerS: number;
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** `user:password` that a client must bring; without it any client is served. */
  readonly credentials?: string;
};

export type MjpegServer = {
  /** Without credentials. */
  readonly url: string;
  readonly setMode: (mode: MjpegMode) => void;
  /** Other pictures from now on; `resize` keeps to the first ones. */
  readonly show: (pictures: readonly Uint8Array[]) => void;
  readonly clientCount: () => number;
  /** Resolves when every connection is closed, after `signal` has aborted. */
  readonly closed: Promise<void>;
};

const BOUNDARY = 'chot-picture';
const JUNK_BYTES = 20_000;

/** A network camera of the HTTP kind (multipart/x-mixed-replace) on loopback, with faults to choose from. */
export async function startMjpegServer(
  options: MjpegServerOptions,
  signal: AbortSignal,
): Promise<MjpegServer> {
  const clients = new Set<ServerResponse>();
  const small = await Promise.all(options.pictures.map(halfSize));
  let mode: MjpegMode = 'ok';
  let { pictures } = options;
  const server = createServer((request, response) => {
    if (mode === 'refuse') return void request.socket.destroy();
    if (!mayWatch(request, options.credentials)) return void response.writeHead(401, ASK).end();
    response.writeHead(200, {
      'content-type': `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
    });
    response.flushHeaders();
    clients.add(response);
    response.on('close', () => clients.delete(response));
    response.on('error', () => clients.delete(response));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));

  const pace = async () => {
    for (let index = 0; !signal.aborted; index++) {
      const picture = pictureFor(mode, pictures, small, index);
      if (picture !== undefined) for (const client of clients) sendPart(client, picture);
      await options.clock.sleep(1_000 / options.framesPerS, signal);
    }
    server.close();
    server.closeAllConnections();
  };
  const pacing = pace();
  return {
    url: `http://127.0.0.1:${port}/stream`,
    setMode: (next) => {
      mode = next;
      if (next === 'refuse') for (const client of clients) client.destroy();
    },
    show: (next) => {
      pictures = next;
    },
    clientCount: () => clients.size,
    closed: pacing.then(() => closed),
  };
}

const ASK = { 'www-authenticate': 'Basic realm="camera"' };

function mayWatch(request: IncomingMessage, credentials: string | undefined): boolean {
  if (credentials === undefined) return true;
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return request.headers.authorization === expected;
}

function pictureFor(
  mode: MjpegMode,
  pictures: readonly Uint8Array[],
  small: readonly Uint8Array[],
  index: number,
): Uint8Array | undefined {
  const picture = pictures[index % pictures.length];
  switch (mode) {
    case 'ok':
      return picture;
    case 'truncate':
      return picture?.subarray(0, picture.length >> 1);
    case 'resize':
      return small[index % small.length];
    case 'junk':
      return junk(index);
    case 'stall':
    case 'refuse':
      return undefined;
    default:
      return mode satisfies never;
  }
}

/** A client that does not keep up misses pictures; nothing queues up for it. */
function sendPart(client: ServerResponse, picture: Uint8Array): void {
  if (client.writableNeedDrain) return;
  const head = `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  client.write(head);
  client.write(picture);
  client.write('\r\n');
}

/** The same noise for the same index: a linear congruential generator (Numerical Recipes). */
function junk(seed: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: JUNK_BYTES }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

async function halfSize(picture: Uint8Array): Promise<Uint8Array> {
  const { width = 2 } = await sharp(picture).metadata();
  return sharp(picture)
    .resize({ width: Math.ceil(width / 2) })
    .jpeg()
    .toBuffer();
}
