import { InputError } from '../kernel/errors.ts';

/**
 * The kinds of field a journal record may have, each with its bounds and its form in CBOR. Every string is a code, an
 * id or a hash: there is no kind that a name, an address or a date could be put into. Errors name the field and what
 * it expects and never repeat the value, which may be a person's.
 */
export type Wire = string | number | boolean | null | readonly Wire[];

export type Field<T> = {
  readonly toWire: (value: T, at: string) => Wire;
  readonly fromWire: (wire: unknown, at: string) => T;
};

/** Labels are the keys in CBOR; they are never given to another field. */
export type Layout<T> = {
  readonly [Key in keyof T]-?: readonly [label: number, field: Field<T[Key]>];
};

export function text<T extends string = string>(pattern: RegExp, what: string): Field<T> {
  const check = (value: unknown, at: string): T => {
    if (typeof value === 'string' && pattern.test(value)) return value as T;
    throw unfit(at, what);
  };
  return { toWire: check, fromWire: check };
}

export function integer(min: number, max: number): Field<number> {
  const check = (value: unknown, at: string): number => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
      // CBOR knows no negative zero.
      return (value as number) + 0;
    }
    throw unfit(at, `a whole number from ${min} to ${max}`);
  };
  return { toWire: check, fromWire: check };
}

export const flag: Field<boolean> = { toWire: checkFlag, fromWire: checkFlag };

function checkFlag(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  throw unfit(at, 'true or false');
}

/** One of a fixed list; its place in the list is what is written, so words are only ever added at the end. */
export function oneOf<const Words extends readonly string[]>(
  ...words: Words
): Field<Words[number]> {
  const expected = `one of ${words.join(', ')}`;
  return {
    toWire: (value, at) => {
      const index = words.indexOf(value);
      if (index < 0) throw unfit(at, expected);
      return index;
    },
    fromWire: (wire, at) => {
      const word = Number.isSafeInteger(wire) ? words[wire as number] : undefined;
      if (word === undefined) throw unfit(at, expected);
      return word;
    },
  };
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    toWire: (value, at) => (value === null ? null : field.toWire(value, at)),
    fromWire: (wire, at) => (wire === null ? null : field.fromWire(wire, at)),
  };
}

export function list<T>(field: Field<T>, countMax: number): Field<readonly T[]> {
  const check = (value: unknown, at: string): readonly unknown[] => {
    if (Array.isArray(value) && value.length <= countMax) return value;
    throw unfit(at, `a list of at most ${countMax}`);
  };
  return {
    toWire: (values, at) =>
      check(values, at).map((value, index) => field.toWire(value as T, `${at}[${index}]`)),
    fromWire: (wire, at) =>
      check(wire, at).map((item, index) => field.fromWire(item, `${at}[${index}]`)),
  };
}

/** A small object inside a record, written as an array in the order of the labels 0, 1, 2 ... */
export function group<T extends object>(layout: Layout<T>): Field<T> {
  const entries = layoutEntries(layout);
  return {
    toWire: (value, at) => {
      refuseOtherKeys(value, layout, at);
      return entries.map(([name, , field]) =>
        field.toWire((value as Record<string, unknown>)[name], `${at}.${name}`),
      );
    },
    fromWire: (wire, at) => {
      if (!Array.isArray(wire) || wire.length !== entries.length) {
        throw unfit(at, `an array of ${entries.length}`);
      }
      return Object.fromEntries(
        entries.map(([name, , field], index) => [
          name,
          field.fromWire(wire[index], `${at}.${name}`),
        ]),
      ) as T;
    },
  };
}

export type LayoutEntry = readonly [name: string, label: number, field: Field<unknown>];

/** In the order of the labels. */
export function layoutEntries(layout: Layout<never> | Layout<object>): readonly LayoutEntry[] {
  return Object.entries(layout as Record<string, readonly [number, Field<unknown>]>)
    .map(([name, [label, field]]) => [name, label, field] as const)
    .sort(([, one], [, other]) => one - other);
}

/** Throws InputError unless `value` is an object with exactly the layout's keys. */
export function refuseOtherKeys(value: unknown, layout: object, at: string): void {
  if (typeof value !== 'object' || value === null) throw unfit(at, 'an object');
  for (const key of Object.keys(layout)) {
    if (!Object.hasOwn(value, key)) throw unfit(`${at}.${key}`, 'a value');
  }
  // An unknown key may itself be somebody's name, so it is counted and not repeated.
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(layout, key)).length;
  if (unknown > 0) {
    throw new InputError(`${at}: ${unknown} unknown key(s): the journal's schema is closed`);
  }
}

export function unfit(at: string, expected: string): InputError {
  return new InputError(`${at}: expected ${expected}`);
}
