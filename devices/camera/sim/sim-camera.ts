import type { Clock } from '../../../src/ports/clock.ts';
import type { FrameEvent, FrameSource, GreyFrame } from '../../../src/ports/frame-source.ts';
import type { CameraReason } from '../camera-settings.ts';
import { FrameMailbox } from '../frame-mailbox.ts';

/** One step of a script: after `afterMs`, a picture is seen or the camera fails. */
export type SimCameraStep = { readonly afterMs: number } & (
  | { readonly picture: SimPicture }
  | { readonly fault: CameraReason }
);

export type SimPicture = Pick<GreyFrame, 'width' | 'height' | 'data'>;

/** A camera in memory: sees what it is shown, fails as it is told, and comes back with the next picture. */
export class SimCamera implements FrameSource {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #watchers = new Set<FrameMailbox>();

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
  }

  /** Rows without padding. The bytes are copied; whoever watches later does not see this picture. */
  show({ width, height, data }: SimPicture): void {
    for (const watcher of this.#watchers) {
      watcher.putFrame({ width, height }, Uint8Array.from(data));
    }
  }

  fail(reason: CameraReason, detail: readonly string[] = []): void {
    for (const watcher of this.#watchers) watcher.putOffline(reason, detail);
  }

  /** Plays a script once, on the clock. */
  async play(script: Iterable<SimCameraStep>, signal: AbortSignal): Promise<void> {
    for (const step of script) {
      await this.#clock.sleep(step.afterMs, signal);
      if (signal.aborted) return;
      if ('picture' in step) this.show(step.picture);
      else this.fail(step.fault);
    }
  }

  async *events(signal: AbortSignal): AsyncGenerator<FrameEvent, void> {
    if (signal.aborted) return;
    const mailbox = new FrameMailbox(this.deviceId, this.#clock);
    this.#watchers.add(mailbox);
    try {
      yield* mailbox.events(signal);
    } finally {
      this.#watchers.delete(mailbox);
    }
  }
}
