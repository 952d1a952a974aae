import type { ReportRequest } from '../../sync/protocol/wire.ts';
import type { Station } from '../stations/station-store.ts';
import type { HubStore } from './hub-store.ts';

/** A restored hub is behind by what was signed since the backup; a station that says more than this is not believed. */
const AHEAD_MAX = 1_000;

/**
 * For the next role list, policy or mandate: above what the hub holds and what its active stations say they hold, who would refuse
 * it otherwise. A hub that was restored has forgotten what it signed after the backup.
 */
export async function nextVersion(
  store: HubStore,
  region: string,
  kind: 'roles' | 'policy' | 'mandate',
): Promise<number> {
  const newest = (await store.newest(region, kind))?.version ?? 0;
  const held = (await store.stations.list(region))
    .filter(({ state }) => state === 'active')
    .map((station) => versionsHeld(station)?.[kind] ?? 0)
    .filter((version) => version <= newest + AHEAD_MAX);
  return held.reduce((highest, version) => Math.max(highest, version), newest) + 1;
}

/** As the station reported last; a report was checked before it was kept. Null before the first. */
export function versionsHeld({ report }: Station): ReportRequest['versions'] | null {
  return report === null ? null : (JSON.parse(report) as ReportRequest).versions;
}
