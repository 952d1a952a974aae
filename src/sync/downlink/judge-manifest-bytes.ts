import { type HeldManifest, judgeManifest } from '../../registers/published/judge-manifest.ts';
import { decodeManifest, type Manifest, manifestHash } from '../../registers/published/manifest.ts';
import { believe } from '../protocol/statement.ts';
import type { StationIdentity } from '../station-identity.ts';
import { type Judged, judged } from './judge-roles.ts';

/** Whether a manifest takes the place of the highest one seen: its signature, then security R2. */
export function judgeManifestBytes(
  bytes: Uint8Array,
  held: HeldManifest | null,
  { region, keys, time }: Pick<StationIdentity, 'region' | 'keys' | 'time'>,
): Judged<{ readonly manifest: Manifest; readonly hash: string }> {
  return judged(() => {
    const body = believe(bytes, { role: 'manifest', keys: keys(), time: time() });
    const manifest = decodeManifest(body);
    const hash = manifestHash(body);
    const said = judgeManifest(manifest, hash, { region, held, time: time() });
    switch (said.kind) {
      case 'accepted':
        return { kind: 'taken', value: { manifest, hash } };
      case 'unchanged':
        return { kind: 'unchanged' };
      case 'refused':
        return { kind: 'refused', code: said.code };
      default:
        return said satisfies never;
    }
  });
}
