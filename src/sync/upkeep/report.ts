import type { SignedHead } from '../../journal/chain.ts';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import type { KeyGrade } from '../../ports/key-store.ts';
import type { Versions } from '../downlink/held-statements.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import { encodeSignedHead } from '../protocol/signed-head.ts';
import { ReportAnswer, type ReportRequest } from '../protocol/wire.ts';

const CODES_MAX = 64;

/** What a report says besides what is in the protocol's own words. */
export type ReportParts = {
  readonly software: string;
  /** Hexadecimal, drawn at this start. */
  readonly bootId: string;
  readonly versions: Versions;
  readonly unsent: number;
  readonly oldestUnsentMs: number | null;
  readonly head: SignedHead | null;
  readonly time: TimeInterval;
  readonly keyGrade: KeyGrade;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

export async function sendReport(
  report: ReportRequest,
  calls: HubCalls,
  signal: AbortSignal,
): Promise<Failure | null> {
  const reply = await calls.postJson('/v1/reports', report, ReportAnswer, signal);
  return reply.kind === 'ok' ? null : reply;
}

export function reportOf(parts: ReportParts): ReportRequest {
  const { software, bootId, versions, unsent, oldestUnsentMs, head, keyGrade } = parts;
  const { earliestMs, latestMs, trust } = parts.time;
  return {
    ...{ software, bootId, versions, unsent, oldestUnsentMs, keyGrade },
    head: headText(head),
    time: { earliestMs, latestMs, trust },
    problems: parts.problems.slice(0, CODES_MAX),
    warnings: parts.warnings.slice(0, CODES_MAX),
  };
}

/** As it stands in reports and in `Chot-Head`. */
export function headText(head: SignedHead | null): string | null {
  return head === null ? null : Buffer.from(encodeSignedHead(head)).toString('base64url');
}

/** What makes a report due at once: not the time, nor the head, which change always. */
export function gist({ versions, keyGrade, problems, warnings }: ReportRequest): string {
  return JSON.stringify({ versions, keyGrade, problems, warnings });
}
