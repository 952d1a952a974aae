import type { KeyObject } from 'node:crypto';
import type { EpochClaim } from '../sync/protocol/proofs.ts';
import type { Receipt } from '../sync/protocol/receipt.ts';

/** A station as the hub knows it after it has looked at certificate and register of stations. */
export type KnownStation = {
  readonly region: string;
  readonly station: string;
  /** Ed25519: what `station.ed25519` signs with. */
  readonly verifyingKey: KeyObject;
};

/** `stick`: an operator stands beside it and waits; it takes turns with the others, but draws on no station's credit. */
export type SegmentWay = 'line' | 'stick';

export type SegmentRefusal =
  | 'segment.malformed'
  | 'segment.place'
  | 'segment.signature'
  | 'segment.recipient'
  | 'segment.overlap'
  | 'segment.conflict'
  | 'segment.erased'
  | 'epoch.unknown';

/**
 * `stored`: on disk now. `known`: the same bytes were there. What a receipt says is unsigned here; `credit` is how many
 * further segments the station may have under way. `busy`: not looked at, nothing kept; to be answered with 503 and
 * Retry-After.
 */
export type SegmentOutcome =
  | {
      readonly kind: 'stored' | 'known';
      readonly receipt: Omit<Receipt, 'hub' | 'atMs'>;
      readonly credit: number;
    }
  | { readonly kind: 'refused'; readonly code: SegmentRefusal; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterS: number };

export type EpochHead = {
  readonly epoch: Uint8Array;
  /** Last sequence up to which everything is held and linked, 0 while nothing is; and its link. */
  readonly through: number;
  readonly link: Uint8Array;
  readonly openedThrough: number;
  readonly state: 'granted' | 'waiting';
};

/** Where sealed segments come in. What `accept` calls stored is on disk when the promise resolves. */
export interface Ingest {
  /** Drawn when the inbox was made or restored: the `hub` of receipts and of `GET /v1/heads`. */
  readonly hub: Uint8Array;
  accept(
    from: KnownStation,
    address: { readonly epoch: Uint8Array; readonly first: number },
    bytes: Uint8Array,
    way?: SegmentWay,
  ): Promise<SegmentOutcome>;
  /** The proof is checked before. `conflict`: the epoch was announced otherwise, or there are too many. */
  announce(claim: EpochClaim): Promise<'announced' | 'known' | 'conflict'>;
  heads(station: string): Promise<readonly EpochHead[]>;
}

export type Incident = {
  readonly atMs: number;
  readonly station: string | null;
  /** `segment.conflict`, `epoch.waiting`, `enrolment.reused`, `station.copied`, ... */
  readonly code: string;
  /** Fields of the protocol only: hashes, sequences, versions. Never a person's data. */
  readonly detail: Readonly<Record<string, string | number>>;
};
export type RaiseIncident = (incident: Incident) => void;
