import {
  chownSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../kernel/errors.ts';
import type { ImportOutcome } from '../../sync/bundle/import-bundle.ts';
import { readIfThere, replaceFile } from '../durable-file.ts';
import { accountOf } from '../slips.ts';

const BUNDLE = 'stick.down';
const ANSWER = 'stick.json';
const CONFIRMED = 'stick.time';

/** What a daemon says of a stick: what came of it, or why it could not be used at all. */
export type StickAnswer =
  | { readonly kind: 'done'; readonly outcome: ImportOutcome }
  | { readonly kind: 'failed'; readonly isInput: boolean; readonly message: string };

/** The account of the operating system; null when its name is no id. */
export type TimeBy = { readonly account: string | null };

/**
 * Where `chot sync import` meets the daemon, who alone writes journal and registers: the command copies the bundle here, where the
 * daemon can read it whoever put the stick in, and waits for the answer. In the folder of this boot; nothing in it has to last.
 */
export class StickSlip {
  readonly #folder: string;

  constructor(runFolder: string) {
    this.#folder = runFolder;
  }

  /** Where the daemon finds the bundle. */
  get bundle(): string {
    return join(this.#folder, BUNDLE);
  }

  /** The command's. Throws ConfigError while another command waits, or when there is no room for a copy. */
  hand(path: string, timeBy: TimeBy | null): void {
    if (this.isHanded) {
      throw new ConfigError(`another import is under way: wait for it, or remove ${this.bundle}`);
    }
    const draft = `${this.bundle}.new`;
    try {
      rmSync(join(this.#folder, ANSWER), { force: true });
      rmSync(draft, { force: true });
      copyFileSync(path, draft);
      // The daemon's own account must be able to read it, also when root put the stick in.
      const { uid, gid } = statSync(this.#folder);
      if (statSync(draft).uid !== uid) chownSync(draft, uid, gid);
      const confirmed = join(this.#folder, CONFIRMED);
      rmSync(confirmed, { force: true });
      if (timeBy !== null) writeFileSync(confirmed, timeBy.account ?? '', { mode: 0o644 });
      renameSync(draft, this.bundle);
    } catch (cause) {
      rmSync(draft, { force: true });
      const { code } = cause as NodeJS.ErrnoException;
      throw new ConfigError(
        `the bundle cannot be handed to the daemon (${code}): make room in ${this.#folder}, or look at the stick`,
        { cause },
      );
    }
  }

  /** The daemon's: whether who handed it over has compared this machine's date and time with another clock. */
  timeBy(): TimeBy | null {
    const text = readIfThere(join(this.#folder, CONFIRMED));
    return text === null ? null : { account: accountOf(text) };
  }

  get isHanded(): boolean {
    return existsSync(this.bundle);
  }

  /** The daemon's. On a full disk the command learns nothing and says so. */
  answer(answer: StickAnswer): void {
    try {
      replaceFile(join(this.#folder, ANSWER), JSON.stringify(answer));
    } finally {
      rmSync(this.bundle, { force: true });
    }
  }

  /** The command's: null until the daemon is done. */
  read(): StickAnswer | null {
    if (this.isHanded) return null;
    try {
      return JSON.parse(readFileSync(join(this.#folder, ANSWER), 'utf8')) as StickAnswer;
    } catch {
      return null;
    }
  }
}
