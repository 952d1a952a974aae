import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type {
  UnreachableReason,
  Upstream,
  UpstreamAnswer,
  UpstreamRequest,
} from '../../ports/upstream.ts';
import { ErrorBody, HEAD_HEADER, JSON_BYTES_MAX, TOKEN_HEADER } from '../protocol/wire.ts';
import type { LineState } from './line-state.ts';

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const RETRY_AFTER_S_MAX = 3_600;
const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';

/** What became of a call. `refused`: the hub answered with an error. */
export type Reply<T> =
  | {
      readonly kind: 'ok';
      readonly status: number;
      readonly value: T;
      readonly headers: UpstreamAnswer['headers'];
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** The hub's code; `http.<status>` when it gave none. */
      readonly code: string;
      readonly message: string;
      /** As the hub asked; null when it did not. */
      readonly retryAfterMs: number | null;
      readonly headers: UpstreamAnswer['headers'];
    }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly message: string };

export type Failure = Exclude<Reply<never>, { kind: 'ok' }>;

/** What the station last got to show that it is no copy (security E5). */
export interface TokenKeeper {
  token(): string | null;
  /** Durable once it returns. */
  keep(token: string): void;
}

type Deps = {
  readonly upstream: Upstream;
  readonly line: LineState;
  readonly tokens: TokenKeeper;
  /** A head of the journal signed now, base64url; null when there is none. */
  readonly head: () => string | null;
};

/** The calls of docs/protocol.md, with token, errors and shapes. Never throws for what comes. */
export class HubCalls {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `answer`: what the JSON that comes must look like; unknown keys of it are ignored. */
  async postJson<Answer extends TSchema>(
    path: string,
    body: object,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<Reply<Static<Answer>>> {
    const bytes = Buffer.from(JSON.stringify(body));
    return this.#forJson(
      { method: 'POST', path, body: { type: JSON_TYPE, bytes }, answerBytesMax: JSON_BYTES_MAX },
      answer,
      signal,
    );
  }

  async postBytes<Answer extends TSchema>(
    path: string,
    bytes: Uint8Array,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<Reply<Static<Answer>>> {
    return this.#forJson(
      { method: 'POST', path, body: { type: BYTES_TYPE, bytes }, answerBytesMax: JSON_BYTES_MAX },
      answer,
      signal,
    );
  }

  async getJson<Answer extends TSchema>(
    path: string,
    answer: Answer,
    signal: AbortSignal,
    answerBytesMax = JSON_BYTES_MAX,
  ): Promise<Reply<Static<Answer>>> {
    return this.#forJson({ method: 'GET', path, answerBytesMax }, answer, signal);
  }

  /** Bytes as they are; 304 has none. */
  async getBytes(
    request: Omit<UpstreamRequest, 'method'>,
    signal: AbortSignal,
  ): Promise<Reply<Uint8Array>> {
    return this.#ask({ method: 'GET', ...request }, signal);
  }

  /** A POST whose answer is bytes. */
  async postForBytes(
    path: string,
    body: object,
    answerBytesMax: number,
    signal: AbortSignal,
  ): Promise<Reply<Uint8Array>> {
    const bytes = Buffer.from(JSON.stringify(body));
    return this.#ask(
      { method: 'POST', path, body: { type: JSON_TYPE, bytes }, answerBytesMax },
      signal,
    );
  }

  async #forJson<Answer extends TSchema>(
    request: UpstreamRequest,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<Reply<Static<Answer>>> {
    const reply = await this.#ask(request, signal);
    if (reply.kind !== 'ok') return reply;
    const value = parsed(reply.value);
    if (Value.Check(answer, value)) return { ...reply, value };
    return {
      kind: 'unreachable',
      reason: 'garbage',
      message: `${request.path}: the answer does not have the shape that the protocol says`,
    };
  }

  async #ask(request: UpstreamRequest, signal: AbortSignal): Promise<Reply<Uint8Array>> {
    const reply = await this.#askOnce(request, {}, signal);
    if (reply.kind !== 'refused' || reply.code !== 'station.copied') return reply;
    // A restored hub knows only an older token: a head of the journal that it can link shows who this is.
    const head = this.#deps.head();
    if (head === null) return reply;
    return this.#askOnce(request, { [HEAD_HEADER]: head }, signal);
  }

  async #askOnce(
    request: UpstreamRequest,
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Reply<Uint8Array>> {
    const { upstream, line, tokens } = this.#deps;
    const token = tokens.token();
    const headers = {
      ...request.headers,
      ...more,
      ...(token === null ? {} : { [TOKEN_HEADER]: token }),
    };
    const result = await upstream.ask({ ...request, headers }, signal);
    if (result.kind === 'unreachable') {
      line.failed(result.reason);
      return result;
    }
    const given = result.headers[TOKEN_HEADER];
    if (given !== undefined && given !== token && TOKEN.test(given)) tokens.keep(given);
    const reply = replyOf(result);
    if (reply.kind === 'refused') line.refused(reply.status, reply.code);
    else line.answered();
    return reply;
  }
}

function replyOf({
  status,
  headers,
  body,
}: UpstreamAnswer): Exclude<Reply<Uint8Array>, { kind: 'unreachable' }> {
  if ((status >= 200 && status < 300) || status === 304) {
    return { kind: 'ok', status, value: body, headers };
  }
  const error = parsed(body);
  const told = Value.Check(ErrorBody, error)
    ? error
    : { code: `http.${status}`, message: `the hub answered ${status} without saying why` };
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfterMs = seconds >= 0 ? Math.min(seconds, RETRY_AFTER_S_MAX) * 1_000 : null;
  return { kind: 'refused', status, code: told.code, message: told.message, retryAfterMs, headers };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
