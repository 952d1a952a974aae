import { canonicalBytes } from '../../kernel/bytes.ts';
import { dayEndMs } from '../../kernel/calendar.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { mayStillHold, type TimeInterval } from '../../kernel/time-interval.ts';
import { readId } from './ids.ts';

const LABEL = 'chot/mandate/v1';
const TEXT_BYTES_MAX = 1_000;

/** What people are stopped for, on what basis and until when (security E8). Days in Asia/Ho_Chi_Minh, inclusive. */
export type Mandate = {
  readonly region: string;
  readonly version: number;
  readonly issuedMs: number;
  readonly fromDay: number;
  readonly untilDay: number;
  readonly purpose: string;
  readonly legalText: string;
};

/** Surely past its last day: then what it allowed to hold is to be deleted. */
export function isMandateOver({ untilDay }: Mandate, time: TimeInterval): boolean {
  return !mayStillHold(time, dayEndMs(untilDay));
}

/** Body of a statement signed by a `policy` key. */
export function encodeMandate(mandate: Mandate): Uint8Array {
  const { region, version, issuedMs, fromDay, untilDay, purpose, legalText } = mandate;
  return canonicalBytes([LABEL, region, version, issuedMs, fromDay, untilDay, purpose, legalText]);
}

/** Throws InputError. */
export function decodeMandate(body: Uint8Array): Mandate {
  const reader = new CanonicalReader(body, 'mandate');
  reader.label(LABEL);
  const mandate = {
    region: readId(reader),
    version: reader.uint64(),
    issuedMs: reader.uint64(),
    fromDay: reader.uint64(),
    untilDay: reader.uint64(),
    purpose: reader.text(TEXT_BYTES_MAX),
    legalText: reader.text(TEXT_BYTES_MAX),
  };
  reader.end();
  if (mandate.version < 1) throw reader.unfit('a version from 1 on');
  if (mandate.untilDay < mandate.fromDay) throw reader.unfit('until not before from');
  return mandate;
}
