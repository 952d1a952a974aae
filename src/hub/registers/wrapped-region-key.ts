import { setUpSealing } from '../../journal/hpke.ts';
import { encodeRegionKey, regionKeyInfo } from '../../sync/protocol/region-key.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { Station } from '../stations/station-store.ts';
import type { HubStore } from '../store/hub-store.ts';

type Deps = {
  readonly store: HubStore;
  readonly directory: HubDirectory;
  readonly signer: Signer;
};

const NO_AAD = new Uint8Array(0);

/** The region's register key, sealed to one station and signed; null when the generation is not the one published. */
export async function wrappedRegionKey(
  { store, directory, signer }: Deps,
  { station, region, sealingKey }: Pick<Station, 'station' | 'region' | 'sealingKey'>,
  generation: number,
): Promise<Uint8Array | null> {
  const current = (await store.regions()).find((each) => each.region === region)?.generation;
  const key = generation === current ? directory.regionKey(region, generation) : null;
  if (key === null || sealingKey === null) return null;
  const place = { region, station, generation };
  const { enc, seal } = setUpSealing(sealingKey, regionKeyInfo(place));
  return signer.sign(
    region,
    'manifest',
    encodeRegionKey({ ...place, enc, sealed: seal(key, NO_AAD) }),
  );
}
