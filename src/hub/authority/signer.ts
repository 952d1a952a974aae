import type { KeyObject } from 'node:crypto';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { signStatement } from '../../sync/protocol/statement.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore } from '../store/hub-store.ts';
import { type SigningRole, signingKeyFor } from './role-keys.ts';
import { currentList } from './role-lists.ts';

type Held = { readonly id: string; readonly privateKey: KeyObject; readonly untilMs: number };

/** A key's term is looked at again after so long, and at once when the role list changed. */
const HELD_MS = 60_000;

/** Signs statements with the key that is in force for a role. */
export class Signer {
  readonly #store: HubStore;
  readonly #directory: HubDirectory;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor(store: HubStore, directory: HubDirectory, clock: Clock) {
    this.#store = store;
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Throws ConfigError when no key of the role is in its term. */
  async sign(region: string, role: SigningRole, body: Uint8Array): Promise<Uint8Array> {
    return signStatement(body, await this.#keyFor(region, role));
  }

  /** Id of the key that signs for a role now. */
  async keyId(region: string, role: SigningRole): Promise<string> {
    return (await this.#keyFor(region, role)).id;
  }

  /** After a new role list. */
  forget(): void {
    this.#held.clear();
  }

  async #keyFor(region: string, role: SigningRole): Promise<Held> {
    const name = `${region}/${role}`;
    const monoMs = this.#clock.monoMs();
    const held = this.#held.get(name);
    if (held !== undefined && monoMs < held.untilMs) return held;
    const list = await currentList(this.#store, region);
    if (list === null) throw new ConfigError(`region ${region} has no role list yet`);
    const key = signingKeyFor(this.#directory, list.keys, role, this.#clock.wallMs());
    const fresh = { ...key, untilMs: monoMs + HELD_MS };
    this.#held.set(name, fresh);
    return fresh;
  }
}
