import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';

const LABEL = 'chot/time/v1';
export const NONCE_BYTES = 32;

export type HubTime = { readonly nonce: Uint8Array; readonly hubMs: number };

/** Body of a statement signed by a `receipt` key (security T1). */
export function encodeHubTime({ nonce, hubMs }: HubTime): Uint8Array {
  return canonicalBytes([LABEL, nonce, hubMs]);
}

/** Throws InputError. Whether the nonce is ours is for the caller to see. */
export function decodeHubTime(body: Uint8Array): HubTime {
  const reader = new CanonicalReader(body, 'hub time');
  reader.label(LABEL);
  const nonce = reader.exactly(NONCE_BYTES);
  const hubMs = reader.uint64();
  reader.end();
  return { nonce, hubMs };
}
