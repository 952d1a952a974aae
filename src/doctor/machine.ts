import type { RegisterUse } from '../rules/verdict.ts';
import type { SelfTestFault } from '../station/self-test/self-test.ts';

export type FileFacts = {
  readonly kind: 'file' | 'folder' | 'device' | 'socket' | 'other';
  /** Permission bits, 0o777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  readonly inode: number;
};

export type Account = {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
};

export type RunOutcome =
  | { readonly kind: 'ended'; readonly code: number | null; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'late' };

export type DiskSpace = {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
  readonly totalInodes: number;
};

export type HttpAnswer = { readonly status: number; readonly text: string };

/** Card readers as pcscd names them; else why nobody can tell. */
export type ReadersSeen = readonly string[] | 'service-down' | 'late';

/** What the station keeps of its hub; `certificateUntilMs` is null without a certificate. */
export type KeptHub = {
  readonly hub: string;
  readonly station: string;
  readonly certificateUntilMs: number | null;
};

/**
 * All that the doctor may see of a machine. Nothing here changes it, but for `syncMs`, which writes and removes one small file.
 * Nothing throws: what is not there or may not be read is told as such, bounded in size and time.
 */
export interface Machine {
  /** Who runs the doctor. */
  readonly account: Account;
  /** The folder of package.json. */
  readonly root: string;
  readonly nodeVersion: string;
  /** This very program, to start children with. */
  readonly nodePath: string;
  nowMs(): number;
  /** Follows links. */
  look(path: string): FileFacts | 'missing' | 'denied';
  /** Null: not there, or may not be read. At most 256 kB are given. */
  readText(path: string): string | null;
  /** Names in a folder, sorted, without `.` and `..`; empty where there is none. */
  list(path: string): readonly string[];
  /** Where a link ends, null for nothing. */
  resolve(path: string): string | null;
  /** Where the link itself points; null for none, or when it may not be read. */
  readLink(path: string): string | null;
  /** Path of a program, null when it is not installed. */
  program(name: string): string | null;
  /** Runs it without a shell; standard output and error, 64 kB at most. */
  run(program: string, args: readonly string[]): Promise<RunOutcome>;
  space(path: string): DiskSpace | null;
  /** How long a small write took until it was on disk; null when it may not be tried here. */
  syncMs(folder: string): Promise<number | null>;
  /** With a Bearer token, if any. Null: nobody answers. */
  get(url: string, token: string | null): Promise<HttpAnswer | null>;
  /** A TLS handshake, without believing the certificate: null when it came about, else a code, as ECONNREFUSED. */
  reachTls(url: string): Promise<string | null>;
  /** Where a name leads, a few addresses; null: nowhere, or nobody answers. */
  addresses(host: string): Promise<readonly string[] | null>;
  readers(): Promise<ReadersSeen>;
  /** Shows a known-good and a known-bad code to a decoder of this build; null when it did as it must. */
  selfTest(): Promise<SelfTestFault | null | 'late'>;
  /** The registers of a data directory with the policy's limits. Null: may not be read, or there are none. */
  registers(dataDir: string, limits: RegisterLimitsH): readonly RegisterUse[] | null;
  /** Null: not enrolled. */
  keptHub(dataDir: string): KeptHub | null | 'unreadable';
}

export type RegisterLimitsH = {
  readonly registers: readonly string[];
  readonly ageingH: Readonly<Record<string, number>>;
  readonly expiredH: Readonly<Record<string, number>>;
};
