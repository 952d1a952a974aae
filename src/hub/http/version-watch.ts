import { VERSIONS_HEADER } from '../../sync/protocol/wire.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { Versions } from '../store/stored-statement.ts';
import type { PollAnswer, Polls } from './polls.ts';

/** `m.r.p.d`: newest versions of manifest, roles, policy and mandate. */
export function versionText({ manifest, roles, policy, mandate }: Versions): string {
  return `${manifest}.${roles}.${policy}.${mandate}`;
}

/** The newest manifest with all versions beside it, as `GET /v1/registers/manifest` answers. */
export async function manifestAnswer(store: HubStore, region: string): Promise<PollAnswer> {
  const text = versionText(await store.versions(region));
  const manifest = await store.newest(region, 'manifest');
  const headers = { etag: `"${text}"`, [VERSIONS_HEADER]: text, 'cache-control': 'no-cache' };
  if (manifest !== null) {
    const type = { 'content-type': 'application/octet-stream' };
    return { status: 200, headers: { ...headers, ...type }, body: manifest.bytes };
  }
  const body = { code: 'manifest.none', message: 'nothing is published for this region yet' };
  return {
    ...{ status: 404, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' } },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** For a poll that waited for nothing. `text`: the versions that its station holds. */
export function unchangedAnswer(text: string): PollAnswer {
  const headers = { etag: `"${text}"`, [VERSIONS_HEADER]: text };
  return { status: 304, headers, body: new Uint8Array(0) };
}

/** Ends the long polls of a region whose versions have changed; knows for each what the last ones were. */
export class VersionWatch {
  readonly #store: HubStore;
  readonly #polls: Polls;
  readonly #last = new Map<string, string>();

  constructor(store: HubStore, polls: Polls) {
    this.#store = store;
    this.#polls = polls;
  }

  last(region: string): string {
    return this.#last.get(region) ?? '0.0.0.0';
  }

  /** At start, and whenever something may have changed. */
  async look(): Promise<void> {
    for (const { region } of await this.#store.regions()) {
      const text = versionText(await this.#store.versions(region));
      if (this.#last.get(region) === text) continue;
      this.#last.set(region, text);
      this.#polls.endRegion(region, await manifestAnswer(this.#store, region));
    }
  }
}
