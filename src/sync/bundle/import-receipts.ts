import { toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import { type Judged, judged } from '../downlink/judge-roles.ts';
import { keepHub, newestKnownHub } from '../known-hub.ts';
import { decodeHeads, type Heads } from '../protocol/heads.ts';
import { decodeReceipt, type Receipt } from '../protocol/receipt.ts';
import { believe, readStatement } from '../protocol/statement.ts';
import { judgeHeads } from '../uplink/judge-heads.ts';
import { newestReceipt, ownEpochs } from '../uplink/own-journal.ts';
import { judged as judgedReceipt } from '../uplink/send-segment.ts';
import { actOn, noteOpened } from '../uplink/uplink-acts.ts';
import { type ImportDeps, type ImportStep, step } from './import-deps.ts';
import type { OpenBundle } from './open-bundle.ts';

/** Receipts between two looks at what else the process has to do. */
const AT_A_STRETCH = 16;

/** How far the hub is, and its receipts: what over the line come from `GET /v1/heads` and with every segment. Throws StorageFault. */
export async function importReceipts(
  { contents, bytesOf }: OpenBundle,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<readonly ImportStep[]> {
  const said = contents.find(({ kind }) => kind === 'heads');
  if (said === undefined) return [];
  const judgement = judgeHeadsBytes(bytesOf(said), deps);
  if (judgement.kind !== 'taken') {
    return [step('heads', 'refused', judgement.kind === 'refused' ? judgement.code : null)];
  }
  const { hub } = judgement.value.heads;
  const heads = takeHeads(judgement.value, deps);
  if (heads.outcome === 'refused') return [heads];
  const counts = { taken: 0, refused: null as string | null };
  for (const [index, content] of contents.filter(({ kind }) => kind === 'receipt').entries()) {
    if (index % AT_A_STRETCH === AT_A_STRETCH - 1) await deps.clock.sleep(0, signal);
    signal.throwIfAborted();
    const { kind, code } = takeReceipt(bytesOf(content), hub, deps);
    if (kind === 'taken') counts.taken++;
    else counts.refused ??= code;
  }
  const { taken, refused } = counts;
  const outcome = taken > 0 ? 'taken' : 'unchanged';
  return [heads, step('receipts', refused === null ? outcome : 'refused', refused, taken)];
}

function judgeHeadsBytes(bytes: Uint8Array, { identity }: ImportDeps): Judged<Heads> {
  return judged(() => {
    const { region, station, keys, time } = identity;
    const said = decodeHeads(believe(bytes, { role: 'receipt', keys: keys(), time: time() }));
    if (said.region !== region) return { kind: 'refused', code: 'region' };
    if (said.station !== station) return { kind: 'refused', code: 'station' };
    return { kind: 'taken', value: said };
  });
}

/** An older stick of the same hub still brings receipts; of a hub that was restored since, nothing holds. */
function takeHeads({ heads, atMs }: Heads, deps: ImportDeps): ImportStep {
  const { kept, journal } = deps;
  const known = newestKnownHub(kept, journal);
  if (known !== null && atMs <= known.atMs) {
    return known.hub === heads.hub ? step('heads', 'unchanged') : step('heads', 'refused', 'older');
  }
  const judgement = judgeHeads(heads, {
    ...{ epochs: ownEpochs(journal), newestReceipt: newestReceipt(journal) },
    linkAt: (sequence) => journal.linkAt(sequence),
  });
  // What the hub lost is forgotten before it is known that it was restored: killed between, it is done again.
  actOn(judgement, deps);
  keepHub(kept, { hub: heads.hub, atMs, backupIntervalMs: heads.backupIntervalMs });
  noteOpened(heads.epochs, deps);
  return step('heads', 'taken');
}

type Taken = { readonly kind: 'taken' | 'known' | 'refused'; readonly code: string | null };

/** As a receipt over the line, for a segment that still waits for one. */
function takeReceipt(statement: Uint8Array, hub: string, deps: ImportDeps): Taken {
  const { journal, identity } = deps;
  const claimed = claimedReceipt(statement);
  if (claimed === null) return { kind: 'refused', code: 'malformed' };
  const waiting = journal.uploads.unsentAt(claimed.first);
  if (waiting === null) return { kind: 'known', code: null };
  const link = journal.linkAt(waiting.last);
  if (link === null) return { kind: 'known', code: null };
  const { epoch, first, last } = waiting;
  const place = { station: identity.station, epoch, sequence: last, link, segment: first };
  const said = judgedReceipt(statement, { ...place, keyId: '', enc: link }, identity, 0);
  if (said.kind !== 'stored') {
    return { kind: 'refused', code: said.kind === 'no-receipt' ? said.code : said.kind };
  }
  if (toHex(said.receipt.hub) !== hub) return { kind: 'refused', code: 'hub' };
  journal.uploads.acknowledge({
    ...{ epoch, first, receipt: statement, atMs: identity.time().latestMs },
  });
  return { kind: 'taken', code: null };
}

/** What an unbelieved receipt says it is for. */
function claimedReceipt(statement: Uint8Array): Receipt | null {
  try {
    return decodeReceipt(readStatement(statement).body);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
