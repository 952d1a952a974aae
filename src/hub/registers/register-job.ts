import type { BatchMode, PreviewCounts } from './register-store.ts';

/** What takes long with a long list: done in a process of its own, so that stations are served meanwhile. */
export type RegisterJob =
  | { readonly call: 'judge'; readonly batch: number; readonly mode: BatchMode }
  | { readonly call: 'publish'; readonly batch: number; readonly operator: string }
  | { readonly call: 'withdraw'; readonly batch: number }
  | { readonly call: 'newGeneration' | 'reissue'; readonly region: string };

/** What is to be known of a batch before it is published. */
export type Judged = PreviewCounts & {
  /** Of what is listed; null while nothing is. */
  readonly share: number | null;
  readonly needsSecond: boolean;
};
/** What a publication or a withdrawal does to a register: rows that come, and rows that go. */
type Change = {
  readonly region: string;
  readonly register: string;
  readonly added: number;
  readonly removed: number;
};
export type Publishing = Change &
  (
    | { readonly kind: 'published'; readonly version: number }
    /** Until a second operator publishes it too. */
    | { readonly kind: 'waiting'; readonly publishedBy: string; readonly expiresMs: number }
  );
export type Withdrawal = Change & { readonly version: number };

type Results = {
  readonly judge: Judged;
  readonly publish: Publishing;
  readonly withdraw: Withdrawal;
  readonly newGeneration: number;
  readonly reissue: number;
};
export type ResultOf<Job extends RegisterJob> = Results[Job['call']];

/** Does a job elsewhere. Rejects as the work itself would. */
export type RunElsewhere = <Job extends RegisterJob>(job: Job) => Promise<ResultOf<Job>>;

/** Up to so many rows a list is worked on where it is asked for: some tenths of a second. */
export const ROWS_HERE_MAX = 50_000;
