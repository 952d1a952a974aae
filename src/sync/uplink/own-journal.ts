import type { EpochReason } from '../../journal/epoch-store.ts';
import { toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import { decodeReceipt, type Receipt } from '../protocol/receipt.ts';
import { readStatement } from '../protocol/statement.ts';
import { CREDIT_MAX } from '../protocol/wire.ts';
import type { UploadJournal } from './upload-journal.ts';

/** A closed segment by its address at the hub; `epoch` is hexadecimal. */
export type Place = { readonly epoch: string; readonly first: number; readonly last: number };

export type OwnEpoch = {
  readonly epoch: string;
  readonly first: number;
  /** Newest record, `first - 1` while there is none. */
  readonly last: number;
  readonly previous: Uint8Array;
  readonly reason: EpochReason;
};

/** The journal as one step of the uplink sees it. */
export type OwnJournal = {
  /** Oldest first, the current one last. */
  readonly epochs: readonly OwnEpoch[];
  /** Unsent closed segments, newest first, as many as could be sent now. */
  readonly unsent: readonly Place[];
  /** `unsent` is all that is. */
  readonly isAll: boolean;
};

export function keyOf({ epoch, first }: Pick<Place, 'epoch' | 'first'>): string {
  return `${epoch}/${first}`;
}

/** `besides`: unsent segments that are of no use now, being under way or refused. */
export function ownJournal(journal: UploadJournal, besides: number): OwnJournal {
  const limit = CREDIT_MAX + 1 + besides;
  const unsent = journal.uploads.unsent('newest', limit);
  return {
    epochs: ownEpochs(journal),
    unsent: unsent.map(({ epoch, first, last }) => ({ epoch: toHex(epoch), first, last })),
    isAll: unsent.length < limit,
  };
}

export function ownEpochs(journal: UploadJournal): OwnEpoch[] {
  const head = journal.head();
  return journal.epochs().map(({ epoch, first, previous, reason, last }) => ({
    ...{ epoch: toHex(epoch), first, previous, reason },
    last: last ?? head?.sequence ?? first - 1,
  }));
}

/** What the newest receipt in the journal says; null when there is none, or the hub only said that it had erased. */
export function newestReceipt(journal: UploadJournal): Receipt | null {
  const kept = journal.uploads.lastReceipt();
  if (kept === null || kept.receipt.length === 0) return null;
  try {
    // It was believed when it was kept.
    return decodeReceipt(readStatement(kept.receipt).body);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
