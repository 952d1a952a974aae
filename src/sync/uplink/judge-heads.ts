import { toHex } from '../../kernel/bytes.ts';
import type { Receipt } from '../protocol/receipt.ts';
import type { HeadsAnswer } from '../protocol/wire.ts';
import type { OwnEpoch } from './own-journal.ts';

type HubHead = HeadsAnswer['epochs'][number];

/** Where a new epoch continues. */
export type NewEpoch = {
  readonly reason: 'conflict' | 'behind' | 'lost';
  readonly continuesFrom: { readonly sequence: number; readonly link: string } | null;
};

export type HeadsJudgement = {
  /** What the hub acknowledged once and may not have any more. */
  readonly forget: readonly { readonly epoch: string; readonly from: number }[];
  readonly start: NewEpoch | null;
  /** Old epochs of ours of which the hub has something else; nothing but telling can be done about them. */
  readonly forked: readonly string[];
};

type Own = {
  readonly epochs: readonly OwnEpoch[];
  /** Null when the journal holds none. */
  readonly newestReceipt: Receipt | null;
  /** Null for what was pruned or never there. */
  readonly linkAt: (sequence: number) => Uint8Array | null;
};

/**
 * What the hub's heads mean for this journal (docs/protocol.md, "Epochs"): has the hub been restored, was our disk put back,
 * is our database new, does the hub hold another chain under our name?
 */
export function judgeHeads(heads: HeadsAnswer, own: Own): HeadsJudgement {
  const byEpoch = new Map(heads.epochs.map((head) => [head.epoch, head]));
  const current = own.epochs.at(-1);
  const forget: { epoch: string; from: number }[] = [];
  const forked: string[] = [];
  let start: NewEpoch | null = null;
  for (const epoch of own.epochs) {
    const head = byEpoch.get(epoch.epoch);
    const renewal = head === undefined ? lost(epoch, heads, own) : otherChain(epoch, head, own);
    if (renewal !== null && epoch === current) start = renewal;
    else if (renewal !== null) forked.push(epoch.epoch);
    if (mayHaveForgotten(epoch, head, heads, own.newestReceipt)) {
      // Of another chain even what lies below is not ours: sent again, the hub says of each segment whether it has it.
      const from = renewal === null ? (head?.through ?? 0) + 1 : epoch.first;
      forget.push({ epoch: epoch.epoch, from });
    }
  }
  return { forget, start, forked };
}

/** The hub is further than we are, or holds another record at a place of ours. */
function otherChain(epoch: OwnEpoch, head: HubHead, { linkAt }: Own): NewEpoch | null {
  const continuesFrom = { sequence: head.through, link: head.link };
  if (head.through > epoch.last) return { reason: 'behind', continuesFrom };
  if (head.through < epoch.first) return null;
  const link = linkAt(head.through);
  if (link === null || toHex(link) === head.link) return null;
  return { reason: 'conflict', continuesFrom };
}

/** A journal that continues nothing, of a station that the hub knows. */
function lost(epoch: OwnEpoch, { epochs }: HeadsAnswer, own: Own): NewEpoch | null {
  const isOnlyOurs = own.epochs.length === 1 && epoch.reason === 'first';
  if (!isOnlyOurs || own.newestReceipt !== null || epochs.length === 0) return null;
  const newest = epochs.reduce((a, b) => (b.through > a.through ? b : a));
  const continuesFrom =
    newest.through === 0 ? null : { sequence: newest.through, link: newest.link };
  return { reason: 'lost', continuesFrom };
}

function mayHaveForgotten(
  { epoch }: OwnEpoch,
  head: HubHead | undefined,
  { hub }: HeadsAnswer,
  receipt: Receipt | null,
): boolean {
  if (receipt === null || toHex(receipt.hub) !== hub || head === undefined) return true;
  return toHex(receipt.epoch) === epoch && receipt.through > head.through;
}
