import type { AboutCard, AccessAttempt, AccessMethod, CardAccess, NoAccess } from './access.ts';
import type { GroupOutcome } from './lds/data-group-hashes.ts';
import type { Sod } from './lds/sod.ts';
import type { FileOutcome } from './read-files.ts';
import type { SecurityInfos } from './security-infos.ts';
import type { ProofOutcome } from './trust/authenticity.ts';

/** What is told while a card is read. */
export type CardProgress =
  | {
      readonly kind: 'phase';
      readonly phase: 'access' | 'files' | 'chip-authentication' | 'active-authentication';
    }
  | { readonly kind: 'open'; readonly method: AccessMethod; readonly weaker: boolean }
  | {
      readonly kind: 'bytes';
      readonly file: string;
      readonly group: number | null;
      readonly bytes: number;
      readonly of: number | null;
    }
  | { readonly kind: 'file'; readonly reading: FileReading }
  /** The session was lost, and is made anew. */
  | { readonly kind: 'lost'; readonly code: string }
  /** Another card is there: all that was handed out before is void. */
  | { readonly kind: 'started-over' };

export type FileReading = {
  readonly file: string;
  readonly group: number | null;
  readonly outcome: FileOutcome;
  /** Against EF.SOD; null for a file that was not read, and without an EF.SOD. */
  readonly hash: GroupOutcome | null;
};

/** What became of a card. Everything in it but `groups` that were hashed right is said by the card alone. */
export type CardReading = {
  /** gone: taken away. lost: the card does not keep a session. */
  readonly ended: 'complete' | 'no-access' | 'gone' | 'lost' | 'deadline';
  /** Why the last session ended, or null. */
  readonly code: string | null;
  readonly access: AccessReport;
  /** Null: not asked for. */
  readonly about: AboutCard | null;
  /** As read, or why there is none. */
  readonly sod: { readonly bytes: Uint8Array; readonly parsed: Sod } | { readonly problem: string };
  /** By number, those that were asked for. */
  readonly groups: ReadonlyMap<number, FileReading>;
  readonly chipAuthentication: ProofOutcome;
  readonly activeAuthentication: ProofOutcome;
  /** Of an EF.DG14 that was hashed right. */
  readonly signedInfos: SecurityInfos | null;
  readonly apdus: number;
};

export type AccessReport = {
  /** What opened it, once at least; null: nothing did. */
  readonly method: AccessMethod | null;
  readonly weaker: boolean;
  /** Null: open, or nothing was tried. */
  readonly problem: NoAccess['kind'] | null;
  readonly attempts: readonly AccessAttempt[];
  readonly cardAccess: CardAccess | null;
};
