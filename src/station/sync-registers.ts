import { installManifest } from '../registers/install-manifest.ts';
import type { RegisterStore } from '../registers/register-store.ts';
import type { RegisterPort } from '../sync/downlink/register-port.ts';
import { type Kept, keptText } from '../sync/kept.ts';
import type { DataDirectory } from './data-directory.ts';

type Deps = {
  readonly data: Pick<DataDirectory, 'keys' | 'regionKeys' | 'registersFolder'>;
  readonly kept: Kept;
  /** Null for a command beside which no lane looks anybody up. */
  readonly store: RegisterStore | null;
  readonly nowMs: () => number;
};

/** The station's registers as the downlink brings them up to date. */
export function syncRegisters({ data, kept, store, nowMs }: Deps): RegisterPort {
  const { regionKeys, registersFolder, keys } = data;
  // A key that the station made for itself before it was enrolled may bear the number of one of the hub's.
  const ofHub = () => generationsOf(kept);
  return {
    hasKey: (generation) => ofHub().includes(generation) && regionKeys.read(generation) !== null,
    addKey: (generation, key) => {
      regionKeys.add({ generation, key });
      kept.put({ generations: Buffer.from(JSON.stringify([...ofHub(), generation])) });
    },
    install: async (manifest, fetchFile, signal) => {
      const region = regionKeys.read(manifest.generation);
      if (region === null) throw new RangeError(`no key of generation ${manifest.generation}`);
      store?.addRegion(region);
      const task = {
        folder: registersFolder,
        secrets: { databaseKey: keys.database, region },
        ...{ manifest, nowMs: nowMs(), distrusted: distrustedOf(store) },
      };
      const { items } = await installManifest(task, fetchFile, signal);
      store?.refresh();
      const failed = items.flatMap((item) =>
        item.kind === 'failed' ? [{ name: item.name, code: item.code }] : [],
      );
      // Old generations and their keys go at both ends, once everything of the new one is in place (security R6).
      if (failed.length === 0) regionKeys.removeBelow(manifest.generation);
      return failed;
    },
  };
}

function generationsOf(kept: Kept): readonly number[] {
  const text = keptText(kept, 'generations');
  return text === null ? [] : (JSON.parse(text) as number[]);
}

function distrustedOf(store: RegisterStore | null): readonly string[] {
  if (store === null) return [];
  return store.names().filter((name) => store.describe(name).unusable !== null);
}
