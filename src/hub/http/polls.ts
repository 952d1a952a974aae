import type { ServerResponse } from 'node:http';

/** How a long poll ends. Sent as it is, to all that wait in a region. */
export type PollAnswer = {
  readonly status: 200 | 304 | 401 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

type Poll = {
  readonly station: string;
  readonly region: string;
  readonly untilMs: number;
  readonly response: ServerResponse;
};

/** Of the hub's long polls, ten thousand and more: one small object each, no timer, no closure over anything large. */
export class Polls {
  readonly #polls = new Map<string, Poll>();

  get size(): number {
    return this.#polls.size;
  }

  stations(): readonly string[] {
    return [...this.#polls.keys()];
  }

  /** Holds the response until it is answered here or its connection closes. A station has one: an earlier one ends. */
  hold(poll: Poll, superseded: PollAnswer): void {
    const { station, response } = poll;
    this.end(station, superseded);
    this.#polls.set(station, poll);
    response.on('close', () => {
      if (this.#polls.get(station)?.response === response) this.#polls.delete(station);
    });
  }

  end(station: string, answer: PollAnswer): void {
    const poll = this.#polls.get(station);
    if (poll === undefined) return;
    this.#polls.delete(station);
    send(poll.response, answer);
  }

  endRegion(region: string, answer: PollAnswer): void {
    for (const poll of this.#polls.values()) {
      if (poll.region === region) this.end(poll.station, answer);
    }
  }

  /** Ends those that have waited long enough. Called about every second. */
  expire(monoMs: number, answerFor: (region: string) => PollAnswer): void {
    for (const poll of this.#polls.values()) {
      if (poll.untilMs <= monoMs) this.end(poll.station, answerFor(poll.region));
    }
  }
}

function send(response: ServerResponse, { status, headers, body }: PollAnswer): void {
  if (response.destroyed) return;
  const length = status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length });
  response.end(status === 304 ? undefined : body);
}
