import { EmulatedReader } from '../../devices/card-reader/emulated/emulated-reader.ts';
import { PcscHost } from '../../devices/card-reader/pcsc-host.ts';
import { PcscReader } from '../../devices/card-reader/pcsc-reader.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReaderConfig } from './config-schema.ts';
import type { Supervisors } from './supervision/supervisors.ts';

/** Where readers come from that are not the machine's own. */
export type ReaderSources = {
  /** Readers of driver `sim`, by id, that somebody lays cards on. */
  readonly emulated: ReadonlyMap<string, CardReader>;
  /** Where pcscd listens; null: in the system's place. */
  readonly pcscSocket: string | null;
};

export type ReadersDeps = ReaderSources & {
  readonly clock: Clock;
  readonly supervisors: Supervisors;
  readonly random: () => number;
};

/** The card readers of a configuration. Those of PC/SC share one child process, started with the first of them. */
export class Readers {
  readonly #deps: ReadersDeps;
  #host: PcscHost | null = null;

  constructor(deps: ReadersDeps) {
    this.#deps = deps;
  }

  open({ id, driver, name }: ReaderConfig): CardReader {
    const { clock, supervisors, random, emulated, pcscSocket } = this.#deps;
    switch (driver) {
      case 'sim':
        return emulated.get(id) ?? new EmulatedReader(id, clock);
      case 'pcsc':
        this.#host ??= new PcscHost({
          ...{ clock: supervisors.clockOf('card readers', 'waits'), random },
          ...(pcscSocket === null ? {} : { socketPath: pcscSocket }),
        });
        return new PcscReader({ deviceId: id, nameContains: name ?? null }, this.#host);
      default:
        return driver satisfies never;
    }
  }

  async close(): Promise<void> {
    await this.#host?.close();
  }
}
