import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmulatedReader } from '../../devices/card-reader/emulated/emulated-reader.ts';
import type { PhotoDecoder } from '../../src/lane/card-photo.ts';
import { CycleRig, type Hands } from '../support/card-cycles-rig.ts';
import { runCycles } from '../support/card-cycles-run.ts';
import { samplePortrait } from '../support/sample-card.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const CYCLES = process.env['CHOT_SOAK'] === '1' ? 10_000 : 200;
const SEED = 'cycles';
const WAIT_MS_MAX = 120_000;
const SETTLES = 4;
/** Cards of a new kind are made until late, and kept. */
const GROWN_BYTES_MAX = 4 * 1024 * 1024;

/** Counts who waits. */
class WatchedClock extends VirtualClock {
  waiting = 0;

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.waiting++;
    await super.sleep(ms, signal);
    this.waiting--;
  }
}

const rejections: unknown[] = [];
const onRejection = (error: unknown) => rejections.push(error);
beforeAll(() => void process.on('unhandledRejection', onRejection));
afterAll(() => void process.off('unhandledRejection', onRejection));

const UNDECODED: PhotoDecoder = {
  warm: () => {},
  decode: async ({ bytes }) => ({ kind: 'decoded', bytes }),
};

async function wait(rig: CycleRig, reached: () => boolean): Promise<void> {
  const untilMs = rig.clock.monoMs() + WAIT_MS_MAX;
  for (;;) {
    for (let settles = 0; settles < SETTLES; settles++) {
      if (reached()) return;
      await settle();
    }
    if (rig.clock.monoMs() > untilMs) throw new Error(`it hangs: ${JSON.stringify(rig.view.card)}`);
    await rig.pass(250);
  }
}

function handsOn(reader: EmulatedReader): Hands {
  return {
    lay: async (card) => void reader.insert(card),
    lift: async () => reader.remove(),
    unplug: async () => reader.unplug(),
    plug: async () => reader.plug(),
  };
}

test(`${CYCLES} cards that do anything: each ends as it may, the next person is taken up, nothing is left`, async () => {
  const clock = new WatchedClock(Date.UTC(2026, 10, 20, 3));
  const reader = new EmulatedReader('reader-1', clock);
  const portrait = await samplePortrait();
  const hands = handsOn(reader);
  const rig = new CycleRig({ clock, reader, hands, photos: UNDECODED, portrait, wait });
  const { wrong, tally, heapBytes } = await runCycles(rig, CYCLES, SEED);
  expect(wrong).toEqual([]);
  expect(rig.bugs).toEqual([]);
  expect(tally.size).toBeGreaterThan(40);
  const grownBytes = Math.max(...heapBytes.slice(-3)) - Math.max(...heapBytes.slice(1, 4));
  expect(grownBytes).toBeLessThan(GROWN_BYTES_MAX);
  await rig.close();
  expect(clock.waiting).toBe(0);
  expect(rejections).toEqual([]);
});
