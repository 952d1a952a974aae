// A station of the campaign, forked and killed by its director: real data directory, journal, sync loop and mutual TLS. Its lane
// writes as fast as it is told; what the barrier saw acknowledged goes to the oracle at once, in one write.
import { openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import type { BuildRecord } from '../../src/journal/journal-options.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { readBuildInfo } from '../../src/station/build-info.ts';
import { openDataDirectory } from '../../src/station/data-directory.ts';
import { lockDataDirectory } from '../../src/station/data-lock.ts';
import {
  hasBatteryClock,
  readDurableTime,
  writeDurableTime,
} from '../../src/station/durable-time.ts';
import { openKept, recipientFor } from '../../src/station/enrolled.ts';
import { stationSync } from '../../src/station/station-sync.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { systemRandom } from '../../src/station/system-random.ts';
import { TimeKeeper } from '../../src/station/time-keeper.ts';
import { enrolmentOf } from '../../src/sync/enrolment/enrolment.ts';
import { endRecord, passageRecord } from '../../test/support/journal-records.ts';
import { Seeded } from '../../test/support/sync-sim/seeded.ts';
import {
  BATCH_MAX,
  cardNumberOf,
  officerOf,
  type StationNews,
  type StationOrder,
  subjectKeyOf,
} from './campaign/messages.ts';

const TICK_MS = 1_000;

type Start = Extract<StationOrder, { kind: 'start' }>;

process.once('message', (order: StationOrder) => {
  if (order.kind === 'start') void live(order);
});

async function live(start: Start): Promise<void> {
  const data = openDataDirectory(start.folder);
  const lock = lockDataDirectory(data.path);
  const kept = openKept(data);
  const enrolment = enrolmentOf(kept);
  if (enrolment === null) throw new Error('the station is not enrolled');
  const { software, builtMs } = readBuildInfo();
  const time = new TimeKeeper({
    ...{ clock: systemClock, buildMs: builtMs, batteryClock: hasBatteryClock() },
    durable: readDurableTime(data.path),
  });
  const journal = openJournal({
    ...{ path: data.journalFile, key: data.keys.database, station: enrolment.station },
    recipient: recipientFor(kept, undefined, time.interval()),
    ...{ signingKey: data.keys.stationSigning, clock: systemClock, ballastBytes: 0 },
    onEvent: (event) => tell({ kind: 'alarm', code: `journal.${event.kind}` }),
    onClosed: () => sync.wake(),
  });
  const sync = stationSync({
    ...{ enrolment, data, kept, journal, registers: null, time, software },
    ...{ clock: systemClock, random: systemRandom },
    telemetry: {
      syncAlarm: (code, { code: why }) =>
        tell({ kind: 'alarm', code: why === undefined ? code : `${code} ${why}` }),
      hubLine: () => {},
    },
    readiness: () => ({ problems: [], warnings: sync.snapshot().alarms }),
    onNews: () => {},
    heldStops: () => [],
  });
  const stop = new AbortController();
  const lane = new Lane(journal, enrolment.station, start);
  process.on('message', (order: StationOrder) => {
    if (order.kind === 'write') void lane.write(order.count);
    if (order.kind === 'hurry') sync.hurry();
    if (order.kind === 'stop') stop.abort();
  });
  process.once('disconnect', () => stop.abort());
  tell({ kind: 'up' });
  const running = sync.run(stop.signal);
  while (!stop.signal.aborted) {
    journal.tick(sync.hubAnswers);
    writeDurableTime(data.path, time.durable());
    await systemClock.sleep(TICK_MS, stop.signal);
  }
  await running;
  journal.close();
  kept.close();
  lock.release();
  if (process.connected) process.disconnect();
}

/** Passages and their ends, every record with a mark of its own. */
class Lane {
  readonly #journal: Journal;
  readonly #station: string;
  readonly #life: number;
  readonly #oracle: number;
  readonly #random: Seeded;
  #count = 0;

  constructor(journal: Journal, station: string, { fifo, life, seed }: Start) {
    this.#journal = journal;
    this.#station = station;
    this.#life = life;
    this.#oracle = openSync(fifo, 'w');
    this.#random = new Seeded(seed + life * 7_919);
  }

  async write(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const size = Math.min(left, 1 + this.#random.below(BATCH_MAX));
      this.#append(size);
      left -= size;
      await turn();
    }
  }

  #append(size: number): void {
    const from = this.#count;
    this.#count += size;
    const appended = this.#journal.appendAll(
      Array.from({ length: size }, (_, index) => this.#record(from + index, index % 2 === 1)),
    );
    const [first, head] = [appended[0]?.sequence ?? 0, appended.at(-1)?.sequence ?? 0];
    const epoch = toHex(this.#journal.epoch()?.epoch ?? new Uint8Array());
    writeSync(
      this.#oracle,
      `${this.#station} ${epoch} ${first} ${appended.length} ${this.#life} ${from}\n`,
    );
    tell({ kind: 'acked', count: appended.length, head });
  }

  #record(count: number, isEnd: boolean): BuildRecord {
    const mark = { life: this.#life, count };
    const officer = officerOf(mark);
    // Of today, or the hub's retention would take it for old.
    const atMs = Math.trunc(systemClock.wallMs());
    if (isEnd) return (sequence) => ({ ...endRecord(sequence - 1), atMs, officer });
    const number = cardNumberOf(mark);
    const subjectKey = subjectKeyOf(mark);
    return (sequence) => ({ ...passageRecord(sequence, { number, subjectKey, atMs }), officer });
  }
}

function tell(news: StationNews): void {
  if (process.connected) process.send?.(news);
}
