/**
 * What a station keeps of its hub besides journal and registers: statements, token, certificate, highest versions seen. Small,
 * and everything written is durable, all entries or none, once `put` returns.
 */
export interface Kept {
  get(name: KeptName): Uint8Array | null;
  /** Null removes. Throws StorageFault. */
  put(entries: Partial<Readonly<Record<KeptName, Uint8Array | null>>>): void;
}

export type KeptName =
  /** To which hub, as whom. */
  | 'enrolment'
  | 'certificate'
  /** A renewed certificate that has not worked yet. */
  | 'next-certificate'
  | 'token'
  | 'roles'
  | 'policy'
  | 'mandate'
  | 'manifest'
  /** Version, hash and generation of the highest manifest seen. */
  | 'held-manifest'
  /** Which hub said last how far it is, and when (src/sync/known-hub.ts). */
  | 'heads'
  /** Generations of the register key that came from the hub. */
  | 'generations';

export function keptText(kept: Kept, name: KeptName): string | null {
  const bytes = kept.get(name);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}
