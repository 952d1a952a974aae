import { countFailed, secretsOfNumber } from '../chip/access.ts';
import type {
  CardReading,
  CardProgress as ChipProgress,
  FileReading,
} from '../chip/card-reading.ts';
import { lanePart } from '../chip/card-result.ts';
import type { RandomBytes } from '../chip/crypto/group.ts';
import { readCard } from '../chip/read-card.ts';
import { ReadManners } from '../chip/read-manners.ts';
import { termOf } from '../documents/card-term.ts';
import { type ChipFields, NO_CHIP_FIELDS } from '../documents/chip-card.ts';
import { DeviceFault } from '../kernel/errors.ts';
import type { CardReader, CardReaderEvent } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import { CardPhoto, type PhotoDecoder } from './card-photo.ts';
import { type CardProgress, STARTING } from './card-state.ts';
import { type JudgedCard, judgeCard, type Trust } from './judge-card.ts';
import { LaidCard } from './laid-card.ts';
import type { CardInput, CardRequest } from './lane-input.ts';
import { READ_CARD_MS_MAX } from './lane-settings.ts';
import type { LaneRunner } from './run-lane.ts';

export type CardDeskDeps = {
  readonly readers: readonly CardReader[];
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly trust: () => Trust;
  readonly photos: PhotoDecoder;
  /** The latest it can be now, ms since 1970 UTC. */
  readonly latestMs: () => number;
  /** A mistake of ours, told without anything a card said. */
  readonly onBug: (error: unknown) => void;
};

type Lane = Pick<LaneRunner, 'card' | 'presentChip' | 'shownPhoto'>;
type ReaderState = Extract<CardReaderEvent, { kind: 'online' | 'offline' }>;

/** The person, the photograph; the proofs' groups are read besides (read-card). */
const GROUPS = [1, 2, 13] as const;
const PHOTOGRAPH = 2;

/**
 * Reads the cards that are laid on a lane's readers, when the lane says with whose number, and tells the lane what they hold.
 * Of the card's owner it keeps the photograph alone, and that only while the lane shows it.
 */
export class CardDesk {
  readonly #deps: CardDeskDeps;
  #lane: Lane | null = null;
  #insertions = 0;
  #current: LaidCard | null = null;
  readonly #photo: CardPhoto;

  constructor(deps: CardDeskDeps) {
    const { photos: decoder, random, onBug } = deps;
    this.#deps = deps;
    this.#photo = new CardPhoto({
      ...{ decoder, random, onBug },
      tell: (input) => this.#tell(input),
      shown: () => this.#lane?.shownPhoto() ?? null,
    });
  }

  /** Until `signal` aborts. `onReader` hears of readers that come and go. */
  async run(
    lane: Lane,
    onReader: (state: ReaderState) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.#lane = lane;
    await Promise.all(
      this.#deps.readers.map(async (reader) => {
        const manners = new ReadManners();
        for await (const event of reader.events(signal)) this.#onEvent(event, manners, onReader);
      }),
    );
    this.#current?.end();
  }

  /** Tries a number on the card that lies there; ends in `card-ended`, or in nothing when it was taken away. */
  read(request: CardRequest): void {
    const laid = this.#current;
    if (laid?.number !== request.insertion) return;
    this.#read(laid, request).catch((error: unknown) => {
      laid.reading = false;
      this.#deps.onBug(error);
      this.#tell({ kind: 'card-ended', insertion: laid.number, end: FAULT });
    });
  }

  /** The photograph of that name, a JPEG, while the lane shows it. */
  photo(name: string): Uint8Array | null {
    return this.#photo.named(name);
  }

  /** To be called when the lane may have stopped showing it. */
  forgetPhoto(): void {
    this.#photo.forgetUnlessShown();
  }

  #onEvent(
    event: CardReaderEvent,
    manners: ReadManners,
    onReader: (state: ReaderState) => void,
  ): void {
    switch (event.kind) {
      case 'card-inserted':
        this.#inserted(event, manners);
        break;
      case 'card-removed':
        if (this.#current?.is(event.card) === true) this.#lifted(this.#current);
        break;
      case 'online':
      case 'offline':
        onReader(event);
        break;
      default:
        event satisfies never;
    }
  }

  #inserted(
    { deviceId, card }: Extract<CardReaderEvent, { kind: 'card-inserted' }>,
    manners: ReadManners,
  ): void {
    const before = this.#current;
    if (before?.slipped === true && before.reading && before.deviceId === deviceId) {
      before.back(card);
      this.#tell({ kind: 'card-back', insertion: before.number });
      return;
    }
    if (before !== null) this.#removed(before);
    const number = ++this.#insertions;
    const { clock } = this.#deps;
    this.#current = new LaidCard({ number, deviceId, card, manners, clock });
    this.#photo.warm();
    this.#tell({ kind: 'card-inserted', deviceId, insertion: number });
  }

  #lifted(laid: LaidCard): void {
    if (!laid.reading) {
      this.#removed(laid);
      return;
    }
    this.#tell({ kind: 'card-slipped', insertion: laid.number });
    void laid.slip().then(() => {
      if (laid.slipped && this.#current === laid) this.#removed(laid);
    });
  }

  #removed(laid: LaidCard): void {
    this.#current = null;
    laid.end();
    this.#tell({ kind: 'card-removed', insertion: laid.number });
  }

  async #read(laid: LaidCard, request: CardRequest): Promise<void> {
    const { clock, trust, latestMs } = this.#deps;
    const untilMonoMs = clock.monoMs() + READ_CARD_MS_MAX;
    const msLeft = () => (laid.gone.aborted ? 0 : untilMonoMs - clock.monoMs());
    laid.reading = true;
    const reading = await this.#readOver(laid, msLeft, request);
    // From here on a card that leaves has left, and one that comes is another.
    laid.reading = false;
    laid.fields = NO_CHIP_FIELDS;
    await laid.close();
    const judged: JudgedCard = reading === null ? FAULT : judgeCard(reading, trust(), latestMs());
    if (judged.kind === 'read') {
      const { fields, chip, cardChecks } = judged;
      const otherNumber = fields.number !== null && fields.number !== request.number;
      const openedBy = { ordinal: request.ordinal, otherNumber };
      const how = { openedBy, startedAtMonoMs: clock.monoMs() };
      // Before it has ended: until then nobody takes the screen from whose card it is.
      this.#lane?.presentChip(fields, chip, cardChecks, how);
    }
    const end = judged.kind === 'read' ? { kind: judged.kind, proof: judged.chip.proof } : judged;
    this.#tell({ kind: 'card-ended', insertion: laid.number, end });
    if (laid.slipped && this.#current === laid) this.#removed(laid);
  }

  /** Null when the card could not be taken at all. */
  async #readOver(
    laid: LaidCard,
    msLeft: () => number,
    { number, birth, issued }: CardRequest,
  ): Promise<CardReading | null> {
    // A code has all that BAC needs but the term, which the law sets.
    const secrets = secretsOfNumber(number, birth, termOf(birth, issued));
    try {
      return await this.#readWith(laid, msLeft, { ...secrets, reckoned: true });
    } catch (error) {
      if (error instanceof DeviceFault) return null;
      await laid.close();
      throw error;
    }
  }

  async #readWith(
    laid: LaidCard,
    msLeft: () => number,
    secrets: ReturnType<typeof secretsOfNumber>,
  ): Promise<CardReading> {
    const reading = await readCard({
      channel: await laid.open(msLeft),
      reconnect: () => laid.open(msLeft),
      ...{ secrets, failedBefore: laid.failed, groups: GROUPS, manners: laid.manners, msLeft },
      random: this.#deps.random,
      report: (progress) => this.#report(laid, progress),
    });
    laid.failed += countFailed(reading.access.attempts);
    return reading;
  }

  #report(laid: LaidCard, progress: ChipProgress): void {
    const { number } = laid;
    switch (progress.kind) {
      case 'phase':
        this.#progress(number, { ...STARTING, phase: progress.phase });
        break;
      case 'bytes': {
        const { group, bytes, of } = progress;
        this.#progress(number, { phase: 'files', group: group ?? 0, bytes, bytesTotal: of });
        break;
      }
      case 'file':
        this.#part(laid, progress.reading);
        break;
      case 'started-over':
        laid.fields = NO_CHIP_FIELDS;
        this.#tell({ kind: 'card-started-over', insertion: number });
        break;
      case 'open':
      case 'lost':
        break;
      default:
        progress satisfies never;
    }
  }

  #progress(insertion: number, progress: CardProgress): void {
    this.#tell({ kind: 'card-progress', insertion, progress });
  }

  #part(laid: LaidCard, reading: FileReading): void {
    const { number, gone } = laid;
    const part = lanePart(reading);
    if (part?.kind === 'fields') {
      // EF.DG1 comes first, without marks on names; what EF.DG13 lacks stays.
      laid.fields = { ...laid.fields, ...known(part.fields) };
      this.#tell({ kind: 'card-fields', insertion: number, fields: laid.fields });
    }
    if (part?.kind === 'photo') void this.#photo.show(number, gone, part.photo);
    const altered = reading.group === PHOTOGRAPH && reading.hash === 'failed';
    if (!altered) return;
    this.#tell({ kind: 'card-photo', insertion: number, photo: null, problem: 'photo.altered' });
  }

  #tell(input: CardInput): void {
    this.#lane?.card(input);
  }
}

const FAULT = { kind: 'failed', problem: 'fault' } as const;

function known(fields: ChipFields): Partial<ChipFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
