import { ed25519PublicKey } from '../../sync/protocol/raw-keys.ts';
import type { StationProof } from '../inbox/prove-station.ts';
import type { Journals } from '../journals.ts';
import type { Station } from './station-store.ts';

export type ShownProof = {
  readonly station: string;
  /** Nothing is missing, nothing does not fit, every epoch hangs on what was before it and is granted. */
  readonly isWhole: boolean;
  readonly epochs: readonly StationProof[];
};

/** What the hub can prove of a station's journals now; reads everything that is held of it. */
export async function proofOf(
  { prove }: Pick<Journals, 'prove'>,
  { station, signingKey }: Pick<Station, 'station' | 'signingKey'>,
): Promise<ShownProof> {
  const epochs: StationProof[] = [];
  if (signingKey !== null) {
    for await (const proof of prove(station, ed25519PublicKey(signingKey))) epochs.push(proof);
  }
  return { station, isWhole: epochs.every(isWhole), epochs };
}

function isWhole({ gapCount, misfitCount, joint, state }: StationProof): boolean {
  const isJoined = joint.follows !== 'unknown';
  return gapCount === 0 && misfitCount === 0 && isJoined && state === 'granted';
}
