/** One part of `npm run conformance`: the project held against data that others made. */
export type PartResult = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** The share of passed ones, 0 to 1, that this part must reach; 1 unless said otherwise. */
  readonly required?: number;
};

/** `dataDir` is the folder of the shared data; what a part prints goes to standard output. */
export type Part = (dataDir: string) => Promise<PartResult>;

export function holds(result: PartResult): boolean {
  const total = result.passed + result.failed;
  return total > 0 && result.passed >= (result.required ?? 1) * total;
}
