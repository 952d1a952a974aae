import { InputError } from '../kernel/errors.ts';

/**
 * The kinds of field a journal record may have, each with its bounds and its form in CBOR. Every string is a code, an
 * id or a hash: there is no kind that a name, an address or a date could be put into. Errors name the field and what
 * it expects and never repeat the value, which may be a person's.
 */
export type Wire = string | number | boolean | null | readonly Wire[];

export type Field<T> = {
  readonly toWire: (value: T) => Wire;
  readonly fromWire: (wire: unknown) => T;
};

/** Labels are the keys in CBOR; they are never given to another field. */
export type Layout<T> = {
  readonly [Key in keyof T]-?: readonly [label: number, field: Field<T[Key]>];
};

export function text<T extends string = string>(pattern: RegExp, what: string): Field<T> {
  const check = (value: unknown): T => {
    if (typeof value === 'string' && pattern.test(value)) return value as T;
    throw unfit(what);
  };
  return { toWire: check, fromWire: check };
}

export function integer(min: number, max: number): Field<number> {
  const check = (value: unknown): number => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
      // CBOR knows no negative zero.
      return (value as number) + 0;
    }
    throw unfit(`a whole number from ${min} to ${max}`);
  };
  return { toWire: check, fromWire: check };
}

export const flag: Field<boolean> = { toWire: checkFlag, fromWire: checkFlag };

function checkFlag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw unfit('true or false');
}

/** One of a fixed list; its place in the list is what is written, so words are only ever added at the end. */
export function oneOf<const Words extends readonly string[]>(
  ...words: Words
): Field<Words[number]> {
  const expected = `one of ${words.join(', ')}`;
  return {
    toWire: (value) => {
      const index = words.indexOf(value);
      if (index < 0) throw unfit(expected);
      return index;
    },
    fromWire: (wire) => {
      const word = Number.isSafeInteger(wire) ? words[wire as number] : undefined;
      if (word === undefined) throw unfit(expected);
      return word;
    },
  };
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    toWire: (value) => (value === null ? null : field.toWire(value)),
    fromWire: (wire) => (wire === null ? null : field.fromWire(wire)),
  };
}

export function list<T>(field: Field<T>, countMax: number): Field<readonly T[]> {
  const each = <From, To>(values: unknown, convert: (value: From) => To): readonly To[] => {
    if (!Array.isArray(values) || values.length > countMax) {
      throw unfit(`a list of at most ${countMax}`);
    }
    return values.map((value: From, index) => {
      try {
        return convert(value);
      } catch (error) {
        throw within(`[${index}]`, error);
      }
    });
  };
  return {
    toWire: (values) => each(values, field.toWire),
    fromWire: (wire) => each(wire, field.fromWire),
  };
}

/** A small object inside a record, written as an array in the order of the labels 0, 1, 2 ... */
export function group<T extends object>(layout: Layout<T>): Field<T> {
  const entries = layoutEntries(layout);
  return {
    toWire: (value) => {
      refuseOtherKeys(value, entries, layout);
      return entries.map((entry) => entryToWire(entry, value as Record<string, unknown>));
    },
    fromWire: (wire) => {
      if (!Array.isArray(wire) || wire.length !== entries.length) {
        throw unfit(`an array of ${entries.length}`);
      }
      const value: Record<string, unknown> = {};
      entries.forEach((entry, index) => {
        value[entry[0]] = entryFromWire(entry, wire[index]);
      });
      return value as T;
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

export function entryToWire(
  [name, , field]: LayoutEntry,
  value: Readonly<Record<string, unknown>>,
): Wire {
  try {
    return field.toWire(value[name]);
  } catch (error) {
    throw within(`.${name}`, error);
  }
}

export function entryFromWire([name, , field]: LayoutEntry, wire: unknown): unknown {
  try {
    return field.fromWire(wire);
  } catch (error) {
    throw within(`.${name}`, error);
  }
}

/** Throws InputError unless `value` is an object with exactly the layout's keys. */
export function refuseOtherKeys(
  value: unknown,
  entries: readonly LayoutEntry[],
  layout: object,
): void {
  if (typeof value !== 'object' || value === null) throw unfit('an object');
  for (const [name] of entries) {
    if (!Object.hasOwn(value, name)) throw within(`.${name}`, unfit('a value'));
  }
  // An unknown key may itself be somebody's name, so it is counted and not repeated.
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(layout, key)).length;
  if (unknown > 0) throw unfit(`no unknown key, came ${unknown}: the journal's schema is closed`);
}

/** The place is put before it on the way up, where there is an error at all. */
export function unfit(expected: string): InputError {
  return new InputError(`: expected ${expected}`);
}

/** `error` of a field at `place` (`.name` or `[index]`) of the value around it. */
export function within(place: string, error: unknown): unknown {
  return error instanceof InputError ? new InputError(`${place}${error.message}`) : error;
}
