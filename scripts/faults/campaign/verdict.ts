import { BATCH_MAX, type Mark } from './messages.ts';

/** A line of the oracle: records that a barrier saw acknowledged in one transaction, marks ascending. */
export type Heard = {
  readonly station: string;
  readonly epoch: string;
  readonly first: number;
  readonly records: number;
  readonly from: Mark;
};

/** A record as the hub gives it out. */
export type Held = {
  readonly station: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly mark: Mark;
};

export type Verdict = {
  readonly acknowledged: number;
  readonly held: number;
  /** Held and never heard of: written, and killed before the barrier could tell. */
  readonly unheard: number;
  /** What must not be; the first ones, and how many. */
  readonly problems: readonly string[];
  readonly problemCount: number;
};

const LISTED_MAX = 20;
/** Counts of one life stay below. */
const LIFE = 10_000_000;

/** Holds what the hub has against what the oracle heard. */
export class Judge {
  readonly #journals = new Map<string, JudgedJournal>();
  readonly #problems: string[] = [];
  #problemCount = 0;
  #acknowledged = 0;
  #held = 0;

  heard({ station, epoch, first, records, from }: Heard): void {
    const journal = this.#journal(station, epoch);
    for (let index = 0; index < records; index++) {
      const mark = from.life * LIFE + from.count + index;
      const before = journal.heard[first + index];
      if (before !== undefined && before !== mark) {
        this.complain(`${station} ${first + index}: acknowledged twice, as different records`);
      }
      journal.heard[first + index] = mark;
      this.#acknowledged++;
    }
    const lifeEnd = from.count + records;
    journal.heardOf.set(from.life, Math.max(journal.heardOf.get(from.life) ?? 0, lifeEnd));
  }

  held({ station, epoch, sequence, mark }: Held): void {
    const journal = this.#journal(station, epoch);
    this.#held++;
    if (journal.held[sequence] !== undefined) this.complain(`${station} ${sequence}: held twice`);
    journal.held[sequence] = mark.life * LIFE + mark.count;
  }

  /** Anything else that must not be. */
  complain(problem: string): void {
    this.#problemCount++;
    if (this.#problems.length < LISTED_MAX) this.#problems.push(problem);
  }

  verdict(): Verdict {
    let unheard = 0;
    const places = new Map<string, number>();
    for (const [name, journal] of this.#journals) {
      const station = name.split(' ')[0] ?? '';
      places.set(station, (places.get(station) ?? 0) + 1);
      unheard += this.#judge(name, journal);
    }
    for (const [station, journals] of places) {
      if (journals > 1) this.complain(`${station}: ${journals} epochs without a cause`);
    }
    return {
      ...{ acknowledged: this.#acknowledged, held: this.#held, unheard },
      ...{ problems: this.#problems, problemCount: this.#problemCount },
    };
  }

  /** How many records are held of which nothing was heard. */
  #judge(name: string, { heard, held, heardOf }: JudgedJournal): number {
    let unheard = 0;
    let before = -1;
    for (let sequence = 1; sequence < Math.max(heard.length, held.length); sequence++) {
      const mark = held[sequence];
      const wanted = heard[sequence];
      if (mark === undefined) {
        this.complain(`${name} ${sequence}: ${wanted === undefined ? 'a gap' : 'lost'}`);
        continue;
      }
      if (mark <= before) this.complain(`${name} ${sequence}: out of order, or held twice`);
      before = mark;
      if (wanted === undefined) {
        unheard++;
        if (!isCutOff(mark, heardOf)) {
          this.complain(`${name} ${sequence}: unheard, and not what a kill cut off`);
        }
      } else if (wanted !== mark) this.complain(`${name} ${sequence}: another record than heard`);
    }
    return unheard;
  }

  #journal(station: string, epoch: string): JudgedJournal {
    const name = `${station} ${epoch}`;
    const there = this.#journals.get(name);
    if (there !== undefined) return there;
    const made = { heard: [], held: [], heardOf: new Map<number, number>() };
    this.#journals.set(name, made);
    return made;
  }
}

/** The transaction that followed the last one heard of in its life. */
function isCutOff(mark: number, heardOf: ReadonlyMap<number, number>): boolean {
  const after = (mark % LIFE) - (heardOf.get(Math.floor(mark / LIFE)) ?? 0);
  return after >= 0 && after < BATCH_MAX;
}

/** Marks by sequence, and how many marks of each life were heard of. */
type JudgedJournal = {
  readonly heard: number[];
  readonly held: number[];
  readonly heardOf: Map<number, number>;
};

/** Throws for a line that no station of the campaign writes. */
export function parseHeard(line: string): Heard {
  const match = /^([a-z0-9-]+) ([0-9a-f]{32}) (\d+) (\d+) (\d+) (\d+)$/.exec(line);
  const [, station = '', epoch = '', ...numbers] = match ?? [];
  const [first, records, life, count] = numbers.map(Number);
  if (first === undefined || records === undefined || life === undefined || count === undefined) {
    throw new Error(`the oracle wrote: ${line.slice(0, 200)}`);
  }
  return { station, epoch, first, records, from: { life, count } };
}
