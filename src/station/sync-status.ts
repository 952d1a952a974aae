import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyncSnapshot } from '../sync/sync-loop.ts';

const STATUS = 'sync.json';
const ASKED = 'sync-now';

/**
 * Where the daemon, who alone writes the journal, and `chot sync` beside it meet: the daemon tells how far it is, the command
 * asks it to try at once. In the folder of this boot; nothing in it has to last.
 */
export class SyncStatus {
  readonly #folder: string;
  #told = '';

  constructor(runFolder: string) {
    this.#folder = runFolder;
  }

  /** The daemon's: what changed is written. A full disk keeps commands from following, and nothing else. */
  tell(snapshot: SyncSnapshot): void {
    const text = JSON.stringify(snapshot);
    if (text === this.#told) return;
    try {
      const draft = join(this.#folder, `${STATUS}.new`);
      writeFileSync(draft, text, { mode: 0o600 });
      renameSync(draft, join(this.#folder, STATUS));
      this.#told = text;
    } catch {
      this.#told = '';
    }
  }

  /** The daemon's: whether a command asked since. */
  isAsked(): boolean {
    const file = join(this.#folder, ASKED);
    if (!existsSync(file)) return false;
    rmSync(file, { force: true });
    return true;
  }

  /** The command's. */
  ask(): void {
    writeFileSync(join(this.#folder, ASKED), '', { mode: 0o600 });
  }

  /** The command's: whether the daemon has heard, and what it told last; null when it told nothing in this boot. */
  read(): SyncSnapshot | null {
    try {
      return JSON.parse(readFileSync(join(this.#folder, STATUS), 'utf8')) as SyncSnapshot;
    } catch {
      return null;
    }
  }

  get isHeard(): boolean {
    return !existsSync(join(this.#folder, ASKED));
  }
}
