import type { Manifest } from '../../registers/published/manifest.ts';
import { judgeManifestBytes } from '../downlink/judge-manifest-bytes.ts';
import { type Judged, judged, judgeRoles } from '../downlink/judge-roles.ts';
import { judgeMandate, judgePolicy, openRegionKey } from '../downlink/judge-statement.ts';
import { decodeHubTime } from '../protocol/hub-time.ts';
import { believe, readStatement } from '../protocol/statement.ts';
import type { BundleError } from './bundle-error.ts';
import type { DownKind } from './down-layout.ts';
import { type ImportDeps, type ImportStep, step } from './import-deps.ts';
import { importReceipts } from './import-receipts.ts';
import type { BundleContent, OpenBundle } from './open-bundle.ts';

export type ImportOutcome = {
  readonly steps: readonly ImportStep[];
  /** Why nothing of it counted but heads and receipts; null when it was whole. */
  readonly problem: { readonly code: BundleError['code']; readonly message: string } | null;
};

/**
 * Takes up what a bundle holds, each statement by the judgement that it meets over the line. May be repeated, with any sticks in
 * any order: what is not newer changes nothing. Rejects with StorageFault, and with the signal's reason.
 */
export async function importBundle(
  bundle: OpenBundle,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<ImportOutcome> {
  const { problem } = bundle;
  if (problem !== null) {
    const { code, message } = problem;
    return { steps: await importReceipts(bundle, deps, signal), problem: { code, message } };
  }
  // Roles first, although they lie further back: what they say decides whether the rest is believed.
  const roles = takeRoles(bundle, deps);
  const time = takeTime(bundle, deps);
  const receipts = await importReceipts(bundle, deps, signal);
  const statements = [...takePolicy(bundle, deps), ...takeMandate(bundle, deps)];
  const registers = await takeManifest(bundle, deps, signal);
  return { steps: [...roles, ...time, ...receipts, ...statements, ...registers], problem: null };
}

/** Every list from the one held on; those before it are old and say nothing. */
function takeRoles(bundle: OpenBundle, { held, identity, onNews }: ImportDeps): ImportStep[] {
  const steps: ImportStep[] = [];
  for (const content of all(bundle, 'roles')) {
    const bytes = bundle.bytesOf(content);
    const { value, bytes: before } = held.roles;
    const judgement = judgeRoles(bytes, { list: value, bytes: before }, identity.time());
    if (judgement.kind === 'taken') held.takeRoles(judgement.value, bytes);
    steps.push(stepOf('roles', judgement));
  }
  // A chain of lists begins with old ones: what came of the newest counts, and a refusal for another reason than age.
  const isTaken = steps.some(({ outcome }) => outcome === 'taken');
  if (isTaken) onNews('roles');
  const wrong = steps.find(({ outcome, code }) => outcome === 'refused' && code !== 'older');
  const last = steps.at(-1);
  if (wrong !== undefined) return [wrong];
  if (isTaken) return [step('roles', 'taken')];
  return last === undefined ? [] : [last];
}

function takeTime(bundle: OpenBundle, { identity, raiseFloor, alarms }: ImportDeps): ImportStep[] {
  return all(bundle, 'time').map((content) => {
    const bytes = bundle.bytesOf(content);
    const judgement = judged<number>(() => {
      // Its key must hold at the time that it states: ours may be far off.
      const { hubMs } = decodeHubTime(readStatement(bytes).body);
      const time = { earliestMs: hubMs, latestMs: hubMs, trust: 'vouched' } as const;
      believe(bytes, { role: 'receipt', keys: identity.keys(), time });
      if (hubMs <= identity.time().earliestMs) return { kind: 'unchanged' };
      const { kind, alarm, jumpMs } = raiseFloor(hubMs);
      if (alarm !== null) alarms.raise(alarm, { jumpMs: Math.round(jumpMs) });
      if (kind === 'contradicts') return { kind: 'refused', code: kind };
      return { kind: 'taken', value: hubMs };
    });
    return stepOf('time', judgement);
  });
}

function takePolicy(bundle: OpenBundle, deps: ImportDeps): ImportStep[] {
  const { held, identity, checkPolicy, onNews } = deps;
  return all(bundle, 'policy').map((content) => {
    const bytes = bundle.bytesOf(content);
    const judgement = judgePolicy(bytes, held.policy, identity, checkPolicy);
    if (judgement.kind === 'taken') {
      held.takePolicy(judgement.value, bytes);
      onNews('policy');
    }
    return stepOf('policy', judgement);
  });
}

function takeMandate(bundle: OpenBundle, { held, identity, onNews }: ImportDeps): ImportStep[] {
  return all(bundle, 'mandate').map((content) => {
    const bytes = bundle.bytesOf(content);
    const judgement = judgeMandate(bytes, held.mandate, identity);
    if (judgement.kind === 'taken') {
      held.takeMandate(judgement.value, bytes);
      onNews('mandate');
    }
    return stepOf('mandate', judgement);
  });
}

/** The manifest, the key of its generation and its files; also what an earlier stick or the line left unfinished. */
async function takeManifest(
  bundle: OpenBundle,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<ImportStep[]> {
  const { held, identity, onNews } = deps;
  const [content] = all(bundle, 'manifest');
  if (content === undefined) return [];
  const bytes = bundle.bytesOf(content);
  const judgement = judgeManifestBytes(bytes, held.heldManifest, identity);
  if (judgement.kind === 'taken') {
    const { manifest, hash } = judgement.value;
    held.takeManifest(manifest, hash, bytes);
    onNews('manifest');
  }
  const said = stepOf('manifest', judgement);
  const { manifest } = held;
  if (said.outcome === 'refused' || manifest === null) return [said];
  const key = takeRegionKey(bundle, manifest, deps);
  const ended = await deps.install(manifest, filesOf(bundle), signal);
  const registers =
    ended === 'installed'
      ? step('registers', said.outcome)
      : step('registers', 'refused', ended === 'again' ? 'not-installed' : 'content');
  return [said, ...key, registers];
}

function takeRegionKey(
  bundle: OpenBundle,
  { generation }: Manifest,
  { registers, identity, sealingKey }: ImportDeps,
): ImportStep[] {
  if (registers.hasKey(generation)) return [];
  return all(bundle, 'region-key').map((content) => {
    const judgement = openRegionKey(bundle.bytesOf(content), generation, identity, sealingKey);
    if (judgement.kind === 'taken') registers.addKey(generation, judgement.value);
    return stepOf('region-key', judgement);
  });
}

function filesOf(bundle: OpenBundle) {
  const files = new Map(all(bundle, 'file').map((content) => [content.name, content]));
  return async (sha256: string, bytesMax: number): Promise<Uint8Array> => {
    const content = files.get(sha256);
    if (content === undefined || content.bytes > bytesMax) {
      throw new Error(`the stick does not have file ${sha256}: make it anew at the hub`);
    }
    return bundle.bytesOf(content);
  };
}

function all({ contents }: OpenBundle, wanted: DownKind): readonly BundleContent[] {
  return contents.filter(({ kind }) => kind === wanted);
}

function stepOf(what: ImportStep['what'], judgement: Judged<unknown>): ImportStep {
  return judgement.kind === 'refused'
    ? step(what, 'refused', judgement.code)
    : step(what, judgement.kind);
}
