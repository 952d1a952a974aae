import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Upstream, UpstreamRequest, UpstreamResult } from '../../src/ports/upstream.ts';

/** What the other side does with the next request. */
export type HubBehaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: Uint8Array;
    }
  /** Sends so many bytes of the body's and ends the connection. */
  | { readonly kind: 'cut'; readonly body: Uint8Array; readonly after: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Begins an answer and stops. */
  | { readonly kind: 'stall'; readonly body: Uint8Array; readonly after: number }
  /** One byte at a time, far below the minimum. */
  | { readonly kind: 'drip' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'garbage' };

export type UpstreamRig = {
  readonly upstream: Upstream;
  behave(next: HubBehaviour): void;
  /** Requests as they arrived. */
  readonly arrived: readonly {
    method: string;
    path: string;
    headers: Record<string, string>;
    body: Uint8Array;
  }[];
  close(): Promise<void>;
};

const GET: UpstreamRequest = { method: 'GET', path: '/v1/roles', answerBytesMax: 1_000 };
const never = new AbortController().signal;

/** What every Upstream does, whatever carries it. */
export function upstreamContract(name: string, open: () => Promise<UpstreamRig>): void {
  describe(`${name}: an upstream`, () => {
    let rig: UpstreamRig;
    beforeEach(async () => {
      rig = await open();
    });
    afterEach(() => rig.close());

    const asked = async (behaviour: HubBehaviour, request = GET) => {
      rig.behave(behaviour);
      return rig.upstream.ask(request, never);
    };

    test('brings request and answer across as they are', async () => {
      const bytes = Uint8Array.of(0, 255, 1);
      const answer = await asked(
        {
          kind: 'answer',
          status: 201,
          headers: { 'chot-token': 'abc' },
          body: Uint8Array.of(7, 0),
        },
        {
          ...{ method: 'POST', path: '/v1/segments/00/1?x=1', answerBytesMax: 10 },
          headers: { 'chot-token': 'xyz' },
          body: { type: 'application/octet-stream', bytes },
        },
      );
      expect(answer).toMatchObject({
        kind: 'answered',
        status: 201,
        headers: { 'chot-token': 'abc' },
      });
      expect([...bodyOf(answer)]).toEqual([7, 0]);
      const [request] = rig.arrived;
      expect(request).toMatchObject({ method: 'POST', path: '/v1/segments/00/1?x=1' });
      expect(request?.headers['chot-token']).toBe('xyz');
      expect(request?.headers['content-type']).toBe('application/octet-stream');
      expect([...(request?.body ?? [])]).toEqual([...bytes]);
    });

    test('a refusal is an answer like any other, with its Retry-After', async () => {
      const answer = await asked({ kind: 'answer', status: 503, headers: { 'retry-after': '7' } });
      expect(answer).toMatchObject({
        kind: 'answered',
        status: 503,
        headers: { 'retry-after': '7' },
      });
    });

    test('an answer that is exactly as long as allowed comes, one byte more does not', async () => {
      const fits = await asked({ kind: 'answer', status: 200, body: new Uint8Array(1_000) });
      expect(bodyOf(fits)).toHaveLength(1_000);
      const long = await asked({ kind: 'answer', status: 200, body: new Uint8Array(1_001) });
      expect(long).toMatchObject({ kind: 'unreachable', reason: 'too-long' });
    });

    faults(asked);

    sinks(asked, () => rig);

    test('a call that its owner gives up ends at once', async () => {
      rig.behave({ kind: 'silent' });
      const stop = new AbortController();
      const asking = rig.upstream.ask(GET, stop.signal);
      stop.abort();
      expect(await asking).toMatchObject({ kind: 'unreachable', reason: 'aborted' });
      expect(await rig.upstream.ask(GET, stop.signal)).toMatchObject({ reason: 'aborted' });
    });
  });
}

type Ask = (behaviour: HubBehaviour, request?: UpstreamRequest) => Promise<UpstreamResult>;

function faults(asked: Ask): void {
  test.each([
    ['an answer cut in its body', { kind: 'cut', body: new Uint8Array(500), after: 100 }, 'cut'],
    ['a request that is never answered', { kind: 'silent' }, 'silent'],
    ['an answer that stalls', { kind: 'stall', body: new Uint8Array(500), after: 100 }, 'slow'],
    ['an answer that drips', { kind: 'drip' }, 'slow'],
    ['a connection that is reset', { kind: 'reset' }, 'cut'],
    ['what is no answer at all', { kind: 'garbage' }, 'garbage'],
  ] as const)('%s ends as unreachable, and the next call works', async (_, behaviour, reason) => {
    expect(await asked(behaviour)).toMatchObject({ kind: 'unreachable', reason });
    expect(await asked({ kind: 'answer', status: 200 })).toMatchObject({ status: 200 });
  });
}

function sinks(asked: Ask, rig: () => UpstreamRig): void {
  test('what came before a cut is with the sink, and a Range goes on from there', async () => {
    const whole = Uint8Array.from({ length: 600 }, (_, index) => index % 251);
    const got: number[] = [];
    let at = -1;
    const sink = {
      begin: (start: number) => {
        at = start;
      },
      part: (bytes: Uint8Array) => {
        got.push(...bytes);
      },
    };
    const cut = await asked({ kind: 'cut', body: whole, after: 200 }, { ...GET, sink });
    expect(cut).toMatchObject({ kind: 'unreachable', reason: 'cut' });
    expect(at).toBe(0);
    const headers = { 'content-range': `bytes ${got.length}-599/600` };
    const rest = await asked(
      { kind: 'answer', status: 206, headers, body: whole.subarray(got.length) },
      { ...GET, headers: { range: `bytes=${got.length}-` }, sink },
    );
    expect(rest).toMatchObject({ kind: 'answered', status: 206 });
    expect(at).toBe(200);
    expect(got).toEqual([...whole]);
    expect(rig().arrived.at(-1)?.headers['range']).toBe('bytes=200-');
  });

  test('a refusal does not go into the sink', async () => {
    const parts: Uint8Array[] = [];
    const sink = { begin: () => {}, part: (bytes: Uint8Array) => void parts.push(bytes) };
    const answer = await asked(
      { kind: 'answer', status: 404, body: Uint8Array.of(1) },
      { ...GET, sink },
    );
    expect(bodyOf(answer)).toHaveLength(1);
    expect(parts).toEqual([]);
  });
}

function bodyOf(result: UpstreamResult): Uint8Array {
  return result.kind === 'answered' ? result.body : new Uint8Array();
}
