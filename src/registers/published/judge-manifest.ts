import { surelyWithin, type TimeInterval } from '../../kernel/time-interval.ts';
import type { Manifest } from './manifest.ts';

/** The newest manifest that was accepted; null `hash`: only its version counts any more (a ceiling signed by the root). */
export type HeldManifest = {
  readonly version: number;
  readonly hash: string | null;
  readonly generation: number;
};

export type ManifestRefusal =
  | 'manifest.region'
  | 'manifest.older'
  /** The version that is held, with other bytes: somebody signs two stories. */
  | 'manifest.conflict'
  /** The next version, but not after the one that is held. */
  | 'manifest.previous'
  | 'manifest.generation'
  | 'manifest.expired';

export type ManifestJudgement =
  | { readonly kind: 'accepted' | 'unchanged' }
  | {
      readonly kind: 'refused';
      readonly code: ManifestRefusal;
      /** Not a late or wrong message, but one that nobody honest sends. */
      readonly alarm: boolean;
      readonly message: string;
    };

/**
 * Whether a manifest whose signature was found good is to be taken (security R2). `hash`: of its bytes. A register that it does
 * not name is absent from then on; that is no reason to refuse it.
 */
export function judgeManifest(
  manifest: Manifest,
  hash: string,
  {
    region,
    held,
    time,
  }: {
    readonly region: string;
    readonly held: HeldManifest | null;
    readonly time: TimeInterval;
  },
): ManifestJudgement {
  const { version } = manifest;
  if (manifest.region !== region) {
    return refused('manifest.region', true, `region ${region}, came ${manifest.region}`);
  }
  if (held !== null) {
    const judged = againstHeld(manifest, hash, held);
    if (judged !== null) return judged;
  }
  if (!surelyWithin(time, manifest.notAfterMs)) {
    return refused(
      'manifest.expired',
      false,
      `a manifest still in its term, version ${version} is past its end: check the hub, then the clock`,
    );
  }
  return { kind: 'accepted' };
}

function againstHeld(
  { version, generation, previous }: Manifest,
  hash: string,
  held: HeldManifest,
): ManifestJudgement | null {
  if (version < held.version) {
    return refused('manifest.older', true, `version ${held.version} or later, came ${version}`);
  }
  if (version === held.version && held.hash !== null) {
    if (hash === held.hash) return { kind: 'unchanged' };
    return refused('manifest.conflict', true, `version ${version} as it was before, came another`);
  }
  if (version === held.version + 1 && held.hash !== null && previous !== held.hash) {
    return refused('manifest.previous', true, `version ${version} to follow the one held`);
  }
  if (generation < held.generation) {
    return refused(
      'manifest.generation',
      true,
      `generation ${held.generation} or later, came ${generation}`,
    );
  }
  return null;
}

function refused(code: ManifestRefusal, alarm: boolean, expected: string): ManifestJudgement {
  return { kind: 'refused', code, alarm, message: `manifest: expected ${expected}` };
}
