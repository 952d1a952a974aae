import type { WantedFile } from './fetched-files.ts';
import type { Manifest, PublishedDelta, PublishedRegister } from './published/manifest.ts';
import type { SnapshotMeta } from './snapshot.ts';

/** How a register gets from what is in place to what a manifest says. */
export type Way =
  | { readonly kind: 'unchanged' }
  /** The same content, confirmed later. */
  | { readonly kind: 'renewed' }
  | { readonly kind: 'deltas'; readonly deltas: readonly PublishedDelta[] }
  | { readonly kind: 'base'; readonly deltas: readonly PublishedDelta[] };

/** `held`: what is in place and sound; null: nothing that can be built on. */
export function wayTo(
  register: PublishedRegister,
  { generation }: Manifest,
  held: SnapshotMeta | null,
): Way {
  const full = { kind: 'base', deltas: register.deltas } as const;
  if (held === null || held.generation !== generation || held.published === null) return full;
  const { contentVersion, totals, asOfMs } = register;
  if (held.published === contentVersion) {
    // Another content under the same version: a hub that was put back and published anew.
    if (held.checksum !== totals.checksum) return full;
    return { kind: asOfMs === held.asOfMs ? 'unchanged' : 'renewed' };
  }
  const from = register.deltas.findIndex((delta) => delta.from === held.published);
  if (from < 0) return full;
  const deltas = register.deltas.slice(from);
  const shorter = bytesOf(deltas) <= bytesOf(filesOf(register, full));
  return shorter ? { kind: 'deltas', deltas } : full;
}

export function filesOf({ base }: PublishedRegister, way: Way): readonly WantedFile[] {
  if (way.kind === 'base') return [...base.chunks.flatMap((chunk) => chunk ?? []), ...way.deltas];
  return way.kind === 'deltas' ? way.deltas : [];
}

export function bytesOf(files: readonly WantedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
