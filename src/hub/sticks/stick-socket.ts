import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { SEGMENT_BYTES_MAX } from '../../journal/segment.ts';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { ID } from '../../sync/protocol/ids.ts';
import type {
  ReportOutcome,
  SegmentAddress,
  StickPort,
  StickSegmentOutcome,
} from './stick-desk.ts';

const REQUEST_MS = 60_000;
const ANSWER_BYTES_MAX = 65_536;
const CONNECTIONS_MAX = 16;
const SEGMENT_PATH = /^\/segments\/([^/]+)\/([0-9a-f]{32})\/([1-9][0-9]{0,14})$/;

/**
 * The daemon's door for `chot hub import` on the same machine. Whoever may open a socket in the hub's own folder (0700) has all its
 * keys; so no token is asked for, and nothing listens on a network. `failed` hears of what went wrong here.
 */
export async function listenForSticks(
  path: string,
  desk: StickPort,
  failed: (error: unknown) => void,
): Promise<{ close(): Promise<void> }> {
  const server = createServer((incoming, answer) => {
    handle(incoming, desk).then(
      (said) => send(answer, 200, said),
      (error: unknown) => {
        failed(error);
        send(answer, 500, { message: error instanceof Error ? error.name : 'unknown' });
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_MS;
  // One that a killed daemon left behind; the caller holds the folder's lock.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The command's side. Throws ConfigError when no daemon answers there. */
export class StickSocket implements StickPort {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async report(bytes: Uint8Array): Promise<ReportOutcome> {
    return (await this.#post('/report', bytes)) as ReportOutcome;
  }

  async segment(
    { station, epoch, first }: SegmentAddress,
    bytes: Uint8Array,
  ): Promise<StickSegmentOutcome> {
    const path = `/segments/${station}/${toHex(epoch)}/${first}`;
    return (await this.#post(path, bytes)) as StickSegmentOutcome;
  }

  #post(path: string, bytes: Uint8Array): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: unknown) =>
        reject(
          new ConfigError(
            `the daemon of this hub does not answer at ${this.#path} (${codeOf(cause)}): look at its log`,
            { cause },
          ),
        );
      const sent = request(
        { socketPath: this.#path, path, method: 'POST', timeout: REQUEST_MS },
        (answer) => {
          collect(answer, ANSWER_BYTES_MAX).then((body) => {
            if (answer.statusCode === 200) resolve(JSON.parse(body.toString('utf8')));
            else refuse(new Error(`status ${answer.statusCode}`));
          }, refuse);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('timeout')));
      sent.on('error', refuse);
      sent.end(bytes);
    });
  }
}

async function handle(incoming: IncomingMessage, desk: StickPort): Promise<unknown> {
  const body = await collect(incoming, SEGMENT_BYTES_MAX);
  if (incoming.url === '/report') return desk.report(body);
  const [, station = '', hex = '', first = '0'] = SEGMENT_PATH.exec(incoming.url ?? '') ?? [];
  const epoch = fromHex(hex);
  if (!ID.test(station) || epoch === null) throw new Error('no such call');
  return desk.segment({ station, epoch, first: Number(first) }, body);
}

async function collect(from: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of from) {
    length += (part as Buffer).length;
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

function send(answer: ServerResponse, status: number, body: unknown): void {
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(body));
}

function codeOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}
