import type { TimeInterval } from '../kernel/time-interval.ts';
import type { RoleKey } from './protocol/statement.ts';

/** Who this station is to its hub, and whom it believes. */
export type StationIdentity = {
  readonly region: string;
  readonly station: string;
  /** By `station.ed25519`. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** Keys of the newest role list. */
  readonly keys: () => readonly RoleKey[];
  readonly time: () => TimeInterval;
};
