// The cycles of card-cycles.test.ts through a real pcscd, with the child that talks to it and the children that decode pictures.
import { expect, test } from 'vitest';
import type { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { CCCD_ATR, type VpcdCard } from '../../devices/card-reader/emulated/vpcd-client.ts';
import { PcscHost } from '../../devices/card-reader/pcsc-host.ts';
import { PcscReader } from '../../devices/card-reader/pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import { PhotoDecoder } from '../../src/station/photo/photo-decoder.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { CycleRig, type Hands } from '../support/card-cycles-rig.ts';
import { runCycles } from '../support/card-cycles-run.ts';
import { guarded } from '../support/guarded.ts';
import { samplePortrait } from '../support/sample-card.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const CYCLES = process.env['CHOT_SOAK'] === '1' ? 200 : 8;
const SEED = 'through pcscd';
const GROWN_BYTES_MAX = 8 * 1024 * 1024;
const obstacle = virtualPcscdObstacle();
const suffix = obstacle === null ? '' : ` (SKIPPED: ${obstacle})`;

/** Real time, in which the time between two people is skipped. */
class SkippingClock extends VirtualClock {
  #skippedMs = 0;

  override monoMs(): number {
    return systemClock.monoMs() + this.#skippedMs;
  }

  override wallMs(): number {
    return Date.UTC(2026, 10, 20, 3) + this.monoMs();
  }

  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  override async advance(ms: number): Promise<void> {
    this.#skippedMs += ms;
    await settle();
  }
}

/** Until the lane says so: it changes with whatever a reader tells. */
async function wait(rig: CycleRig, reached: () => boolean): Promise<void> {
  let stop = () => {};
  const there = new Promise<void>((resolve) => {
    const look = () => reached() && resolve();
    stop = rig.runner.onChange(look);
    rig.afterHand = look;
    look();
  });
  await guarded(JSON.stringify(rig.view.card), there).finally(stop);
}

class RealHands implements Hands {
  readonly #pcscd: VirtualPcscd;
  #laid: { readonly card: EmulatedCard; readonly at: VpcdCard } | null = null;

  constructor(pcscd: VirtualPcscd) {
    this.#pcscd = pcscd;
  }

  async lay(card: EmulatedCard): Promise<void> {
    this.#laid = { card, at: await this.#pcscd.insert(card, CCCD_ATR) };
  }

  async lift(): Promise<void> {
    await this.#laid?.at.pull();
  }

  /** The service goes, which to a lane is as much as the cable. */
  unplug(): Promise<void> {
    return this.#pcscd.kill();
  }

  async plug(): Promise<void> {
    await this.#pcscd.start();
    if (this.#laid !== null) await this.lay(this.#laid.card);
  }
}

const children = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

test.skipIf(obstacle !== null)(
  `${CYCLES} cards that do anything, through pcscd: each ends as it may, nothing is left${suffix}`,
  async () => {
    const before = children();
    const pcscd = await VirtualPcscd.open();
    await pcscd.start();
    const { socketPath } = pcscd;
    const host = new PcscHost({ clock: systemClock, random: () => 0.5, socketPath });
    const photos = new PhotoDecoder(systemClock);
    const rig = new CycleRig({
      ...{ clock: new SkippingClock(), hands: new RealHands(pcscd), photos, wait },
      reader: new PcscReader({ deviceId: 'test', nameContains: '00 00' }, host),
      portrait: await samplePortrait(),
    });
    try {
      const { wrong, heapBytes } = await runCycles(rig, CYCLES, SEED);
      expect(wrong).toEqual([]);
      expect(rig.bugs).toEqual([]);
      const grownBytes = Math.max(...heapBytes.slice(-3)) - Math.max(...heapBytes.slice(1, 4));
      expect(grownBytes).toBeLessThan(GROWN_BYTES_MAX);
    } finally {
      await rig.close();
      await host.close();
      await photos.close();
      await pcscd.close();
    }
    expect(children()).toBe(before);
  },
);
