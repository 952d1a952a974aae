import { ConfigError } from '../kernel/errors.ts';
import type { KeyStore } from '../ports/key-store.ts';

const KEY_BYTES = 32;
const NAME = /^register-([1-9][0-9]{0,8})\.key$/;

export type RegionKey = { readonly generation: number; readonly key: Uint8Array };

/** The region's register keys, one a generation; several are there while registers change over from one to the next. */
export class RegionKeys {
  readonly #keys: KeyStore;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  /** Ascending. */
  generations(): readonly number[] {
    return this.#keys
      .list()
      .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
      .filter((generation) => generation > 0)
      .sort((one, other) => one - other);
  }

  /** Null when there is none of that generation. Throws ConfigError when it is no key. */
  read(generation: number): RegionKey | null {
    const key = this.#keys.read(nameOf(generation));
    return key === null
      ? null
      : { generation, key: checkedKey(this.#keys, nameOf(generation), key) };
  }

  /** The newest; of a station that never got one, a first one of its own. */
  newest(make: () => Uint8Array): RegionKey {
    const generation = this.generations().at(-1) ?? 1;
    const name = nameOf(generation);
    const key = checkedKey(this.#keys, name, this.#keys.readOrMake(name, make));
    return { generation, key };
  }

  add({ generation, key }: RegionKey): void {
    if (key.length !== KEY_BYTES) {
      throw new RangeError(`a register key has ${KEY_BYTES} bytes, came ${key.length}`);
    }
    this.#keys.write(nameOf(generation), key);
  }

  /** Destroys older generations (security R6); the newest one there always stays. How many it were. */
  removeBelow(generation: number): number {
    const all = this.generations();
    const old = all.filter((each) => each < Math.min(generation, all.at(-1) ?? 0));
    for (const each of old) this.#keys.remove(nameOf(each));
    return old.length;
  }
}

/** Throws ConfigError unless it is 32 raw bytes. */
export function checkedKey(keys: KeyStore, name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === KEY_BYTES) return bytes;
  throw new ConfigError(
    `${keys.describe(name)} holds ${bytes.length} bytes instead of ${KEY_BYTES}: put the station's own key file back, or wipe and enrol again`,
  );
}

function nameOf(generation: number): string {
  return `register-${generation}.key`;
}
