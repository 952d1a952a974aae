import { expect, onTestFinished, test } from 'vitest';
import { qrMatrix } from '../../../fixtures/codes.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import {
  type DecodeOutcome,
  type DecoderPool,
  openDecoderPool,
} from '../../vision/decoder-pool.ts';
import { systemClock } from '../system-clock.ts';
import { KeptTest } from './keep-tested.ts';
import { BAD_CODE, GOOD_CODE, MODULES } from './known-codes.ts';
import { selfTest } from './self-test.ts';

test('the codes that are held are those of their texts', () => {
  for (const { text, rows } of [GOOD_CODE, BAD_CODE]) {
    const { size, modules } = qrMatrix(text);
    expect(size).toBe(MODULES);
    const bits = rows.flatMap((row) => [...BigInt(`0x${row}`).toString(2).padStart(MODULES, '0')]);
    expect(bits.map(Number)).toEqual([...modules]);
  }
});

test('the real decoder, documents and rules understand the good code and refuse the bad one', async () => {
  expect(await selfTest(realPool('src/vision/decode-worker.ts'))).toBeNull();
});

test('a decoder that reads nothing is told', async () => {
  expect(await selfTest(answering([]))).toBe('self-test.good-not-read');
});

test('a decoder that reads the good code wrongly is told', async () => {
  const wrong = `${GOOD_CODE.text}1`;
  expect(await selfTest(answering([wrong, BAD_CODE.text]))).toBe('self-test.good-not-read');
});

test('a decoder that reads the good code for the bad one is told', async () => {
  expect(await selfTest(answering([GOOD_CODE.text, GOOD_CODE.text]))).toBe(
    'self-test.bad-accepted',
  );
});

test('a decoder that dies over it is told', async () => {
  const dies = { kind: 'failed', reason: 'died', message: 'x' } as const;
  expect(await selfTest({ decode: async () => dies })).toBe('self-test.no-decoder');
});

test('a worker that is none is told when its time is over, made again, and passes once it is mended', async () => {
  const clock = new VirtualClock();
  const told: (string | null)[] = [];
  let decode: DecoderPool['decode'] = () => new Promise(() => {});
  const kept = new KeptTest({
    pool: { decode: (frame, plan) => decode(frame, plan) },
    clock,
    telemetry: { selfTest: (code) => told.push(code) },
  });
  const running = kept.run(new AbortController().signal);
  await clock.advance(15_000);
  expect(kept.view()).toMatchObject({ state: 'failed', code: 'self-test.no-decoder' });
  expect(kept.hasPassed).toBe(false);
  const { decode: mended } = answering([GOOD_CODE.text, BAD_CODE.text]);
  decode = mended;
  await clock.advance(60_000);
  await running;
  expect(kept.hasPassed).toBe(true);
  expect(told).toEqual(['self-test.no-decoder', null]);
});

/** A pool that reads these texts, one a frame, and nothing afterwards. */
function answering(texts: readonly string[]): Pick<DecoderPool, 'decode'> {
  const rest = [...texts];
  return {
    decode: async (): Promise<DecodeOutcome> => {
      const text = rest.shift();
      const codes = text === undefined ? [] : [codeOf(text)];
      return { kind: 'read', reading: { codes, unread: [], candidates: [], measures: null } };
    },
  };
}

function codeOf(text: string) {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const bytes = new TextEncoder().encode(text);
  return { bytes, text, corners, symbology: 'qr', version: 6 } as never;
}

function realPool(entry: string): DecoderPool {
  const pool = openDecoderPool({
    ...{ workers: 1, clock: systemClock, random: () => 0.5, deadlineMs: 30_000 },
    entry: compiledEntry(entry),
  });
  onTestFinished(() => pool.close());
  return pool;
}
