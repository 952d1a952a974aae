import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { EmulatedReader } from '../../devices/card-reader/emulated/emulated-reader.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import { parseCertificate } from '../../src/chip/trust/certificate.ts';
import {
  addAnchor,
  EMPTY_TRUST_STORE,
  storeVersion,
  type TrustStore,
} from '../../src/chip/trust/trust-store.ts';
import { CardDesk } from '../../src/lane/card-desk.ts';
import type { PhotoDecoder } from '../../src/lane/card-photo.ts';
import type { Trust } from '../../src/lane/judge-card.ts';
import { SAMPLE_ISSUER, SAMPLE_PERSON, sampleCard, seededRandom } from '../support/sample-card.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { LaneRig, type RigOptions } from './lane-rig.ts';

/** More than any reading takes between two waits. */
const SETTLES_MAX = 20_000;

export const BEARER = SAMPLE_PERSON;
export const OTHER: CardPerson = {
  ...SAMPLE_PERSON,
  ...{ number: '001200000042', name: 'Trần Văn Bình', birth: '2000-05-06', expires: '2040-05-06' },
};
export const ANCHORS = pinned(SAMPLE_ISSUER.authorityCertificate);

/** A lane with one emulated reader, real cards' cryptography, and pictures that are not decoded. */
export class CardRig extends LaneRig {
  readonly reader: EmulatedReader;
  readonly desk: CardDesk;
  readonly bugs: unknown[] = [];
  readonly readerStates: string[] = [];
  trust: Trust = trustOf(ANCHORS);
  decode: PhotoDecoder['decode'] = async ({ bytes }) => ({ kind: 'decoded', bytes });
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: RigOptions = {}, warm: () => void = () => {}) {
    const clock = options.clock ?? new VirtualClock(Date.UTC(2026, 10, 20, 3));
    const reader = new EmulatedReader('reader-1', clock);
    const desk = new CardDesk({
      readers: [reader],
      clock,
      random: seededRandom('terminal'),
      trust: () => this.trust,
      photos: { warm, decode: (picture, signal) => this.decode(picture, signal) },
      latestMs: () => clock.wallMs() + 1_000,
      onBug: (error) => this.bugs.push(error),
    });
    super({ ...options, clock, cards: desk });
    this.reader = reader;
    this.desk = desk;
    this.runner.onChange(() => desk.forgetPhoto());
    this.#running = desk.run(
      this.runner,
      ({ kind }) => this.readerStates.push(kind),
      this.#stopped.signal,
    );
  }

  /** The card of `person` is laid on the reader. */
  async lay(options: Partial<CardOptions> = {}): Promise<void> {
    const spec = await sampleCard(options);
    const { clock } = this;
    this.reader.insert(
      new EmulatedCard(spec, seededRandom('chip'), (ms) =>
        clock.sleep(ms, new AbortController().signal),
      ),
    );
    await settle();
  }

  /** Lets everything run that needs no time, until `reached`. */
  async until(reached: () => boolean): Promise<void> {
    for (let settles = 0; !reached(); settles++) {
      if (settles > SETTLES_MAX) throw new Error(`never came: ${JSON.stringify(this.view.card)}`);
      await settle();
    }
  }

  /** Until the card that lies there is no longer being read, and its picture is there. */
  async read(): Promise<void> {
    await this.until(() => {
      const { card } = this.view;
      const done = card !== null && card.stage !== 'waiting' && card.stage !== 'reading';
      const shown = card?.photo !== null || card.photoProblem !== null;
      return done && (card.stage !== 'read' || shown || card.proof === 'altered');
    });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }
}

export function trustOf(store: TrustStore): Trust {
  return { store, version: storeVersion(store) };
}

function pinned(der: Uint8Array): TrustStore {
  const certificate = parseCertificate(der);
  const anchor = { certificate, purpose: 'cccd', source: 'test', addedDay: '2026-01-01' } as const;
  const outcome = addAnchor(EMPTY_TRUST_STORE, anchor, new Set());
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  return outcome.store;
}
