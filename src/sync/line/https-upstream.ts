import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  UnreachableReason,
  Upstream,
  UpstreamRequest,
  UpstreamResult,
} from '../../ports/upstream.ts';
import { CallDeadline } from './call-deadline.ts';
import { connectHub } from './hub-connection.ts';
import {
  type ClientIdentity,
  NotTheHub,
  OtherTime,
  type TrustedAuthorities,
} from './hub-identity.ts';

/** Segments under way, the newest one, the long poll and what else asks. */
const CONNECTIONS_MAX = 16;
const HEADER_BYTES_MAX = 16_384;

export type HttpsUpstreamOptions = {
  /** `https://host[:port]`, nothing behind it. */
  readonly url: URL;
  readonly trusted: TrustedAuthorities;
  readonly identity: ClientIdentity | null;
  readonly time: () => TimeInterval;
  readonly clock: Clock;
};

/** The line over HTTPS: TLS 1.3, keep-alive, the hub proved before a byte is sent, a deadline on everything. */
export class HttpsUpstream implements Upstream {
  readonly #options: HttpsUpstreamOptions;
  #shown: Pick<HttpsUpstreamOptions, 'trusted' | 'identity'>;
  #agent: HubAgent;

  constructor(options: HttpsUpstreamOptions) {
    this.#options = options;
    this.#shown = options;
    this.#agent = this.#newAgent();
  }

  /** From now on new connections; calls under way end as they began. */
  use(shown: Pick<HttpsUpstreamOptions, 'trusted' | 'identity'>): void {
    this.#shown = shown;
    this.#agent.retire();
    this.#agent = this.#newAgent();
  }

  async ask(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResult> {
    const first = await this.#call(request, signal);
    // The hub may close an idle connection in the moment it is used again; every call may be repeated.
    if (first.result.kind !== 'unreachable' || !first.wasStale) return first.result;
    return (await this.#call(request, signal)).result;
  }

  /** Cuts whatever is under way. */
  close(): void {
    this.#agent.destroy();
  }

  #newAgent(): HubAgent {
    const { url, time } = this.#options;
    const port = url.port === '' ? 443 : Number(url.port);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return new HubAgent((signal) => connectHub({ host, port, time, ...this.#shown }, signal));
  }

  #call(request: UpstreamRequest, signal: AbortSignal): Promise<Called> {
    const { url, clock } = this.#options;
    const { method, path, headers, body } = request;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve({ result: unreachable('aborted', 'given up before it began'), wasStale: false });
        return;
      }
      const sent = httpsRequest({
        ...{ host: url.hostname, port: url.port, method, path, agent: this.#agent },
        maxHeaderSize: HEADER_BYTES_MAX,
        headers: {
          host: url.host,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': body.type }),
          ...(method === 'POST' ? { 'content-length': body?.bytes.length ?? 0 } : {}),
        },
      });
      new Call(sent, request, new CallDeadline(clock, request), signal, resolve);
      sent.end(body?.bytes);
    });
  }
}

type Called = { readonly result: UpstreamResult; readonly wasStale: boolean };

/** One request and its answer; settles exactly once. */
class Call {
  readonly #sent: ClientRequest;
  readonly #request: UpstreamRequest;
  readonly #deadline: CallDeadline;
  readonly #settled = new AbortController();
  readonly #resolve: (called: Called) => void;
  #hasAnswer = false;

  constructor(
    sent: ClientRequest,
    request: UpstreamRequest,
    deadline: CallDeadline,
    signal: AbortSignal,
    resolve: (called: Called) => void,
  ) {
    this.#sent = sent;
    this.#request = request;
    this.#deadline = deadline;
    this.#resolve = resolve;
    // The agent gives sockets that are secure already.
    sent.once('socket', () => deadline.connected());
    sent.once('response', (answer: IncomingMessage) => this.#read(answer));
    sent.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    sent.once('close', () => this.#fail('cut', 'the connection ended before the answer did'));
    const abort = () => this.#fail('aborted', 'given up by this station');
    signal.addEventListener('abort', abort, { once: true });
    this.#settled.signal.addEventListener('abort', () =>
      signal.removeEventListener('abort', abort),
    );
    void deadline.passed(this.#settled.signal).then((late) => {
      if (late !== null) this.#fail(late.reason, late.message);
    });
  }

  #read(answer: IncomingMessage): void {
    const { answerBytesMax, sink } = this.#request;
    this.#hasAnswer = true;
    this.#deadline.answered();
    const status = answer.statusCode ?? 0;
    const into = status === 200 || status === 206 ? sink : undefined;
    const parts: Uint8Array[] = [];
    let length = 0;
    into?.begin(status === 206 ? startOf(answer) : 0);
    answer.on('data', (part: Uint8Array) => {
      length += part.length;
      this.#deadline.received(part.length);
      if (length > answerBytesMax) {
        this.#fail('too-long', `an answer of more than ${answerBytesMax} bytes`);
      } else if (into === undefined) parts.push(part);
      else into.part(part);
    });
    answer.once('end', () => {
      if (!answer.complete) return;
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      );
      this.#settle({ kind: 'answered', status, headers, body: Buffer.concat(parts) });
    });
    answer.once('error', () => this.#fail('cut', 'the connection ended within the answer'));
  }

  #failed(error: NodeJS.ErrnoException): void {
    const code = String(error.code ?? '');
    if (error instanceof OtherTime) this.#fail('other-time', error.message);
    else if (error instanceof NotTheHub) this.#fail('not-the-hub', error.message);
    else if (code.startsWith('HPE_') || code.startsWith('ERR_SSL') || code === 'EPROTO') {
      this.#fail('garbage', `what came is not what a hub says (${code})`);
    } else if (this.#deadline.isConnected) this.#fail('cut', `the connection broke (${code})`);
    else this.#fail('connect', `no connection (${code === '' ? error.message : code})`);
  }

  #fail(reason: UnreachableReason, message: string): void {
    if (this.#settled.signal.aborted) return;
    this.#settle(unreachable(reason, message));
    this.#sent.destroy();
  }

  #settle(result: UpstreamResult): void {
    if (this.#settled.signal.aborted) return;
    this.#settled.abort();
    const isCut = result.kind === 'unreachable' && result.reason === 'cut';
    this.#resolve({ result, wasStale: isCut && this.#sent.reusedSocket && !this.#hasAnswer });
  }
}

class HubAgent extends Agent {
  readonly #connect: (signal: AbortSignal) => ReturnType<typeof connectHub>;
  readonly #ended = new AbortController();

  constructor(connect: (signal: AbortSignal) => ReturnType<typeof connectHub>) {
    super({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
    this.#connect = connect;
  }

  // Given by callback: the request is not written before the hub has proved to be the one.
  override createConnection(
    _options: object,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    this.#connect(this.#ended.signal).then(
      ({ socket }) => callback?.(null, socket),
      // Node takes the error and nothing besides.
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  /** Keeps no connection once its call has ended. */
  retire(): void {
    this.maxFreeSockets = 0;
    for (const free of Object.values(this.freeSockets).flat()) free?.destroy();
  }

  override destroy(): void {
    this.#ended.abort();
    super.destroy();
  }
}

/** Where a 206 begins; NaN for one that does not say so, which no sink can take. */
function startOf({ headers }: IncomingMessage): number {
  const match = /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '');
  return match === null ? Number.NaN : Number(match[1]);
}

function unreachable(reason: UnreachableReason, message: string): UpstreamResult {
  return { kind: 'unreachable', reason, message };
}
