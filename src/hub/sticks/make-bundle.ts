import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { decodeManifest } from '../../registers/published/manifest.ts';
import { BundleSealer } from '../../sync/bundle/seal-bundle.ts';
import { encodeHeads } from '../../sync/protocol/heads.ts';
import { encodeHubTime, NONCE_BYTES } from '../../sync/protocol/hub-time.ts';
import { encodeReceipt } from '../../sync/protocol/receipt.ts';
import { readStatement } from '../../sync/protocol/statement.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { InboxStore, SegmentHeader, StoredEpoch } from '../inbox/inbox-store.ts';
import type { IndexStore } from '../passages/index-store.ts';
import { namedFiles } from '../registers/published-files.ts';
import { wrappedRegionKey } from '../registers/wrapped-region-key.ts';
import type { Station } from '../stations/station-store.ts';
import type { HubStore } from '../store/hub-store.ts';
import { turn } from '../turn.ts';

/** The newest of an epoch: more than a month and a half at one segment a minute. */
const RECEIPTS_MAX = 65_536;
const PAGE_MAX = 50;
/** As many as a station that slept takes over the line. */
const ROLE_LISTS_MAX = 16;
const NO_NONCE = new Uint8Array(NONCE_BYTES);

export type BundleDeps = {
  readonly store: HubStore;
  readonly directory: HubDirectory;
  readonly signer: Signer;
  /** Null at a hub that has not run yet. */
  readonly journals: { readonly inbox: InboxStore; readonly index: IndexStore } | null;
  readonly clock: Clock;
  readonly backupIntervalMs: number;
};

type ActiveStation = Station & { readonly sealingKey: Uint8Array };

/** The bytes of one station's bundle, to be written one after another; reads beside the daemon. Throws InputError for a station that has no right to one. */
export async function* makeBundle(id: string, deps: BundleDeps): AsyncGenerator<Uint8Array> {
  const { store } = deps;
  const station = await activeStation(id, store);
  const { region } = station;
  const sealer = new BundleSealer(id, station.sealingKey);
  yield sealer.begin();
  yield* journalParts(station, sealer, deps);
  const lists = await store.statementsAfter(region, 'roles', 0);
  for (const { version, bytes } of lists.slice(-ROLE_LISTS_MAX)) {
    yield* sealer.content('roles', String(version), bytes);
  }
  const time = encodeHubTime({ nonce: NO_NONCE, hubMs: Math.floor(deps.clock.wallMs()) });
  yield* sealer.content('time', 'time', await deps.signer.sign(region, 'receipt', time));
  for (const kind of ['policy', 'mandate'] as const) {
    const newest = await store.newest(region, kind);
    if (newest !== null) yield* sealer.content(kind, String(newest.version), newest.bytes);
  }
  yield* registerParts(station, sealer, deps);
  yield sealer.end();
}

async function activeStation(id: string, store: HubStore): Promise<ActiveStation> {
  const station = await store.stations.get(id);
  const sealingKey = station?.sealingKey ?? null;
  if (station === null || station.state !== 'active' || sealingKey === null) {
    throw new InputError(
      `${id} is no station at work (${station?.state ?? 'unknown'}): 'chot hub station list' names them`,
    );
  }
  return { ...station, sealingKey };
}

/** How far the hub is, then receipts for what it holds. */
async function* journalParts(
  { station, region }: ActiveStation,
  sealer: BundleSealer,
  { journals, signer, clock, backupIntervalMs }: BundleDeps,
): AsyncGenerator<Uint8Array> {
  if (journals === null) return;
  const { inbox, index } = journals;
  const atMs = Math.floor(clock.wallMs());
  const epochs = await Promise.all(
    (await inbox.epochs(station)).map(async (epoch) => ({
      ...epoch,
      // The opener may be ahead of what is linked; what is said to a station never is.
      openedThrough: Math.min(epoch.through, await index.opened.openedThrough(epoch)),
    })),
  );
  const heads = encodeHeads({
    ...{ region, station, atMs },
    heads: {
      ...{ hub: toHex(inbox.hub), backupIntervalMs },
      epochs: epochs.map(({ epoch, through, link, openedThrough, state }) => ({
        ...{ epoch: toHex(epoch), through, link: toHex(link), openedThrough, state },
      })),
    },
  });
  yield* sealer.content('heads', 'heads', await signer.sign(region, 'receipt', heads));
  for (const epoch of epochs.toReversed()) {
    for (const { first, last, link } of await newestSegments(inbox, epoch)) {
      const { through, link: throughLink, openedThrough } = epoch;
      const receipt = encodeReceipt({
        ...{ region, station, hub: inbox.hub, epoch: epoch.epoch, first, last, link },
        ...{ through, throughLink, openedThrough, atMs },
      });
      const name = `${toHex(epoch.epoch)}.${first}`;
      yield* sealer.content('receipt', name, await signer.sign(region, 'receipt', receipt));
    }
  }
}

type Stored = Pick<SegmentHeader, 'first' | 'last' | 'link'>;

async function newestSegments(inbox: InboxStore, epoch: StoredEpoch): Promise<readonly Stored[]> {
  let found: Stored[] = [];
  for (let after = 0; ; ) {
    const page = await inbox.headers(epoch, after, PAGE_MAX);
    const last = page.at(-1);
    if (last === undefined) return found.slice(-RECEIPTS_MAX);
    after = last.first;
    for (const { first, last: end, link } of page) found.push({ first, last: end, link });
    if (found.length > 2 * RECEIPTS_MAX) found = found.slice(-RECEIPTS_MAX);
    await turn();
  }
}

/** The region's key for this station, the manifest and every file that it names. */
async function* registerParts(
  station: ActiveStation,
  sealer: BundleSealer,
  { store, directory, signer }: BundleDeps,
): AsyncGenerator<Uint8Array> {
  const { region } = station;
  const newest = await store.newest(region, 'manifest');
  if (newest === null) return;
  const manifest = decodeManifest(readStatement(newest.bytes).body);
  const { generation } = manifest;
  const key = await wrappedRegionKey({ store, directory, signer }, station, generation);
  if (key === null) {
    throw new InputError(`region ${region} changes its key just now: make the bundle again`);
  }
  yield* sealer.content('region-key', String(generation), key);
  yield* sealer.content('manifest', String(newest.version), newest.bytes);
  for (const sha256 of new Set(namedFiles(manifest))) {
    yield* sealer.content('file', sha256, publishedFile(directory, region, sha256));
    await turn();
  }
}

function publishedFile(directory: HubDirectory, region: string, sha256: string): Uint8Array {
  try {
    return readFileSync(join(directory.publishedFolder, region, sha256));
  } catch (cause) {
    throw new InputError(
      `the registers of ${region} are published anew just now, or ${sha256} is lost: make the bundle again`,
      { cause },
    );
  }
}
