import type { Clock } from '../../src/ports/clock.ts';
import type { DeviceOffline, DeviceOnline } from '../../src/ports/device-event.ts';
import type { FrameEvent, GreyFrame } from '../../src/ports/frame-source.ts';
import type { CameraReason } from './camera-settings.ts';

/**
 * What stands between a camera and its consumer: the last outage, the return from it, and the newest frame. Three
 * places and no queue, so a consumer that sleeps for a week finds the present and costs nothing meanwhile.
 */
export class FrameMailbox {
  readonly #deviceId: string;
  readonly #clock: Clock;
  #offline: DeviceOffline | undefined;
  #online: DeviceOnline | undefined;
  #frame: GreyFrame | undefined;
  #state: 'unknown' | 'online' | CameraReason = 'unknown';
  #sequence = 0;
  #closed = false;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(deviceId: string, clock: Clock) {
    this.#deviceId = deviceId;
    this.#clock = clock;
  }

  /**
   * Puts the newest frame; the first one after an outage says `online` before it. Returns the overtaken frame's bytes,
   * which nobody has seen and which may be written again. Bytes that a consumer got are its own for ever.
   */
  putFrame(size: Pick<GreyFrame, 'width' | 'height'>, data: Uint8Array): Uint8Array | undefined {
    const overtaken = this.#frame?.data;
    if (this.#state !== 'online') {
      this.#state = 'online';
      this.#online = { kind: 'online', deviceId: this.#deviceId, atMs: this.#clock.wallMs() };
    }
    this.#sequence += 1;
    const atMonoMs = this.#clock.monoMs();
    this.#frame = { ...size, stride: size.width, data, sequence: this.#sequence, atMonoMs };
    this.#wakeReader();
    return overtaken;
  }

  /** Says that the camera is out, once for each reason; a frame not yet taken is old news and is dropped. */
  putOffline(reason: CameraReason, detail: readonly string[]): void {
    if (this.#state === reason) return;
    this.#state = reason;
    this.#frame = undefined;
    this.#online = undefined;
    const atMs = this.#clock.wallMs();
    this.#offline = { kind: 'offline', deviceId: this.#deviceId, atMs, reason, detail };
    this.#wakeReader();
    this.#wakeWriter();
  }

  /** Resolves once no frame waits to be taken, or the mailbox is closed. One waiter at a time. */
  async taken(): Promise<void> {
    while (this.#frame !== undefined && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  close(): void {
    this.#closed = true;
    this.#wakeReader();
    this.#wakeWriter();
  }

  /** For one reader. Ends when `signal` aborts or the mailbox is closed. */
  async *events(signal: AbortSignal): AsyncGenerator<FrameEvent, void> {
    const wake = () => this.#wakeReader();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted && !this.#closed) {
        const event = this.#take();
        if (event !== undefined) yield event;
        else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  #take(): FrameEvent | undefined {
    const state = this.#offline ?? this.#online;
    if (state !== undefined) {
      if (state === this.#offline) this.#offline = undefined;
      else this.#online = undefined;
      return state;
    }
    const frame = this.#frame;
    if (frame === undefined) return undefined;
    this.#frame = undefined;
    this.#wakeWriter();
    return { kind: 'frame', deviceId: this.#deviceId, frame };
  }
}
