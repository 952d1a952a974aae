import { scrypt, timingSafeEqual } from 'node:crypto';
import { parse } from 'smol-toml';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { dayFromIso, dayOf } from '../kernel/calendar.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Refusal } from './http/lane-port.ts';
import type { OfficerView } from './http/shapes.ts';

const OFFICERS_MAX = 500;
const KEY_BYTES = 32;
const LOG_N_MAX = 17;

/** `scrypt$<log2 N>$<salt, base64url>$<key, base64url>`: what of a PIN is kept. */
export const VERIFIER = /^scrypt\$(\d{1,2})\$([A-Za-z0-9_-]{16,64})\$([A-Za-z0-9_-]{43})$/;

const FileSchema = Type.Object(
  {
    officer: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
          name: Type.String({ minLength: 1, maxLength: 40 }),
          /** Verifier as `chot officers verifier` prints it. */
          pin: Type.String({ pattern: VERIFIER.source }),
          /** Last calendar day, ISO 8601, on which the officer may sign in. */
          until: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: OFFICERS_MAX },
    ),
  },
  { additionalProperties: false },
);

type FileOfficer = Static<typeof FileSchema>['officer'][number];

/** `untilDay`: last calendar day in Asia/Ho_Chi_Minh. */
export type Officer = Pick<FileOfficer, 'id' | 'name' | 'pin'> & { readonly untilDay: number };

/** Who may sign in, from whichever list. */
export class Officers {
  readonly #byId: ReadonlyMap<string, Officer>;

  constructor(officers: readonly Officer[]) {
    this.#byId = new Map(officers.map((officer) => [officer.id, officer]));
  }

  list(): readonly OfficerView[] {
    return [...this.#byId.values()].map(({ id, name }) => ({ id, name }));
  }

  /** Null when the PIN is right and the officer's time has not run out, at the late end of the interval. */
  async verify(id: string, pin: string | null, time: TimeInterval): Promise<Refusal | null> {
    const officer = this.#byId.get(id);
    if (officer === undefined || pin === null) return WRONG;
    // Unset time cannot end anybody's shift, or nobody could sign in to confirm it.
    if (time.trust !== 'unset' && dayOf(time.latestMs) > officer.untilDay) return EXPIRED;
    return (await matches(pin, officer.pin)) ? null : WRONG;
  }
}

const WRONG: Refusal = { code: 'officer.pin', message: 'officer and PIN do not belong together' };
const EXPIRED: Refusal = { code: 'officer.expired', message: 'this officer may no longer sign in' };

/** Reads the officers' file (TOML, one `[[officer]]` each), or throws ConfigError naming every wrong key. */
export function parseOfficers(text: string, file: string): Officers {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new ConfigError(`${file} is not TOML: expected [[officer]] tables`, { cause: error });
  }
  if (!Value.Check(FileSchema, value)) {
    const keys = [...Value.Errors(FileSchema, value)].map(({ instancePath }) => instancePath);
    throw new ConfigError(
      `${file}: expected [[officer]] with id, name, pin and until; wrong at ${keys.join(', ')}`,
    );
  }
  const officers = value.officer.map(({ until, ...officer }) => {
    const untilDay = dayFromIso(until);
    if (untilDay === null) throw new ConfigError(`${file}: ${officer.id}: until is no date`);
    return { ...officer, untilDay };
  });
  const ids = officers.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new ConfigError(`${file}: officer ${twice} stands twice`);
  return new Officers(officers);
}

/** The officers of a station: those that the hub has published once it has, until then those of the local file. */
export class StationOfficers {
  readonly #local: Officers | null;
  readonly #published: () => readonly Officer[] | null;
  #list: readonly Officer[] | null = null;
  #held: Officers | null = null;

  constructor(local: Officers | null, published: () => readonly Officer[] | null) {
    this.#local = local;
    this.#published = published;
  }

  /** Null: there is no list, and anybody at the screen acts as nobody in particular. */
  current(): Officers | null {
    const list = this.#published();
    if (list === null) return this.#local;
    if (this.#held === null || list !== this.#list) {
      this.#list = list;
      this.#held = new Officers(list);
    }
    return this.#held;
  }
}

/** The verifier of a PIN of 4 to 12 digits, with a salt of at least 12 random bytes. */
export async function pinVerifier(pin: string, salt: Uint8Array, logN = 15): Promise<string> {
  const key = await derive(pin, salt, logN);
  return `scrypt$${logN}$${Buffer.from(salt).toString('base64url')}$${key.toString('base64url')}`;
}

async function matches(pin: string, verifier: string): Promise<boolean> {
  const [, logN, salt, key] = VERIFIER.exec(verifier) ?? [];
  if (logN === undefined || salt === undefined || key === undefined) return false;
  const derived = await derive(pin, Buffer.from(salt, 'base64url'), Number(logN));
  return timingSafeEqual(derived, Buffer.from(key, 'base64url'));
}

function derive(pin: string, salt: Uint8Array, logN: number): Promise<Buffer> {
  if (logN > LOG_N_MAX) return Promise.resolve(Buffer.alloc(KEY_BYTES));
  const options = { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11) };
  return new Promise((resolve, reject) => {
    scrypt(pin, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
