import { toHex } from '../../../src/kernel/bytes.ts';
import type { AlarmCode } from '../../../src/sync/alarms.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';
import { ModelHub } from './model-hub.ts';
import { Seeded } from './seeded.ts';
import { SimLine } from './sim-line.ts';
import { SimStation, type StationParts } from './sim-station.ts';

const EVENTS = 40;
const BACKUP_INTERVAL_MS = 30 * 60_000;
const DRAIN_MS = 15 * 60_000;
/** Records of another chain may lie scattered ahead of a station. */
const PROBES = 40;

type Fact = 'restored' | 'put-back' | 'lost' | 'cloned';

/** What each alarm may be raised for; without one of these it is an alarm without a cause. */
const CAUSES: Partial<Record<AlarmCode, readonly Fact[]>> = {
  'hub.restored': ['restored'],
  'journal.behind': ['put-back', 'cloned'],
  'journal.conflict': ['put-back', 'cloned'],
  'journal.forked': ['put-back', 'cloned'],
  'journal.segment-refused': ['put-back', 'cloned'],
  'journal.lost': ['lost'],
};

export type Outcome = {
  readonly records: number;
  readonly facts: ReadonlySet<Fact>;
  readonly steps: number;
};

/** One history of stations, lines and a hub, from a seed. Throws when the hub does not end with what the lanes saw. */
export class History {
  readonly #random: Seeded;
  readonly #clock = new VirtualClock();
  readonly #hub: ModelHub;
  readonly #stations: SimStation[] = [];
  readonly #lines: SimLine[] = [];
  readonly #oracles = new Map<string, StationParts['oracle']>();
  /** Per station: what happened that could cost something. */
  readonly #facts = new Map<string, Set<Fact>>();

  constructor(seed: number) {
    this.#random = new Seeded(seed);
    this.#hub = new ModelHub(this.#random, this.#clock, BACKUP_INTERVAL_MS);
    for (let index = 0; index <= this.#random.below(2); index++)
      this.#addStation(`station-${index}`);
  }

  async run(): Promise<Outcome> {
    for (const station of this.#stations) station.start();
    for (let index = 0; index < EVENTS; index++) {
      await this.#happen();
      await this.#clock.advance(
        this.#random.chance(0.1) ? 60_000 * this.#random.next() : 4_000 * this.#random.next(),
      );
      for (const station of this.#stations) {
        if (!station.isRunning && this.#random.chance(0.5)) station.start();
      }
    }
    await this.#drain();
    this.#judge();
    const facts = new Set([...this.#facts.values()].flatMap((each) => [...each]));
    const records = [...this.#oracles.values()].reduce(
      (sum, each) => sum + each.acknowledged.size,
      0,
    );
    return { records, facts, steps: EVENTS };
  }

  #addStation(id: string): void {
    const oracle = { acknowledged: new Set<string>(), perhaps: new Set<string>() };
    this.#oracles.set(id, oracle);
    this.#facts.set(id, new Set());
    const line = this.#newLine(id);
    const { keys } = this.#hub;
    const parts = { id, clock: this.#clock, random: this.#random, line, keys, oracle };
    this.#stations.push(new SimStation(parts));
  }

  #newLine(id: string): SimLine {
    const line = new SimLine(this.#clock, this.#random, (request) =>
      this.#hub.isDown ? null : this.#hub.answer(id, request),
    );
    this.#lines.push(line);
    return line;
  }

  async #happen(): Promise<void> {
    const random = this.#random;
    const station = random.pick(this.#stations);
    const what = random.next();
    if (what < 0.45) {
      for (let count = random.below(4); count >= 0; count--) station.append();
      if (random.chance(0.7)) station.closeSegment();
    } else if (what < 0.53) await station.kill();
    else if (what < 0.63) station.killWithin(1 + random.below(6));
    else if (what < 0.7) this.#toggleLine();
    else if (what < 0.75) this.#hub.isDown = !this.#hub.isDown;
    else if (what < 0.81) this.#hub.backUp();
    else if (what < 0.87) this.#hub.openSome();
    else if (what < 0.91) station.prune();
    else if (what < 0.93) await this.#clock.advance(BACKUP_INTERVAL_MS * random.next());
    else if (what < 0.95) this.#clock.jumpWall((random.next() - 0.5) * 100_000);
    else await this.#misfortune(station);
  }

  #toggleLine(): void {
    const line = this.#random.pick(this.#lines);
    line.isCut = !line.isCut;
  }

  async #misfortune(station: SimStation): Promise<void> {
    const what = this.#random.next();
    const facts = this.#facts.get(station.id);
    if (what < 0.4) {
      if (this.#hub.restore()) for (const each of this.#facts.values()) each.add('restored');
    } else if (what < 0.6) station.takeImage();
    else if (what < 0.75) {
      if (await station.putImageBack()) facts?.add('put-back');
    } else if (what < 0.87) {
      await station.loseDisk();
      facts?.add('lost');
    } else if (this.#stations.length < 4) {
      this.#stations.push(station.clone(this.#newLine(station.id)));
      facts?.add('cloned');
    }
  }

  /** A good line, a hub that is there, and time. */
  async #drain(): Promise<void> {
    this.#hub.isDown = false;
    this.#hub.isCalm = true;
    for (const line of this.#lines) {
      line.isCut = false;
      line.isCalm = true;
    }
    for (const station of this.#stations) station.killWithin(Number.POSITIVE_INFINITY);
    for (let waitedMs = 0; waitedMs < DRAIN_MS; waitedMs += 30_000) {
      for (const station of this.#stations) {
        station.start();
        station.closeSegment();
      }
      await this.#clock.advance(30_000);
      if (waitedMs > 10 * 60_000 && this.#stations.every((each) => each.isDrained)) break;
    }
    await this.#probe();
    await settle();
    const stuck = this.#stations.filter((each) => !each.isDrained).map(({ id }) => id);
    for (const station of this.#stations) await station.kill();
    if (stuck.length > 0) throw new Error(`not drained on a good line: ${stuck.join(', ')}`);
  }

  /** Whoever meets another chain under its name goes on in one of its own, which links. */
  async #probe(): Promise<void> {
    for (let round = 0; round < PROBES; round++) {
      for (const station of this.#stations) {
        station.append();
        station.closeSegment();
      }
      await this.#clock.advance(30_000);
      if (this.#stations.every((station) => this.#isLinked(station))) return;
    }
    throw new Error('what a station writes now does not link at the hub');
  }

  #isLinked({ id, disk }: SimStation): boolean {
    const epoch = toHex(disk.epochs.at(-1)?.epoch ?? new Uint8Array());
    return this.#hub.linkedThrough(id, epoch) === disk.end.sequence;
  }

  #judge(): void {
    for (const [id, oracle] of this.#oracles) {
      const facts = this.#facts.get(id) ?? new Set<Fact>();
      const held = this.#hub.records(id);
      refuseStrangers(id, held, oracle);
      if (DISK_FACTS.every((each) => !facts.has(each))) {
        const missing = [...oracle.acknowledged].filter((each) => !isHeld(each, held));
        if (missing.length > 0) throw new Error(`${id}: not at the hub: ${missing.join(' ')}`);
        const gaps = this.#hub.gaps(id);
        if (gaps.length > 0) throw new Error(`${id}: gaps ${gaps.join(', ')}`);
      }
      for (const station of this.#stations.filter((each) => each.id === id)) {
        judgeDisk(station, held, this.#hub.incidents);
        judgeAlarms(station, facts);
      }
    }
  }
}

/** With these a disk lost something, or two share a name; what is on the disks must be at the hub all the same. */
const DISK_FACTS: readonly Fact[] = ['put-back', 'lost', 'cloned'];

function refuseStrangers(
  id: string,
  held: ReadonlyMap<string, string>,
  { acknowledged, perhaps }: StationParts['oracle'],
): void {
  for (const [at, link] of held) {
    const record = `${at}=${link}`;
    if (acknowledged.has(record) || perhaps.has(record)) continue;
    throw new Error(`${id}: the hub holds ${at}, which no lane ever saw`);
  }
}

/** Whatever is on a station's disk at the end is at the hub, or refused by name at both ends. */
function judgeDisk(
  station: SimStation,
  held: ReadonlyMap<string, string>,
  incidents: readonly string[],
): void {
  const { epochs, segments, records } = station.disk;
  const hasRefused = station.alarms.has('journal.segment-refused');
  for (const segment of segments) {
    const epoch = toHex(epochs.find(({ id }) => id === segment.epoch)?.epoch ?? new Uint8Array());
    for (let at = segment.first; at <= segment.last; at++) {
      const link = toHex(records.get(at)?.link ?? new Uint8Array());
      if (held.get(`${epoch}/${at}`) === link) continue;
      const isNamed = hasRefused && incidents.some((each) => each.startsWith('segment.'));
      if (segment.receipt === null && isNamed) continue;
      throw new Error(`${station.id}: record ${at} on disk is not at the hub and nobody says so`);
    }
  }
}

function judgeAlarms(station: SimStation, facts: ReadonlySet<Fact>): void {
  for (const code of station.alarms) {
    const causes = CAUSES[code] ?? [];
    if (!causes.some((cause) => facts.has(cause))) {
      throw new Error(`${station.id}: alarm ${code} without a cause (${[...facts].join(', ')})`);
    }
  }
}

function isHeld(record: string, held: ReadonlyMap<string, string>): boolean {
  const [at = '', link] = record.split('=');
  return held.get(at) === link;
}
