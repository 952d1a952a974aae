import type { RaiseIncident } from '../ingest-port.ts';
import type { HubStore } from '../store/hub-store.ts';

/** A restored hub is behind by what was published since the backup; a station that says more than this is not believed. */
const MANIFESTS_AHEAD_MAX = 100_000;

type Deps = { readonly store: HubStore; readonly raise: RaiseIncident };
type Said = {
  readonly region: string;
  readonly station: string;
  /** The highest manifest version that the station has seen. */
  readonly seen: number;
  readonly atMs: number;
};

/** What a station has seen, the next manifest is to be above (security R2). */
export async function noteManifest({ store, raise }: Deps, said: Said): Promise<void> {
  const { region, station, seen, atMs } = said;
  const { manifest } = await store.versions(region);
  if (seen <= manifest) return;
  if (seen <= manifest + MANIFESTS_AHEAD_MAX) return store.sawManifest(region, seen);
  raise({ atMs, station, code: 'manifest.over-advanced', detail: { seen, newest: manifest } });
}
