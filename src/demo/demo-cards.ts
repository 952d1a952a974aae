import { randomBytes } from 'node:crypto';
import { type CardIssuer, makeIssuer } from '../../devices/card-reader/emulated/card-issuer.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { type CardOptions, makeCard } from '../../devices/card-reader/emulated/make-card.ts';
import type { DemoCast, DemoChip, DemoGuest } from '../../fixtures/demo/cast.ts';
import type { Person } from '../../fixtures/people.ts';
import { demoPortrait } from '../../fixtures/portraits/portrait.ts';
import { dayToIso } from '../kernel/calendar.ts';
import type { Clock } from '../ports/clock.ts';

export type DemoCards = {
  /** DER: what the demo's station pins. Made anew for every demo, and of no use anywhere else (security C4). */
  readonly anchor: Uint8Array;
  /** By number. */
  readonly cards: ReadonlyMap<string, EmulatedCard>;
};

/** A contactless card at 424 kbit/s takes about so long for a command. */
const COMMAND_MS = 35;
const TERM_DAYS = 3_650;
/** EF.DG2. */
const PHOTOGRAPH = 0x0102;
const FLAWS: Readonly<Record<DemoChip, NonNullable<CardOptions['flaws']>>> = {
  genuine: [],
  cloned: [{ kind: 'cloned' }],
  altered: [{ kind: 'altered', fileId: PHOTOGRAPH }],
};

/** The chip cards of those guests who carry one. */
export async function demoCards(cast: DemoCast, today: number, clock: Clock): Promise<DemoCards> {
  const issuer = makeIssuer('ecdsa-brainpoolP256r1');
  const cards = await Promise.all(
    cast.guests.flatMap(({ person, chip }: DemoGuest) =>
      person === null || chip === null
        ? []
        : [
            cardOf(person, chip, { issuer, today, clock }).then(
              (card) => [person.number, card] as const,
            ),
          ],
    ),
  );
  return { anchor: issuer.authorityCertificate, cards: new Map(cards) };
}

type Maker = { readonly issuer: CardIssuer; readonly today: number; readonly clock: Clock };

async function cardOf(person: Person, chip: DemoChip, maker: Maker): Promise<EmulatedCard> {
  const { issuer, today, clock } = maker;
  const portrait = await demoPortrait(person.number, chip === 'genuine' ? 'jpeg' : 'jp2');
  const spec = makeCard(
    {
      person: {
        ...person,
        expires: dayToIso(today + TERM_DAYS),
        ...{ ethnicity: 'Kinh', religion: 'Không', origin: null, features: null },
        ...{ father: null, mother: null, spouse: null, oldNumber: person.oldCmnd },
      },
      ...{ issuer, portrait, flaws: FLAWS[chip] },
      faults: [{ kind: 'slow', afterApdus: 0, milliseconds: COMMAND_MS }],
    },
    random,
  );
  return new EmulatedCard(spec, random, (ms) => clock.sleep(ms, NEVER));
}

const NEVER = new AbortController().signal;

function random(bytes: number): Uint8Array {
  return Uint8Array.from(randomBytes(bytes));
}
