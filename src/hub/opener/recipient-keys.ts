import type { KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecipientKey } from '../../journal/recipient.ts';
import { ConfigError } from '../../kernel/errors.ts';

const NAME = /^([a-z0-9][a-z0-9-]{0,31})\.pem$/;
const KEYS_MAX = 1_000;

/** Private halves that segments are sealed to: `<key id>.pem` in one folder, which only the opener reads (security J5). */
export class RecipientKeys {
  readonly #folder: string;
  readonly #unfit: (file: string, why: string) => void;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #names = '';

  /** `unfit` is told of files that hold no key; the others are used. */
  constructor(folder: string, unfit: (file: string, why: string) => void) {
    this.#folder = folder;
    this.#unfit = unfit;
    this.reload();
  }

  find(id: string): KeyObject | null {
    return this.#keys.get(id) ?? null;
  }

  /** True when other keys lie there than before. A folder that cannot be read leaves what was read. */
  reload(): boolean {
    const names = this.#list();
    if (names === null || names.join() === this.#names) return false;
    this.#names = names.join();
    this.#keys = new Map(names.flatMap((name) => this.#read(name)));
    return true;
  }

  #list(): readonly string[] | null {
    try {
      return readdirSync(this.#folder)
        .filter((name) => NAME.test(name))
        .sort()
        .slice(0, KEYS_MAX);
    } catch (error) {
      this.#unfit(this.#folder, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
      return null;
    }
  }

  #read(name: string): readonly (readonly [string, KeyObject])[] {
    const id = NAME.exec(name)?.[1] ?? '';
    try {
      return [[id, parseRecipientKey(readFileSync(join(this.#folder, name), 'utf8'))]];
    } catch (error) {
      const why = error instanceof ConfigError ? error.message : 'cannot be read';
      this.#unfit(name, why);
      return [];
    }
  }
}
