import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import type { BuildRecord } from '../../src/journal/journal-options.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import { type DataDirectory, openDataDirectory } from '../../src/station/data-directory.ts';
import { readDurableTime, writeDurableTime } from '../../src/station/durable-time.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import { openKept, recipientFor } from '../../src/station/enrolled.ts';
import { stationSync } from '../../src/station/station-sync.ts';
import { TimeKeeper } from '../../src/station/time-keeper.ts';
import { enrolmentOf } from '../../src/sync/enrolment/enrolment.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import type { SyncLoop } from '../../src/sync/sync-loop.ts';
import { guarded } from './guarded.ts';
import type { HubRig } from './hub-rig.ts';
import { actionRecord } from './journal-records.ts';

const BUILD = { software: '0.1.0+test', builtMs: Date.UTC(2026, 0, 1) };
const TICK_MS = 20;
/** How long a segment stays open while the hub answers. */
const SEGMENT_MS = 3_000;
const never = new AbortController().signal;

type Place = { readonly folder?: string; readonly clock?: Clock };

type Running = {
  readonly sync: SyncLoop;
  readonly journal: Journal;
  readonly registers: RegisterStore;
  readonly stop: () => Promise<void>;
};

/** All that a station does with its hub, without lanes: real journal, encrypted registers, HTTPS with certificates. */
export class SyncedStation {
  readonly id: string;
  readonly folder: string;
  readonly clock: Clock;
  /** `code:detail` of every alarm told so far, each once. */
  readonly alarms = new Set<string>();
  data: DataDirectory;
  #running: Running | null = null;
  /** The journal's clock runs ahead by what segments need not wait for. */
  #aheadMs = 0;

  private constructor(id: string, folder: string, clock: Clock) {
    this.id = id;
    this.folder = folder;
    this.clock = clock;
    mkdirSync(folder, { recursive: true });
    this.data = openDataDirectory(folder);
  }

  /** Enrolled, and not running. */
  static async enrol(
    rig: HubRig,
    id: string,
    { folder = join(rig.folder, id), clock: own = rig.clock }: Place = {},
  ): Promise<SyncedStation> {
    const station = new SyncedStation(id, folder, own);
    const code = parseEnrolmentCode(await rig.invite(id));
    const { data, clock } = station;
    await enrolStation(
      { data, hub: new URL(rig.origin), code, again: false, build: BUILD, clock },
      never,
    );
    return station;
  }

  /** Another machine with all that this one has on its disk now. */
  copiedTo(folder: string): SyncedStation {
    cpSync(this.folder, folder, { recursive: true });
    return new SyncedStation(this.id, folder, this.clock);
  }

  get sync(): SyncLoop {
    return this.#now.sync;
  }

  get journal(): Journal {
    return this.#now.journal;
  }

  get registers(): RegisterStore {
    return this.#now.registers;
  }

  start(): void {
    this.data = openDataDirectory(this.folder);
    const { data, clock } = this;
    const kept = openKept(data);
    const enrolment = enrolmentOf(kept);
    if (enrolment === null) throw new Error('not enrolled');
    const time = new TimeKeeper({
      ...{ clock, buildMs: BUILD.builtMs, batteryClock: true },
      durable: readDurableTime(data.path),
    });
    const journal = openJournal({
      ...{ path: data.journalFile, key: data.keys.database, station: this.id },
      clock: { ...bound(clock), monoMs: () => clock.monoMs() + this.#aheadMs },
      recipient: recipientFor(kept, undefined, time.interval()),
      ...{ signingKey: data.keys.stationSigning, onEvent: () => {}, ballastBytes: 0 },
      onClosed: () => this.#running?.sync.wake(),
    });
    const { database: databaseKey, region } = data.keys;
    const registers = new RegisterStore(data.registersFolder, { databaseKey, region });
    const sync = stationSync({
      ...{ enrolment, data, kept, journal, registers, time, clock },
      ...{ random: () => 0, software: BUILD.software, heldStops: () => [], onNews: () => {} },
      telemetry: {
        syncAlarm: (code, detail) => this.#alarmed(code, detail),
        hubLine: () => {},
      },
      readiness: () => ({ problems: [], warnings: sync.snapshot().alarms }),
    });
    const stop = new AbortController();
    const running = Promise.all([sync.run(stop.signal), this.#tick(journal, stop.signal)]);
    this.#running = {
      ...{ sync, journal, registers },
      stop: async () => {
        stop.abort();
        await running;
        writeDurableTime(data.path, time.durable());
        journal.close();
        registers.close();
        kept.close();
      },
    };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    await guarded(`${this.id} stops`, running.stop());
    this.#running = null;
  }

  /** A segment of its own, closed. */
  write(count: number, build: BuildRecord = () => actionRecord(null)): void {
    const { journal } = this.#now;
    for (let index = 0; index < count; index++) journal.append(build);
    this.#aheadMs += SEGMENT_MS;
    journal.tick(true);
  }

  /** Everything is sent, and this manifest is in place. */
  async inForce(manifest: number): Promise<void> {
    await this.until(`manifest ${manifest} in force`, () => {
      const { isCurrent, versions } = this.sync.snapshot();
      return isCurrent && versions.manifest === manifest;
    });
  }

  /** Everything is sent, and everything of the hub's in place. */
  async current(): Promise<void> {
    await this.until('current', () => this.sync.snapshot().isCurrent);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const stop = new AbortController();
    const come = (async () => {
      while (!isSo() && !stop.signal.aborted) await this.clock.sleep(TICK_MS, stop.signal);
    })();
    try {
      await guarded(`${this.id}: ${what}`, come);
    } catch (error) {
      const { snapshot } = { snapshot: JSON.stringify(this.#running?.sync.snapshot()) };
      throw new Error(`${String(error)}; ${[...this.alarms].join(', ')}; ${snapshot}`);
    } finally {
      stop.abort();
    }
  }

  isListed(number: string, register = 'f0'): boolean {
    return this.registers.lookup(register, 'number', number).length > 0;
  }

  get #now(): Running {
    if (this.#running === null) throw new Error(`${this.id} does not run`);
    return this.#running;
  }

  #alarmed(code: string, detail: Readonly<Record<string, string | number>>): void {
    this.alarms.add([code, ...Object.values(detail)].join(':'));
  }

  async #tick(journal: Journal, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      journal.tick(this.#running?.sync.hubAnswers ?? false);
      this.#running?.registers.refresh();
      await this.clock.sleep(TICK_MS * 10, signal);
    }
  }
}

function bound(clock: Clock): Clock {
  return {
    wallMs: () => clock.wallMs(),
    monoMs: () => clock.monoMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
