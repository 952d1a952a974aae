import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { PURPOSE_HEADER, type Purpose } from '../hub/http/operator-guard.ts';
import type { Clock } from '../ports/clock.ts';
import { connectHub } from '../sync/line/hub-connection.ts';
import { NotTheHub } from '../sync/line/hub-identity.ts';
import { machineTime } from './register-common.ts';

/** Where the hub is, whom to believe that it is the hub, and as whom to ask. */
export type HubAddress = {
  /** `https://host[:port]`, nothing behind it. */
  readonly url: URL;
  /** X.509 DER of the hub's authorities; nobody else is believed. */
  readonly authorities: readonly Uint8Array[];
  readonly token: string;
};
export type HubRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly type: string; readonly content: string | AsyncIterable<Uint8Array> };
  /** Why a person's data is read, where it is. */
  readonly purpose?: Purpose;
};
type Within = { readonly clock: Clock; readonly signal: AbortSignal };
export type HubReply = { readonly status: number; readonly text: string };

/** There is no connection, and nothing was sent; `message` is the code that the network or TLS gives. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
}

/** The connection broke, or nothing came, after the request was on its way: the hub may have done it all the same. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
}

const CONNECT_MS = 10_000;
/** Ten million rows are published in a minute; this is for a slow machine with other things to do. */
const SILENCE_MS = 15 * 60_000;
/** A thousand bad lines, or every batch there ever was. */
const ANSWER_BYTES_MAX = 16 * 1_048_576;

/**
 * One call of the operators' interface; nothing is sent before the hub has proved to be the one. Rejects with NotTheHub or
 * NoConnection, with NoReply afterwards, or as `content` does.
 */
export async function callHub(
  address: HubAddress,
  request: HubRequest,
  { clock, signal }: Within,
): Promise<HubReply> {
  const socket = await connectWithin(address, { clock, signal });
  void cutSilent(socket, clock);
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await ask(socket, address, request);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

async function connectWithin({ url, authorities }: HubAddress, { clock, signal }: Within) {
  const late = new AbortController();
  const connected = new AbortController();
  void clock.sleep(CONNECT_MS, connected.signal).then(() => late.abort());
  const options = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    trusted: { kind: 'listed', authorities } as const,
    ...{ identity: null, time: machineTime },
  };
  try {
    const { socket } = await connectHub(options, AbortSignal.any([signal, late.signal]));
    return socket;
  } catch (cause) {
    if (cause instanceof NotTheHub) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = late.signal.aborted ? `nothing within ${CONNECT_MS / 1_000} s` : (code ?? message);
    throw new NoConnection(why, { cause });
  } finally {
    connected.abort();
  }
}

function ask(
  socket: TLSSocket,
  { url, token }: HubAddress,
  { method, path, body, purpose }: HubRequest,
): Promise<HubReply> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(new URL(path, url), {
      ...{ method, createConnection: () => socket },
      headers: {
        authorization: `Bearer ${token}`,
        // Or the hub closes behind an answer that it gives in the middle of a long file, and the answer is lost with the rest.
        connection: 'keep-alive',
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...(purpose === undefined ? {} : { [PURPOSE_HEADER]: purpose }),
      },
    });
    const content = body === undefined ? null : Readable.from(body.content);
    sent.once('response', (answer) => {
      // Also in the middle of a long file, of which the hub has seen enough.
      content?.destroy();
      readAnswer(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 0, text }),
        (error: Error) => reject(asNoReply(error)),
      );
    });
    sent.on('error', (error) => reject(asNoReply(error)));
    content?.once('error', reject);
    send(sent, content);
  });
}

async function cutSilent(socket: TLSSocket, clock: Clock): Promise<void> {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  for (let before = -1; !closed.signal.aborted; ) {
    const moved = socket.bytesRead + socket.bytesWritten;
    if (moved === before) socket.destroy(new NoReply('nothing came for 15 minutes'));
    before = moved;
    await clock.sleep(SILENCE_MS, closed.signal);
  }
}

function send(sent: ClientRequest, content: Readable | null): void {
  if (content === null) sent.end();
  else content.pipe(sent);
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > ANSWER_BYTES_MAX) throw new Error(`more than ${ANSWER_BYTES_MAX} bytes came`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function asNoReply(error: Error): NoReply {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof NoReply ? error : new NoReply(code ?? error.message, { cause: error });
}
