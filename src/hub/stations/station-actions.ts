/** `stolen` starts a new generation of the region's register key as well. */
export const REVOCATION_REASONS = ['retired', 'lost', 'stolen'] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** What operators do with stations. */
export interface StationActions {
  /** A code for one enrolment, and until when it is good. */
  invite(station: {
    readonly region: string;
    readonly station: string;
    readonly name: string;
  }): Promise<{ readonly code: string; readonly expiresMs: number }>;
  /** False when it is not known. */
  revoke(station: string, reason: RevocationReason): Promise<boolean>;
  /** After `station.copied`: whichever token comes next is taken and replaced. */
  clearCopied(station: string): Promise<void>;
}
