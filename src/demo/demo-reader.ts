import type { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { EmulatedReader } from '../../devices/card-reader/emulated/emulated-reader.ts';
import { CCCD_ATR, type VpcdCard } from '../../devices/card-reader/emulated/vpcd-client.ts';
import { VirtualPcscd } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReaderConfig } from '../station/config-schema.ts';
import type { ReaderSources } from '../station/readers.ts';

/** What the demo's guests lay their cards on. */
export interface DemoReader {
  readonly config: ReaderConfig;
  readonly sources: ReaderSources;
  lay(card: EmulatedCard): Promise<void>;
  lift(): Promise<void>;
  close(): Promise<void>;
}

const READER = 'reader';
/** The first of the two slots of vpcd. */
const SLOT_NAME = 'Virtual PCD 00 00';

/** A virtual reader of a real pcscd where this machine can have one, else a reader in memory. */
export async function openDemoReader(
  clock: Clock,
  tell: (line: string) => void,
): Promise<DemoReader> {
  try {
    const pcscd = await VirtualPcscd.open();
    try {
      await pcscd.start();
      return new PcscDemoReader(pcscd);
    } catch (error) {
      await pcscd.close();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(`No PC/SC with virtual readers here (${error.message}); cards lie on a reader in memory.`);
    return new MemoryDemoReader(clock);
  }
}

class PcscDemoReader implements DemoReader {
  readonly config: ReaderConfig = { id: READER, driver: 'pcsc', name: SLOT_NAME };
  readonly sources: ReaderSources;
  readonly #pcscd: VirtualPcscd;
  #lying: VpcdCard | null = null;

  constructor(pcscd: VirtualPcscd) {
    this.#pcscd = pcscd;
    this.sources = { emulated: new Map(), pcscSocket: pcscd.socketPath };
  }

  async lay(card: EmulatedCard): Promise<void> {
    this.#lying = await this.#pcscd.insert(card, CCCD_ATR);
  }

  async lift(): Promise<void> {
    const lying = this.#lying;
    this.#lying = null;
    await lying?.pull();
  }

  async close(): Promise<void> {
    await this.lift();
    await this.#pcscd.close();
  }
}

class MemoryDemoReader implements DemoReader {
  readonly config: ReaderConfig = { id: READER, driver: 'sim' };
  readonly sources: ReaderSources;
  readonly #reader: EmulatedReader;

  constructor(clock: Clock) {
    this.#reader = new EmulatedReader(READER, clock);
    this.sources = { emulated: new Map([[READER, this.#reader]]), pcscSocket: null };
  }

  async lay(card: EmulatedCard): Promise<void> {
    this.#reader.insert(card);
  }

  async lift(): Promise<void> {
    this.#reader.remove();
  }

  async close(): Promise<void> {
    this.#reader.remove();
  }
}
