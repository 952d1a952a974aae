import type { X509Certificate } from 'node:crypto';
import { DAY_MS } from '../../kernel/calendar.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { decodeRoles } from '../../sync/protocol/roles.ts';
import { readStatement } from '../../sync/protocol/statement.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore } from '../store/hub-store.ts';
import { type Authority, isInTerm, readAuthorities } from './authority.ts';
import { currentLists } from './role-lists.ts';

/** An authority with fewer days left signs nothing new. */
const LAST_DAYS = 120;

/** The authorities that the role lists name, of those whose keys are here. */
export class Authorities {
  readonly #directory: HubDirectory;
  readonly #store: HubStore;
  #listed: readonly Authority[] = [];
  #recipients: ReadonlySet<string> = new Set();
  #revision = 0;

  constructor(directory: HubDirectory, store: HubStore) {
    this.#directory = directory;
    this.#store = store;
  }

  /** Another number after every refresh: what was judged before may be judged otherwise. */
  get revision(): number {
    return this.#revision;
  }

  /** At start, and after a new role list. */
  async refresh(): Promise<void> {
    const lists = await currentLists(this.#store);
    const named = new Set(
      lists.flatMap(({ authorities }) =>
        authorities.map((der) => Buffer.from(der).toString('hex')),
      ),
    );
    this.#listed = readAuthorities(this.#directory).filter(({ certificate }) =>
      named.has(certificate.raw.toString('hex')),
    );
    this.#recipients = await recipientsOf(this.#store);
    this.#revision++;
  }

  /** Ids of the recipients that a role list names or ever named: what is sealed to an old one is taken still. */
  get recipients(): ReadonlySet<string> {
    return this.#recipients;
  }

  /** Signs stations' certificates: the newest. */
  newest(): Authority {
    return this.#some(this.#listed.at(-1));
  }

  /** Signs the hub's TLS certificate: the oldest with time left, which stations that were away know. */
  oldest(nowMs: number): Authority {
    const good = this.#listed.filter(({ certificate }) =>
      isInTerm(certificate, nowMs + LAST_DAYS * DAY_MS),
    );
    return this.#some(good[0] ?? this.#listed.at(-1));
  }

  /** Whether a listed authority signed it. */
  signed(certificate: X509Certificate): boolean {
    return this.#listed.some(
      (authority) =>
        certificate.checkIssued(authority.certificate) &&
        certificate.verify(authority.certificate.publicKey),
    );
  }

  #some(authority: Authority | undefined): Authority {
    if (authority !== undefined) return authority;
    throw new ConfigError(
      `no authority of the role list has its key in ${this.#directory.path}/keys: put the folder back from the backup`,
    );
  }
}

async function recipientsOf(store: HubStore): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { region } of await store.regions()) {
    for (const { bytes } of await store.statementsAfter(region, 'roles', 0)) {
      for (const { role, id } of decodeRoles(readStatement(bytes).body).keys) {
        if (role === 'recipient') ids.add(id);
      }
    }
  }
  return ids;
}
