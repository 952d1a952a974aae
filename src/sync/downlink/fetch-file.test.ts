import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { Upstream, UpstreamRequest, UpstreamResult } from '../../ports/upstream.ts';
import { HubCalls } from '../line/hub-calls.ts';
import { LineState } from '../line/line-state.ts';
import { fetchFile } from './fetch-file.ts';

const FILE = Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7) % 251));
const OTHER = Buffer.from(FILE.map((byte) => byte ^ 1));
const HASH = sha256(FILE);
const never = new AbortController().signal;

/** What the hub does with one request: from `start` of `file` so many bytes, then the end or a cut. */
type Turn = {
  readonly status: number;
  readonly file?: Buffer;
  /** Where it says to begin; as asked when absent. */
  readonly start?: number | undefined;
  readonly bytes?: number;
  readonly isCut?: boolean;
};

class TurnHub implements Upstream {
  readonly ranges: (string | null)[] = [];
  readonly #turns: Turn[];

  /** The last turn goes on for ever. */
  constructor(...turns: Turn[]) {
    this.#turns = turns;
  }

  async ask({ headers = {}, sink }: UpstreamRequest): Promise<UpstreamResult> {
    const range = headers['range'] ?? null;
    this.ranges.push(range);
    const turn = this.#turns.length > 1 ? this.#turns.shift() : this.#turns[0];
    const { file = FILE, status, start, bytes = FILE.length, isCut = false } = turn ?? NOTHING;
    if (status >= 300) return answered(status);
    const from = start ?? (status === 206 ? Number(/\d+/.exec(range ?? '0')?.[0]) : 0);
    sink?.begin(from);
    const whole = file.subarray(from, from + bytes);
    for (let at = 0; at < whole.length; at += 64) sink?.part(whole.subarray(at, at + 64));
    return isCut ? { kind: 'unreachable', reason: 'cut', message: 'cut' } : answered(status);
  }
}

const NOTHING: Turn = { status: 500 };

function answered(status: number): UpstreamResult {
  const body = Buffer.from(JSON.stringify({ code: `http.${status}`, message: 'no' }));
  return { kind: 'answered', status, headers: {}, body: status < 300 ? Buffer.alloc(0) : body };
}

/** The file, or why it did not come. */
async function fetched(hub: Upstream, signal = never): Promise<Uint8Array | string> {
  const clock = new VirtualClock();
  const calls = new HubCalls({
    ...{ upstream: hub, line: new LineState(clock, () => {}), head: () => null },
    tokens: { token: () => null, keep: () => {} },
  });
  let ended: Uint8Array | string | null = null;
  const running = fetchFile(HASH, FILE.length, { calls, clock, random: () => 0.5 }, signal).then(
    (file) => {
      ended = file;
    },
    (error: unknown) => {
      ended = String(error);
    },
  );
  for (let second = 0; ended === null && second < 600; second++) await clock.advance(1_000);
  await running;
  return ended ?? 'never';
}

const cutAt = (bytes: number): Turn => ({ status: 200, bytes, isCut: true });

describe('a published file', () => {
  test('goes on where it was cut, as often as it is', async () => {
    const hub = new TurnHub(cutAt(300), { status: 206, bytes: 300, isCut: true }, { status: 206 });
    expect(await fetched(hub)).toEqual(FILE);
    expect(hub.ranges).toEqual([null, 'bytes=300-', 'bytes=600-']);
  });

  test('begins anew with a hub that knows no Range', async () => {
    const hub = new TurnHub(cutAt(300), { status: 200, bytes: 200, isCut: true }, { status: 200 });
    expect(await fetched(hub)).toEqual(FILE);
    expect(hub.ranges).toEqual([null, 'bytes=300-', 'bytes=200-']);
  });

  test('starts over when the pieces are of two files', async () => {
    const hub = new TurnHub(
      { ...cutAt(300), file: OTHER },
      { status: 206 },
      { status: 200, bytes: 500, isCut: true },
      { status: 206 },
    );
    expect(await fetched(hub)).toEqual(FILE);
    expect(hub.ranges).toEqual([null, 'bytes=300-', null, 'bytes=500-']);
  });

  test('starts over when the hub goes on at another place than it was asked for', async () => {
    const hub = new TurnHub(cutAt(300), { status: 206, start: 310 }, { status: 200 });
    expect(await fetched(hub)).toEqual(FILE);
    expect(hub.ranges).toEqual([null, 'bytes=300-', null]);
  });

  test('comes from a hub that gives a little of a Range at a time', async () => {
    const hub = new TurnHub(cutAt(10), { status: 206, bytes: 150 });
    expect(await fetched(hub)).toEqual(FILE);
    expect(hub.ranges).toHaveLength(8);
  });

  test('that is another one in one piece is the caller’s to judge, and asked for once', async () => {
    const hub = new TurnHub({ status: 200, file: OTHER });
    expect(await fetched(hub)).toEqual(OTHER);
    expect(hub.ranges).toEqual([null]);
  });

  test('is given up after three times pieces that do not fit, and after three times nothing', async () => {
    const alternating = new TurnHub(
      ...[0, 1, 2, 3].flatMap((): Turn[] => [cutAt(300), { status: 206, file: OTHER }]),
    );
    expect(await fetched(alternating)).toContain('in pieces that fit, came others');
    expect(alternating.ranges).toHaveLength(6);
    const dead = new TurnHub(cutAt(0));
    expect(await fetched(dead)).toContain('unreachable: cut');
    expect(dead.ranges).toEqual([null, null, null]);
  });

  test('that the hub does not have, or whose rest it does not give, is not asked for again', async () => {
    for (const status of [404, 401, 416]) {
      const hub = new TurnHub(cutAt(300), { status });
      expect(await fetched(hub)).toContain('refused');
      expect(hub.ranges).toHaveLength(2);
    }
  });

  test('waits for a hub that is busy, and goes on', async () => {
    const hub = new TurnHub(cutAt(300), { status: 503 }, { status: 429 }, { status: 206 });
    expect(await fetched(hub)).toEqual(FILE);
  });

  test('comes whole or not at all, whatever the hub does', async () => {
    const turn = fc.oneof(
      fc.record({
        file: fc.constantFrom(FILE, FILE, FILE, FILE, FILE, OTHER),
        status: fc.constantFrom(200, 206),
        start: fc.oneof(
          { weight: 6, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.nat(1_000) },
        ),
        bytes: fc.nat(1_100),
        isCut: fc.boolean(),
      }),
      fc.constantFrom({ status: 503 }, { status: 404 }),
    );
    let wholes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns: Turn[]) => {
        const end = await fetched(new TurnHub(...turns));
        expect(end).not.toBe('never');
        if (typeof end === 'string') return;
        if (Buffer.compare(end, FILE) === 0) wholes++;
        // What is wrong came in one answer of the hub's: an end of its own, not one of our joining.
        else expect(isOneAnswer(end, turns)).toBe(true);
      }),
      { numRuns: 500, seed: 20_261_126 },
    );
    expect(wholes).toBeGreaterThan(40);
  });
});

function isOneAnswer(end: Uint8Array, turns: readonly Turn[]): boolean {
  return turns.some(({ file = FILE, bytes = FILE.length, start }) => {
    return start === 0 || start === undefined
      ? Buffer.compare(end, file.subarray(0, bytes)) === 0
      : end.length === 0;
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
