/**
 * One sub-check and how it ended, in the manner of BSI TR-03135: `skipped` when there was nothing to check against,
 * `impossible` when what it needs cannot be used.
 */
export type Check = {
  readonly code: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'impossible';
};

/** `passed` or `failed`. */
export function check(code: string, holds: boolean): Check {
  return { code, outcome: holds ? 'passed' : 'failed' };
}
