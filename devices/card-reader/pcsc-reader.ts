import type { CardReader, CardReaderEvent } from '../../src/ports/card-reader.ts';
import type { PcscHost, PcscPicture } from './pcsc-host.ts';
import { PcscInsertion } from './pcsc-insertion.ts';
import type { SlotState } from './pcsc-messages.ts';
import { ReaderPresence } from './reader-presence.ts';

export type PcscReaderSettings = {
  readonly deviceId: string;
  /** Part of the name that pcscd gives the reader, in capitals or not; null takes every slot there is. */
  readonly nameContains: string | null;
};

type Lying = { readonly key: string; readonly card: PcscInsertion };

/** A reader of pcscd. All slots whose names fit are its own, as contact and contactless of one device. */
export class PcscReader implements CardReader {
  readonly deviceId: string;
  readonly #nameContains: string | null;
  readonly #host: PcscHost;
  readonly #presence: ReaderPresence;
  /** By slot. */
  readonly #lying = new Map<string, Lying>();
  #isWatching = false;

  constructor({ deviceId, nameContains }: PcscReaderSettings, host: PcscHost) {
    this.deviceId = deviceId;
    this.#nameContains = nameContains?.toLowerCase() ?? null;
    this.#host = host;
    this.#presence = new ReaderPresence(deviceId, host.clock);
  }

  events(signal: AbortSignal): AsyncIterable<CardReaderEvent> {
    if (!this.#isWatching && !signal.aborted) {
      this.#isWatching = true;
      this.#host.watch((picture) => this.#see(picture));
    }
    return this.#presence.events(signal);
  }

  #see(picture: PcscPicture): void {
    switch (picture.kind) {
      case 'unknown':
        break;
      case 'service-down':
        this.#goOut('reader.service-down', [
          'expected pcscd to answer: systemctl status pcscd.socket',
          ...picture.detail,
        ]);
        break;
      case 'fault':
        this.#goOut('reader.fault', picture.detail);
        break;
      case 'slots':
        this.#seeSlots(picture.life, picture.slots);
        break;
      default:
        picture satisfies never;
    }
  }

  #seeSlots(life: number, all: readonly SlotState[]): void {
    const mine = all.filter(
      ({ name }) => this.#nameContains === null || name.toLowerCase().includes(this.#nameContains),
    );
    if (mine.length === 0) {
      const wanted = this.#nameContains === null ? 'a reader' : `one named ${this.#nameContains}`;
      const names = all.map(({ name }) => name).join(', ') || 'none';
      this.#goOut('reader.not-found', [
        `expected ${wanted}, plugged in: ${names}. Look at its cable, and at chot card list`,
      ]);
      return;
    }
    const keys = new Map(mine.map((slot) => [slot.name, `${life} ${slot.insertion}`]));
    for (const [name, lying] of this.#lying) {
      if (keys.get(name) !== lying.key) this.#end(name, lying);
    }
    this.#presence.goOnline();
    for (const slot of mine) {
      if (slot.insertion === null || this.#lying.has(slot.name)) continue;
      const card = new PcscInsertion(this.#host, life, slot.insertion, slot);
      this.#lying.set(slot.name, { key: `${life} ${slot.insertion}`, card });
      this.#presence.put(card);
    }
  }

  #goOut(reason: string, detail: readonly string[]): void {
    for (const [name, lying] of this.#lying) this.#end(name, lying);
    this.#presence.goOffline(reason, detail);
  }

  #end(name: string, { card }: Lying): void {
    this.#lying.delete(name);
    this.#presence.take(card);
    card.end();
  }
}
