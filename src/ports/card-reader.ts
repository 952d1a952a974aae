import type { DeviceOffline, DeviceOnline } from './device-event.ts';

/**
 * A card reader, with one slot or several. The iterable ends only when `signal` aborts. A reader that is not there yet,
 * was unplugged or whose service is down is `offline`, and comes back by itself.
 */
export interface CardReader {
  readonly deviceId: string;
  events(signal: AbortSignal): AsyncIterable<CardReaderEvent>;
}

export type CardReaderEvent =
  | DeviceOnline
  | DeviceOffline
  /** A card was laid on the reader; every insertion is an object of its own. */
  | {
      readonly kind: 'card-inserted';
      readonly deviceId: string;
      readonly atMs: number;
      readonly card: InsertedCard;
    }
  | {
      readonly kind: 'card-removed';
      readonly deviceId: string;
      readonly atMs: number;
      readonly card: InsertedCard;
    };

/** One insertion of a card, from when it was laid down until it is taken away. */
export interface InsertedCard {
  /** The slot's name as the system knows it. */
  readonly slot: string;
  /** Answer to reset, as the reader gives it (contactless ones make it up): for support, never to decide by. */
  readonly atr: Uint8Array;
  /**
   * Takes the card for itself, freshly reset. One connection at a time; hold none between two readings. Rejects with
   * DeviceFault when the card is gone, mute, or another program keeps it.
   */
  connect(deadlineMs: number): Promise<CardConnection>;
}

/** A card that was taken. After a DeviceFault from `transmit` it is of no use any more. */
export interface CardConnection {
  /**
   * Sends a command APDU, gives the response APDU (data and status word), neither interpreted. Rejects with DeviceFault
   * when the card or the reader is gone, or when no answer came within `deadlineMs` milliseconds.
   */
  transmit(command: Uint8Array, deadlineMs: number): Promise<Uint8Array>;
  /** Gives the card back, powered down. Never rejects. */
  close(): Promise<void>;
}
