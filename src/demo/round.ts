/** One passage as decided, in the shape of `chot demo --once --json`. */
export type DecidedLine = {
  readonly lane: string;
  readonly verdict: 'pass' | 'check' | 'stop';
  readonly reasons: readonly string[];
  readonly ms: number;
};

/** What a guest of the film must lead to; `reason` is one of the verdict's reasons, null where a pass needs none. */
export type Expected = {
  readonly verdict: DecidedLine['verdict'];
  readonly reason: string | null;
};

export type RoundResult = 'going-on' | 'as-scripted' | { readonly different: string };

/** Holds the passages decided so far against the script: same order, same verdicts, each with its reason. */
export function roundResult(
  script: readonly Expected[],
  decided: readonly DecidedLine[],
): RoundResult {
  for (const [index, { verdict, reasons }] of decided.entries()) {
    const expected = script[index];
    if (expected === undefined) return { different: `passage ${index + 1} came and none was due` };
    const { reason } = expected;
    if (verdict === expected.verdict && (reason === null || reasons.includes(reason))) continue;
    return {
      different: `passage ${index + 1}: expected ${textOf(expected.verdict, reason === null ? [] : [reason])}, came ${textOf(verdict, reasons)}`,
    };
  }
  return decided.length < script.length ? 'going-on' : 'as-scripted';
}

function textOf(verdict: string, reasons: readonly string[]): string {
  return reasons.length === 0 ? verdict : `${verdict} (${reasons.join(', ')})`;
}
