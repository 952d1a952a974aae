import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';

/** As the card's QR code has it. */
export function codeOf(person: CardPerson, changes: Partial<CardPerson> = {}): string {
  const { number, name, birth, sex, residence, issued } = { ...person, ...changes };
  const day = (iso: string) => iso.split('-').reverse().join('');
  const word = sex === 'male' ? 'Nam' : 'Nữ';
  return `${number}||${name}|${day(birth)}|${word}|${residence ?? ''}|${day(issued)}`;
}
