import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { StorageFault } from '../../kernel/errors.ts';
import { type Kept, keptText } from '../kept.ts';

const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const Shape = Type.Object({
  /** `https://host[:port]` */
  hub: Type.String({ pattern: '^https://[^/]+$' }),
  region: Id,
  station: Id,
});

/** To which hub a station belongs, and as whom. */
export type Enrolment = Readonly<Static<typeof Shape>>;

/** Null for a station that belongs to none. Throws StorageFault when what is kept is no enrolment. */
export function enrolmentOf(kept: Kept): Enrolment | null {
  const text = keptText(kept, 'enrolment');
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  if (Value.Check(Shape, value)) return value;
  throw new StorageFault('damaged', 'what is kept of the enrolment cannot be read: enrol again');
}

/** `https://host[:port]` and nothing behind it, else null. */
export function hubUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isBare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return url.protocol === 'https:' && isBare ? url : null;
}
