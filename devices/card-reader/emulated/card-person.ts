import type { MrzKeys } from './card-spec.ts';
import { checkDigit } from './chip-bac.ts';

/** Whom a card is made out to. Days ISO 8601; null fields are empty on the card. Synthetic people only. */
export type CardPerson = {
  /** 12 digits. */
  readonly number: string;
  /** Family name first, as Vietnam writes it. */
  readonly name: string;
  readonly birth: string;
  readonly sex: 'male' | 'female';
  readonly issued: string;
  /** Null: without end. */
  readonly expires: string | null;
  readonly ethnicity: string | null;
  readonly religion: string | null;
  readonly origin: string | null;
  readonly residence: string | null;
  readonly features: string | null;
  readonly father: string | null;
  readonly mother: string | null;
  readonly spouse: string | null;
  readonly oldNumber: string | null;
};

/** A card without end bears the last day that six digits can name. */
const NO_END = '991231';

/** The card access number: the last six digits. */
export function canOf({ number }: CardPerson): string {
  return number.slice(-6);
}

export function mrzKeysOf({ number, birth, expires }: CardPerson): MrzKeys {
  return {
    documentNumber: number.slice(-9),
    birth: sixDigits(birth),
    expiry: expires === null ? NO_END : sixDigits(expires),
  };
}

/** TD1 as Vietnam fills it (ICAO 9303-5, 4.2): three lines of 30 characters. */
export function mrzLines(person: CardPerson): readonly [string, string, string] {
  const { documentNumber, birth, expiry } = mrzKeysOf(person);
  const optional = `${person.number}<<${checkDigit(person.number)}`;
  const first = `IDVNM${documentNumber}${checkDigit(documentNumber)}${optional}`;
  const [born, ends] = [birth + checkDigit(birth), expiry + checkDigit(expiry)];
  const second = `${born}${person.sex === 'male' ? 'M' : 'F'}${ends}VNM`.padEnd(29, '<');
  const composite = checkDigit(first.slice(5) + born + ends + second.slice(18));
  return [first, second + composite, mrzName(person.name)];
}

function mrzName(name: string): string {
  const letters = name.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'D').toUpperCase();
  const [family = '', ...given] = letters.split(/[^A-Z]+/);
  return `${family}<<${given.join('<')}`.slice(0, 30).padEnd(30, '<');
}

function sixDigits(isoDay: string): string {
  return isoDay.replaceAll('-', '').slice(2);
}
