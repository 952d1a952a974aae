import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import { DeviceFault } from '../../src/kernel/errors.ts';
import { CardDesk } from '../../src/lane/card-desk.ts';
import type { PhotoDecoder } from '../../src/lane/card-photo.ts';
import { UNDO_MS } from '../../src/lane/lane-settings.ts';
import type { CardReader } from '../../src/ports/card-reader.ts';
import { ANCHORS, trustOf } from '../scenarios/card-rig.ts';
import { LaneRig, OFFICER, person } from '../scenarios/lane-rig.ts';
import { codeOf } from './card-code.ts';
import { cardOf, OTHER, type Outcome, type Trial } from './card-cycles.ts';
import { seededRandom } from './sample-card.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What hands do at a reader. Each resolves when the reader can have felt it. */
export interface Hands {
  lay(card: EmulatedCard): Promise<void>;
  lift(): Promise<void>;
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

export type CycleRigDeps = {
  readonly clock: VirtualClock;
  readonly reader: CardReader;
  readonly hands: Hands;
  readonly photos: PhotoDecoder;
  readonly portrait: CardOptions['portrait'];
  /** Lets something happen, and time go by where nothing does. Called again and again, until a limit of its own. */
  readonly wait: (rig: CycleRig, reached: () => boolean) => Promise<void>;
};

/** Short, so that nobody of a cycle is remembered in the next. */
const SETTINGS = { joinMs: 2_000, repeatMs: 500 };
const FORGOTTEN_MS = 4_000;

/** A lane with a desk and one reader that lives through many cards. */
export class CycleRig extends LaneRig {
  readonly bugs: unknown[] = [];
  readonly readerStates: string[] = [];
  readonly desk: CardDesk;
  /** Called when a hand is done with a card. */
  afterHand: () => void = () => {};
  /** Names of photographs that were shown. */
  readonly #photos = new Set<string>();
  readonly #deps: CycleRigDeps;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #cycles = 0;
  /** A hand is at the card; then the insertion is over that comes after it. */
  #isHandled = false;
  #insertionMin = 0;

  constructor(deps: CycleRigDeps) {
    const { clock, reader, photos } = deps;
    const trust = trustOf(ANCHORS);
    const desk = new CardDesk({
      ...{ readers: [reader], clock, random: seededRandom('terminal'), trust: () => trust, photos },
      latestMs: () => clock.wallMs() + 1_000,
      onBug: (error) => this.bugs.push(error),
    });
    super({ ...SETTINGS, clock, cards: desk });
    this.#deps = deps;
    this.desk = desk;
    this.runner.signIn(OFFICER);
    this.runner.onChange(() => {
      desk.forgetPhoto();
      const photo = this.view.card?.photo ?? null;
      if (photo !== null) this.#photos.add(photo);
    });
    const onReader = ({ kind }: { kind: string }) => this.readerStates.push(kind);
    this.#running = desk.run(this.runner, onReader, this.#stopped.signal);
  }

  /** Card and code are shown, the card is taken away, and the next person comes. What came of the card. */
  async cycle(trial: Trial): Promise<Outcome> {
    const spec = await cardOf(trial, this.#deps.portrait);
    const card = new HandledCard(spec, this.#cycles, this.#deps.clock);
    if (trial.hand !== null) this.#prepareHand(card, trial.hand);
    if (!trial.cardFirst) this.scan(codeOf(trial.shown));
    await this.#deps.hands.lay(card);
    if (trial.cardFirst) {
      await this.#deps.wait(this, () => this.view.card?.stage === 'waiting');
      this.scan(codeOf(trial.shown));
    }
    await this.#deps.wait(this, () => this.#isOver);
    const outcome = this.#outcome;
    if (trial.name === 'honest') {
      await this.#deps.wait(this, () => this.#isPictureThere);
      if (this.desk.photo(this.view.card?.photo ?? '') === null) throw new Error('no photograph');
    }
    this.#refuseFalsehood(outcome, trial.alsoShown);
    await this.#deps.hands.lift();
    await this.#deps.wait(this, () => !LIES.has(this.view.card?.stage ?? 'none'));
    await this.#next();
    return outcome;
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #prepareHand(card: HandledCard, { does, afterApdus }: NonNullable<Trial['hand']>): void {
    card.after(afterApdus, async () => {
      const { hands, clock, portrait } = this.#deps;
      this.#isHandled = true;
      if (does !== 'lifts') this.#insertionMin = (this.view.card?.insertion ?? 0) + 1;
      if (does === 'unplugs-and-plugs') await hands.unplug();
      else await hands.lift();
      if (does === 'unplugs-and-plugs') await hands.plug();
      if (does === 'lifts-and-lays') await hands.lay(card);
      if (does === 'swaps') {
        const other = { options: { person: OTHER }, faults: [] };
        await hands.lay(new HandledCard(await cardOf(other, portrait), this.#cycles, clock));
      }
      this.#isHandled = false;
      this.afterHand();
    });
  }

  get #isOver(): boolean {
    const { card } = this.view;
    if (card === null || this.#isHandled || card.insertion < this.#insertionMin) return false;
    return card.stage === 'read' || card.stage === 'failed' || card.stage === 'gone';
  }

  get #isPictureThere(): boolean {
    const { card } = this.view;
    return card?.photo !== null || card.photoProblem !== null;
  }

  get #outcome(): Outcome {
    const { card } = this.view;
    if (card?.stage === 'read') return card.proof ?? '';
    return card?.stage === 'failed' ? `failed ${card.problem}` : (card?.stage ?? 'none');
  }

  /** What the lane shows and writes is what came of the card, and nothing better. */
  #refuseFalsehood(outcome: Outcome, alsoShown: readonly string[]): void {
    const proven = this.records.filter(
      (record) =>
        (record.type === 'passage' || record.type === 'amendment') &&
        record.proof === 'chip-genuine',
    );
    if ((outcome === 'genuine') !== proven.length > 0) {
      throw new Error(`${outcome}, and ${proven.length} records of a genuine chip`);
    }
    const { shown } = this;
    const isTold = ACCUSED.has(outcome)
      ? shown.startsWith('check chip.')
      : ['', 'pass', 'check chip.not-opened', ...alsoShown].includes(shown);
    if (!isTold) throw new Error(`${outcome}, and the screen shows: ${shown}`);
  }

  /** Whoever is next is taken up, and nothing of the person before is left. */
  async #next(): Promise<void> {
    await this.pass(FORGOTTEN_MS);
    while (this.view.current !== null && this.view.current.verdict !== 'pass') {
      this.tap('turn-back');
      await this.pass(UNDO_MS + FORGOTTEN_MS);
    }
    for (const name of this.#photos) {
      if (this.desk.photo(name) !== null) throw new Error('a photograph stayed');
    }
    this.#photos.clear();
    const next = person(this.#cycles);
    this.scan(next.card);
    const { current } = this.view;
    if (current?.subject.number !== next.number || current.verdict !== 'pass') {
      throw new Error(`the next person: ${this.shown}`);
    }
    await this.pass(FORGOTTEN_MS);
    this.#cycles++;
    for (const list of [this.records, this.outcomes, this.told, this.outward, this.openings]) {
      list.length = 0;
    }
    this.readerStates.length = 0;
    this.freshen();
  }
}

const LIES = new Set(['waiting', 'reading', 'read', 'failed']);
const ACCUSED = new Set([
  ...['altered', 'cloned', 'unverifiable', 'issuer-unknown', 'chip-not-proven'],
]);

/** A card that a hand takes hold of after so many commands. */
class HandledCard extends EmulatedCard {
  #handAt = Number.POSITIVE_INFINITY;
  #hand: () => Promise<void> = () => Promise.resolve();

  constructor(
    spec: ConstructorParameters<typeof EmulatedCard>[0],
    cycle: number,
    clock: VirtualClock,
  ) {
    super(spec, seededRandom(`chip ${cycle}`), (ms) =>
      clock.sleep(ms, new AbortController().signal),
    );
  }

  after(apdus: number, hand: () => Promise<void>): void {
    this.#handAt = apdus;
    this.#hand = hand;
  }

  override async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (this.apdus < this.#handAt) return super.transmit(command);
    this.#handAt = Number.POSITIVE_INFINITY;
    await this.#hand();
    throw new DeviceFault('a hand was quicker than the card');
  }
}
