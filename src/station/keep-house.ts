import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { RegisterStore } from '../registers/register-store.ts';
import { writeDurableTime } from './durable-time.ts';
import { lookUpRecorder } from './look-ups.ts';
import type { StationTrust } from './station-trust.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeKeeper } from './time-keeper.ts';
import { trustRecorder } from './trust-changes.ts';

const EVERY_MS = 1_000;
const CANARIES_MS = 5 * 60_000;
const DURABLE_TIME_MS = 60_000;

type House = {
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'tick' | 'appendAll' | 'state'>;
  readonly registers: RegisterStore;
  readonly trust: StationTrust;
  readonly time: Pick<TimeKeeper, 'durable' | 'interval'>;
  readonly software: string;
  readonly dataDir: string;
  readonly telemetry: Telemetry;
  /** Whether the hub answers, and what has to be done about it every second. */
  readonly hub: { readonly answers: () => boolean; readonly look: () => void };
};

/** What has to be done from time to time, until `signal` aborts: segments, new registers, canaries, slips of commands, the lived time. */
export async function keepHouse(house: House, signal: AbortSignal): Promise<void> {
  const { clock, journal, registers, trust, telemetry } = house;
  const slips = slipsOf(house);
  const states = new Map<string, string>();
  let canariesAtMs = clock.monoMs();
  const keepTime = timeKeeping(house);
  while (!signal.aborted) {
    const nowMs = clock.monoMs();
    journal.tick(house.hub.answers());
    house.hub.look();
    for (const recorder of slips) recorder.record();
    registers.refresh();
    trust.refresh();
    for (const register of registers.names()) {
      const { state } = registers.condition(register);
      if (states.get(register) !== state) telemetry.register(register, state);
      states.set(register, state);
    }
    if (nowMs - canariesAtMs >= CANARIES_MS) {
      canariesAtMs = nowMs;
      for (const register of registers.names()) registers.checkCanaries(register);
    }
    keepTime(nowMs);
    await clock.sleep(EVERY_MS, signal);
  }
  keepTime(Number.POSITIVE_INFINITY);
}

function slipsOf({ dataDir, journal, time, software, telemetry }: House) {
  const deps = { dataDir, journal, software, interval: () => time.interval() };
  return [
    lookUpRecorder({
      ...deps,
      recorded: (reason, count) => telemetry.lookUps(reason, count),
      notRecorded: (code) => telemetry.lookUpsNotRecorded(code),
    }),
    trustRecorder({
      ...deps,
      recorded: (count) => telemetry.trustChanges(count),
      notRecorded: (code) => telemetry.trustChangesNotRecorded(code),
    }),
  ];
}

/** Writes the lived time down once a minute, and at once what a hub has signed: no later start may go below it. */
function timeKeeping({ dataDir, time, telemetry }: House): (nowMs: number) => void {
  let atMs = Number.NEGATIVE_INFINITY;
  let signedMs: number | undefined;
  return (nowMs) => {
    const durable = time.durable();
    if (nowMs - atMs < DURABLE_TIME_MS && durable.signedMs === signedMs) return;
    atMs = nowMs;
    signedMs = durable.signedMs;
    try {
      writeDurableTime(dataDir, durable);
    } catch (error) {
      // On a full or read-only disk an older time stays: the floor is lower then, and still true.
      telemetry.timeNotKept((error as NodeJS.ErrnoException).code ?? 'unknown');
    }
  };
}
