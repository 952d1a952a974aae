import { DeviceFault } from '../../src/kernel/errors.ts';
import type { DeviceOffline, DeviceOnline } from '../../src/ports/device-event.ts';

export type BoardInput = {
  readonly kind: 'input';
  readonly deviceId: string;
  readonly atMs: number;
  /** Counts from 1. */
  readonly channel: number;
  /** Whether its contact is closed, once that has been so for long enough. */
  readonly closed: boolean;
};

export type RelayBoardEvent = DeviceOnline | DeviceOffline | BoardInput;

/**
 * A board with relays and perhaps inputs, counted from 1, whose channels several devices share. Orders wait for each other,
 * those for urgent channels first; each ends within a deadline. An order given up before it was sent does nothing.
 */
export interface RelayBoard {
  readonly deviceId: string;
  /** Resolves once the board has taken the order and, where it can be, the output was read back; BoardFault otherwise. */
  set(channel: number, on: boolean, signal: AbortSignal): Promise<void>;
  /**
   * Closes the contact and resolves once it is; it opens `holdMs` later, by the board's own timer where it has one, so that no
   * crash can hold it. Given again meanwhile, it holds from then. BoardFault otherwise.
   */
  pulse(channel: number, holdMs: number, signal: AbortSignal): Promise<void>;
  /** Brings a dimmed output, counted by themselves from 1, to `level` of 0 to 1; BoardFault where there is none. */
  dim(channel: number, level: number, signal: AbortSignal): Promise<void>;
  /**
   * Tells what comes from now on; several may listen. After every `online` each input is told once, so that nobody keeps what
   * was before. Call the answer to hear no more.
   */
  onEvent(listener: (event: RelayBoardEvent) => void): () => void;
  /** Until `signal` aborts: keeps the line, looks at inputs, tells online and offline. Orders fail while it does not run. */
  run(signal: AbortSignal): Promise<void>;
}

/** An order that the board did not take, or nobody knows whether it did. */
export class BoardFault extends DeviceFault {
  /** As in DeviceOffline, e.g. `board.no-answer`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
