import type { Database } from '../../kernel/encrypted-database.ts';
import { StorageFault } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';

const BUSY_MS = 5_000;
const AGAIN_MS = 10;
/** The other process holds the lock for a batch, a fraction of a second. */
const WAIT_MS_MAX = 30_000;

/**
 * Transactions beside another process that writes into the same database. SQLite would wait for its lock with the whole
 * process standing still; here everything else goes on meanwhile.
 */
export class PatientWriter {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** All of `act` or nothing. Throws StorageFault when the lock does not come free. */
  async run<T>(act: () => T): Promise<T> {
    const endMs = this.#clock.monoMs() + WAIT_MS_MAX;
    for (;;) {
      try {
        return this.#now(act);
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (this.#clock.monoMs() >= endMs) {
          throw new StorageFault(
            'io',
            `another process holds the database for more than ${WAIT_MS_MAX / 1_000} s: look for one that hangs`,
            { cause: error },
          );
        }
      }
      await this.#clock.sleep(AGAIN_MS, new AbortController().signal);
    }
  }

  #now<T>(act: () => T): T {
    this.#database.pragma('busy_timeout = 0');
    try {
      return this.#database.transaction(act).immediate();
    } finally {
      this.#database.pragma(`busy_timeout = ${BUSY_MS}`);
    }
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_BUSY')
  );
}
