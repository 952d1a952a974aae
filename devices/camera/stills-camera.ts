import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import { InputError } from '../../src/kernel/errors.ts';
import type { FrameEvent, FrameSource } from '../../src/ports/frame-source.ts';
import type { CameraDeps, CameraReason, CameraSettings } from './camera-settings.ts';
import { fitPixels } from './fit-pixels.ts';
import { FrameMailbox } from './frame-mailbox.ts';
import { loadStill, STILL_LIMITS } from './load-still.ts';

const PICTURE_NAME = /\.(jpe?g|png|webp|gif|tiff?|avif|pgm|ppm)$/i;
const PICTURES_MAX = 10_000;
const RETRY = { delayMsMin: 250, delayMsMax: 10_000 };

type Round = { readonly pictures: number; readonly outage?: Outage };
type Outage = { readonly reason: CameraReason; readonly detail: readonly string[] };

/** A folder of pictures, or one picture, in the order of their names, as if a camera had taken them. */
export class StillsCamera implements FrameSource {
  readonly deviceId: string;
  readonly #settings: CameraSettings;
  readonly #deps: CameraDeps;

  constructor(settings: CameraSettings, deps: CameraDeps) {
    this.deviceId = settings.id;
    this.#settings = settings;
    this.#deps = deps;
  }

  async *events(signal: AbortSignal): AsyncGenerator<FrameEvent, void> {
    if (signal.aborted) return;
    const mailbox = new FrameMailbox(this.deviceId, this.#deps.clock);
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort);
    const running = this.#run(mailbox, stop.signal);
    running.catch(() => mailbox.close());
    try {
      yield* mailbox.events(signal);
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
      mailbox.close();
      await running;
    }
  }

  /** Ends without closing the mailbox: a camera that has ended stays offline until its consumer leaves. */
  async #run(mailbox: FrameMailbox, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    for (let failures = 0; !signal.aborted; ) {
      const round = await this.#round(mailbox, signal);
      if (round.outage !== undefined) mailbox.putOffline(round.outage.reason, round.outage.detail);
      failures = round.pictures > 0 ? 0 : failures + 1;
      if (round.pictures > 0 && this.#settings.loop !== true) {
        if (this.#settings.realtime === false) await mailbox.taken();
        mailbox.putOffline('camera.ended', []);
        return;
      }
      if (failures > 0) await clock.sleep(backoffDelayMs(RETRY, failures, random()), signal);
    }
  }

  /** Every picture once. One that cannot be read is an outage until the next one that can. */
  async #round(mailbox: FrameMailbox, signal: AbortSignal): Promise<Round> {
    const { source } = this.#settings;
    const paths = await picturePaths(source);
    if (paths.length === 0) {
      const detail = [`no pictures in ${source}: mend source, or put JPEG or PNG files there`];
      return { pictures: 0, outage: { reason: 'camera.no-source', detail } };
    }
    let pictures = 0;
    for (const path of paths) {
      if (signal.aborted) break;
      if (await this.#show(path, mailbox, signal)) pictures += 1;
    }
    return { pictures };
  }

  async #show(path: string, mailbox: FrameMailbox, signal: AbortSignal): Promise<boolean> {
    const { widthPx: width, heightPx: height, framesPerS, realtime } = this.#settings;
    const { clock } = this.#deps;
    const dueMs = clock.monoMs() + 1_000 / framesPerS;
    if (realtime === false) await mailbox.taken();
    try {
      const still = await loadStill(path, STILL_LIMITS);
      if (signal.aborted) return false;
      const data = await fitPixels(still, { width, height });
      mailbox.putFrame({ width, height }, data);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      mailbox.putOffline('camera.bad-picture', [`${basename(path)}: ${error.message}`]);
      return false;
    }
    if (realtime !== false) await clock.sleep(dueMs - clock.monoMs(), signal);
    return true;
  }
}

async function picturePaths(source: string): Promise<readonly string[]> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isFile() === true) return [source];
  if (found?.isDirectory() !== true) return [];
  const names = await readdir(source).catch(() => []);
  return names
    .filter((name) => PICTURE_NAME.test(name))
    .sort()
    .slice(0, PICTURES_MAX)
    .map((name) => join(source, name));
}
