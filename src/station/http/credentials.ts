import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a credential opens: the staff screen, a software scanner's presentations, or the operator's metrics. */
export type Role = 'staff' | 'scanner' | 'monitor';

const TOKEN_BYTES = 32;
const SESSIONS_MAX = 64;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

type Entry = { readonly digest: Uint8Array; readonly role: Role; readonly uses: 'once' | 'many' };

/** Every credential of this boot. Only digests are kept, so neither a heap dump nor a slip of a log tells a token. */
export class Credentials {
  readonly #entrances: Entry[] = [];
  readonly #bearers: Entry[] = [];
  /** Oldest first: a page that is opened again and again pushes out its own forgotten sessions. */
  readonly #sessions: Uint8Array[] = [];

  /** A token that opens the staff screen by its address; `once` for an address that is printed. */
  addEntrance(token: string, uses: 'once' | 'many'): void {
    this.#entrances.push({ digest: digestOf(token), role: 'staff', uses });
  }

  addBearer(token: string, role: Role): void {
    this.#bearers.push({ digest: digestOf(token), role, uses: 'many' });
  }

  /** A new session's token for the cookie, or null when the entrance token is not (or no longer) good. */
  enter(token: string): string | null {
    const index = findIndex(this.#entrances, token);
    if (index < 0) return null;
    if (this.#entrances[index]?.uses === 'once') this.#entrances.splice(index, 1);
    const session = newToken();
    this.#sessions.push(digestOf(session));
    if (this.#sessions.length > SESSIONS_MAX) this.#sessions.shift();
    return session;
  }

  isSession(token: string): boolean {
    const digest = digestOf(token);
    return this.#sessions.some((known) => timingSafeEqual(known, digest));
  }

  bearerRole(token: string): Role | null {
    return this.#bearers[findIndex(this.#bearers, token)]?.role ?? null;
  }
}

function findIndex(entries: readonly Entry[], token: string): number {
  const digest = digestOf(token);
  return entries.findIndex((entry) => timingSafeEqual(entry.digest, digest));
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
