/** One request to the hub. Whatever is not said here is not sent. */
export type UpstreamRequest = {
  readonly method: 'GET' | 'POST';
  /** From `/` on, with its query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
  /** A longer answer is `too-long` and its connection is destroyed. */
  readonly answerBytesMax: number;
  /** How long the hub was asked to think before its first byte (long poll), on top of the usual deadline. */
  readonly waitMs?: number;
  /**
   * Takes a successful answer's body part by part as it comes, and `body` is empty then; what came before a cut is not lost,
   * so that a Range can go on from there. Called with `start`, the offset of the first byte, before the first part.
   */
  readonly sink?: AnswerSink;
};

export interface AnswerSink {
  /** `start`: offset in the whole of what follows: 0, or where a 206 begins. */
  begin(start: number): void;
  part(bytes: Uint8Array): void;
}

export type UnreachableReason =
  /** No connection: refused, no route, no name, not within the deadline. */
  | 'connect'
  /** The hub's certificate is not one of a listed authority's, or not for this name. */
  | 'not-the-hub'
  /** The hub's certificate surely does not hold at the time that this station goes by. */
  | 'other-time'
  /** No first byte within the deadline. */
  | 'silent'
  /** Slower than 4 KB a second. */
  | 'slow'
  /** The connection ended before the answer did. */
  | 'cut'
  | 'too-long'
  /** What came is no HTTP. */
  | 'garbage'
  /** Our own signal. */
  | 'aborted';

export type UpstreamAnswer = {
  readonly kind: 'answered';
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};
export type UpstreamResult =
  | UpstreamAnswer
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly message: string };

/** The line to the hub. Never throws for what a network or a hub does; every call ends within its deadlines. */
export interface Upstream {
  ask(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResult>;
}
