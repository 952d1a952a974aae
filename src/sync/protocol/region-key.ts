import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';
import { RAW_KEY_BYTES } from './raw-keys.ts';

const LABEL = 'chot/region-key/v1';
const SEALED_BYTES = 48;

/** A region's register key of one generation, sealed to one station's `station.x25519` (security R6). */
export type WrappedRegionKey = {
  readonly region: string;
  readonly station: string;
  readonly generation: number;
  readonly enc: Uint8Array;
  readonly sealed: Uint8Array;
};

/** HPKE's info: binds the sealed key to whom it is for. */
export function regionKeyInfo(
  wrapped: Pick<WrappedRegionKey, 'region' | 'station' | 'generation'>,
): Uint8Array {
  const { region, station, generation } = wrapped;
  return canonicalBytes([LABEL, region, station, generation]);
}

/** Body of a statement signed by a `manifest` key. */
export function encodeRegionKey(wrapped: WrappedRegionKey): Uint8Array {
  const { region, station, generation, enc, sealed } = wrapped;
  return canonicalBytes([LABEL, region, station, generation, enc, sealed]);
}

/** Throws InputError. */
export function decodeRegionKey(body: Uint8Array): WrappedRegionKey {
  const reader = new CanonicalReader(body, 'region key');
  reader.label(LABEL);
  const wrapped = {
    region: readId(reader),
    station: readId(reader),
    generation: reader.uint64(),
    enc: reader.exactly(RAW_KEY_BYTES),
    sealed: reader.exactly(SEALED_BYTES),
  };
  reader.end();
  if (wrapped.generation < 1) throw reader.unfit('a generation from 1 on');
  return wrapped;
}
