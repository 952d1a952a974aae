import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { secretsOfNumber } from '../../src/chip/access.ts';
import type { CardChannel } from '../../src/chip/card-channel.ts';
import type { CardProgress, CardReading } from '../../src/chip/card-reading.ts';
import { type ReadCardOptions, readCard } from '../../src/chip/read-card.ts';
import { ReadManners } from '../../src/chip/read-manners.ts';
import { SAMPLE_PERSON, seededRandom } from './sample-card.ts';

export const WHOLE_NUMBER = secretsOfNumber(SAMPLE_PERSON.number, null, null);
export const EVERYTHING_KNOWN = secretsOfNumber(
  SAMPLE_PERSON.number,
  SAMPLE_PERSON.birth,
  SAMPLE_PERSON.expires,
);

export type ReadOnReader = {
  readonly reading: CardReading;
  readonly progress: readonly CardProgress[];
  readonly manners: ReadManners;
  /** Commands as they went over the wire, by instruction and parameters: `B09D00`. Protected ones without their data. */
  readonly commands: readonly string[];
};

/** Puts cards on a reader, the first one now and one after each loss (the last again and again), and reads. */
export async function readOnReader(
  cards: readonly CardChannel[],
  options: Partial<ReadCardOptions> = {},
): Promise<ReadOnReader> {
  const progress: CardProgress[] = [];
  const commands: string[] = [];
  const manners = options.manners ?? new ReadManners();
  const channel = (card: CardChannel): CardChannel => ({
    transmit(command) {
      commands.push(Buffer.from(command.subarray(1, 4)).toString('hex').toUpperCase());
      return card.transmit(command);
    },
  });
  let at = 0;
  const next = () => {
    const card = cards[Math.min(at++, cards.length - 1)];
    if (card === undefined) throw new Error('no card');
    if (card instanceof EmulatedCard) card.reset();
    return channel(card);
  };
  const reading = await readCard({
    channel: next(),
    reconnect: async () => next(),
    secrets: WHOLE_NUMBER,
    failedBefore: 0,
    groups: [1, 13, 2],
    random: seededRandom('terminal'),
    msLeft: () => 10_000,
    report: (each) => progress.push(each),
    ...options,
    manners,
  });
  return { reading, progress, manners, commands };
}

export function put(spec: CardSpec, seed = 'on reader'): EmulatedCard {
  return new EmulatedCard(spec, seededRandom(seed));
}
