import type { KeyObject } from 'node:crypto';
import type { StorageFaultKind } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { DiskFaultKind } from './disk-diagnosis.ts';
import type { Recipient } from './recipient.ts';
import type { JournalRecord } from './record.ts';
import type { OpenContext } from './segment-writer.ts';

export type JournalOptions = {
  readonly path: string;
  /** 32 raw bytes of the database. */
  readonly key: Uint8Array;
  readonly station: string;
  readonly recipient: Recipient;
  /** Ed25519: signs the head of every closed segment. */
  readonly signingKey: KeyObject;
  readonly clock: Clock;
  readonly onEvent: (event: JournalEvent) => void;
  /** Segments were closed and can be sent; called after they are on disk, from within what closed them. */
  readonly onClosed?: () => void;
  readonly ballastBytes?: number;
  /** Free space on the journal's disk, bytes. */
  readonly freeBytes?: () => number;
  /** How a segment's sealing context is made. */
  readonly openContext?: OpenContext;
};

export type JournalEvent =
  | { readonly kind: 'fault'; readonly fault: StorageFaultKind; readonly message: string }
  /** Writes again. Lanes notice by themselves: they write their gap record and end what only `unfinished` knows. */
  | { readonly kind: 'healed' }
  | {
      readonly kind: 'alarm';
      readonly code: 'journal.ballast-freed' | 'journal.ballast-restored';
    };

export type JournalState =
  | { readonly kind: 'writing' }
  | { readonly kind: 'not-writing'; readonly fault: StorageFaultKind; readonly message: string };

/** `fault`: what would keep a record from it. `freeBytes`: with the ballast, which is given up for records. */
export type JournalDisk = { readonly fault: DiskFaultKind | null; readonly freeBytes: number };

/** `segment` is the sequence of the first record of the segment that the record is in. */
export type Appended = { readonly sequence: number; readonly segment: number };

/**
 * Makes the record that is to stand at `sequence`, which a passage carries as its own number. May be called again for
 * the same record when the first attempt could not be written.
 */
export type BuildRecord = (sequence: number) => JournalRecord;
