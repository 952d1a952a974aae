import type { KnownStation } from '../ingest-port.ts';
import { turn } from '../turn.ts';
import { checkSegment, type Refusal } from './check-segment.ts';
import type { CheckedSegment } from './inbox-store.ts';

/** What came under an address, not looked at yet. */
export type UncheckedSegment = {
  readonly from: KnownStation;
  readonly address: { readonly epoch: Uint8Array; readonly first: number };
  readonly bytes: Uint8Array;
};

/** `lost`: it was not looked at to the end; `fault`: the check itself is broken. */
export type SegmentCheck =
  | CheckedSegment
  | Refusal
  | { readonly kind: 'lost' }
  | { readonly kind: 'fault'; readonly error: unknown };

/** Checks segments as checkSegment does; one result each, in the same order. */
export type CheckSegments = (
  batch: readonly UncheckedSegment[],
  recipients: ReadonlySet<string>,
) => Promise<readonly SegmentCheck[]>;

/** Checks between two looks at what else the process has to do: a few milliseconds. */
const CHECKS_AT_A_STRETCH = 4;

/** On this thread. */
export const checkHere: CheckSegments = async (batch, recipients) => {
  const checks: SegmentCheck[] = [];
  for (const [index, segment] of batch.entries()) {
    if (index % CHECKS_AT_A_STRETCH === CHECKS_AT_A_STRETCH - 1) await turn();
    checks.push(checkOne(segment, recipients));
  }
  return checks;
};

function checkOne(
  { from, address, bytes }: UncheckedSegment,
  recipients: ReadonlySet<string>,
): SegmentCheck {
  try {
    return checkSegment(from, address, bytes, recipients);
  } catch (error) {
    return { kind: 'fault', error };
  }
}
