import type { AlarmCode } from '../../../src/sync/alarms.ts';
import { Alarms } from '../../../src/sync/alarms.ts';
import { HubCalls } from '../../../src/sync/line/hub-calls.ts';
import { LineState } from '../../../src/sync/line/line-state.ts';
import type { RoleKey } from '../../../src/sync/protocol/statement.ts';
import { Uplink } from '../../../src/sync/uplink/run-uplink.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { copyDisk, type Disk, emptyDisk, MemoryJournal } from './memory-journal.ts';
import type { Seeded } from './seeded.ts';
import type { SimLine } from './sim-line.ts';

const SIGNATURE = new Uint8Array(64);

/** Thrown where a simulated process ends; nothing catches it but the simulation. */
class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

type Process = {
  readonly journal: MemoryJournal;
  readonly uplink: Uplink;
  readonly active: Alarms;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
};

export type StationParts = {
  readonly id: string;
  readonly clock: VirtualClock;
  readonly random: Seeded;
  readonly line: SimLine;
  readonly keys: readonly RoleKey[];
  /** Every record that `append` returned for, or may have written: what the lanes saw. */
  readonly oracle: { readonly acknowledged: Set<string>; readonly perhaps: Set<string> };
};

/** One station's process over its disk; it may die at any step of its journal and at any moment between. */
export class SimStation {
  readonly alarms = new Set<AlarmCode>();
  readonly #parts: StationParts;
  #disk: Disk;
  #image: Disk | null = null;
  #process: Process | null = null;
  #tripIn = Number.POSITIVE_INFINITY;

  constructor(parts: StationParts, disk: Disk = emptyDisk(parts.id, parts.random)) {
    this.#parts = parts;
    this.#disk = disk;
  }

  get id(): string {
    return this.#parts.id;
  }

  get disk(): Disk {
    return this.#disk;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  get isDrained(): boolean {
    return this.#process?.uplink.isDrained() ?? false;
  }

  get refusedCount(): number {
    return this.#process?.uplink.refusedCount ?? 0;
  }

  /** Alarms that are not over. */
  active(): readonly AlarmCode[] {
    return this.#process?.active.list() ?? [];
  }

  start(): void {
    if (this.#process !== null) return;
    const { id, clock, random, line, keys } = this.#parts;
    let uplink: Uplink | null = null;
    const journal = new MemoryJournal(
      ...([
        this.#disk,
        id,
        random,
        (step: string) => this.#trip(step),
        () => uplink?.wake(),
      ] as const),
    );
    const alarms = new Alarms((code) => this.alarms.add(code));
    const calls = new HubCalls({
      ...{ upstream: line, line: new LineState(clock, () => {}), head: () => null },
      tokens: { token: () => null, keep: () => {} },
    });
    const time = () => ({
      ...{
        earliestMs: clock.wallMs() - 10,
        latestMs: clock.wallMs() + 10,
        trust: 'vouched' as const,
      },
    });
    const identity = { region: 'hcm', station: id, sign: () => SIGNATURE, keys: () => keys, time };
    uplink = new Uplink({
      ...{ journal, calls, identity, clock, random: random.next, alarms },
      ...{ noteHub: () => {}, termsKnown: async () => {}, fetchRoles: async () => {} },
    });
    const stop = new AbortController();
    const ended = uplink.run(stop.signal).catch((error: unknown) => {
      if (!(error instanceof SimulatedCrash)) throw error;
      this.#process = null;
    });
    this.#process = { journal, uplink, active: alarms, stop, ended };
  }

  /** The process ends now, as by kill -9 or a power cut. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    this.#tripIn = Number.POSITIVE_INFINITY;
    process?.stop.abort();
    await process?.ended;
  }

  /** The process ends within one of its journal's next steps. */
  killWithin(steps: number): void {
    this.#tripIn = steps;
  }

  append(): void {
    const { oracle } = this.#parts;
    this.#guarded((journal) => {
      const before = new Set(journal.disk.records.keys());
      try {
        const { epoch, sequence, link } = journal.append();
        oracle.acknowledged.add(`${epoch}/${sequence}=${link}`);
      } catch (error) {
        // On disk perhaps, and nobody was told.
        for (const [sequence, row] of journal.disk.records) {
          if (before.has(sequence)) continue;
          const epoch = Buffer.from(journal.epochs().at(-1)?.epoch ?? []).toString('hex');
          oracle.perhaps.add(`${epoch}/${sequence}=${Buffer.from(row.link).toString('hex')}`);
        }
        throw error;
      }
    });
  }

  closeSegment(): void {
    this.#guarded((journal) => journal.closeSegment());
  }

  prune(): void {
    this.#guarded((journal) => {
      const backupIntervalMs = this.#process?.uplink.backupIntervalMs ?? null;
      if (backupIntervalMs === null) return;
      journal.uploads.prune({ backupIntervalMs, nowMs: this.#parts.clock.wallMs() - 10 });
    });
  }

  takeImage(): void {
    this.#image = copyDisk(this.#disk);
  }

  /** Somebody puts the disk of an earlier day back. False when there is none. */
  async putImageBack(): Promise<boolean> {
    if (this.#image === null) return false;
    await this.kill();
    this.#disk = copyDisk(this.#image);
    return true;
  }

  async loseDisk(): Promise<void> {
    await this.kill();
    this.#disk = emptyDisk(this.id, this.#parts.random);
    this.#image = null;
  }

  clone(line: SimLine): SimStation {
    return new SimStation({ ...this.#parts, line }, copyDisk(this.#disk));
  }

  lineUp(): void {
    this.#process?.uplink.lineUp();
  }

  #guarded(act: (journal: MemoryJournal) => void): void {
    const process = this.#process;
    if (process === null) return;
    try {
      act(process.journal);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      this.#process = null;
      process.stop.abort();
    }
  }

  #trip(step: string): void {
    this.#tripIn--;
    if (this.#tripIn > 0) return;
    this.#tripIn = Number.POSITIVE_INFINITY;
    throw new SimulatedCrash(step);
  }
}
