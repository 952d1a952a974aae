import { decodeSegment, headOf } from '../../journal/segment.ts';
import { toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Failure } from '../line/hub-calls.ts';
import { decodeReceipt, type Receipt } from '../protocol/receipt.ts';
import { believe, StatementError } from '../protocol/statement.ts';
import { SegmentAnswer } from '../protocol/wire.ts';
import type { Place } from './own-journal.ts';
import type { UplinkDeps } from './uplink-deps.ts';

export type SentSegment =
  /** The hub has it on disk. `statement`: the receipt as it came. */
  | {
      readonly kind: 'stored';
      readonly receipt: Receipt;
      readonly statement: Uint8Array;
      readonly credit: number;
    }
  /** Retention has removed it there. */
  | { readonly kind: 'erased' }
  | { readonly kind: 'epoch-unknown' }
  /** The hub does not take these bytes as it is now. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The answer's receipt is not one for what was sent. */
  | { readonly kind: 'no-receipt'; readonly code: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Status codes that speak of the segment; others speak of the hub or the station. */
const ABOUT_SEGMENT = new Set([400, 409, 413, 422]);

/** Sends one closed segment; believes a receipt only when it is for exactly what was sent. Throws StorageFault. */
export async function sendSegment(
  place: Place,
  { journal, calls, identity }: Pick<UplinkDeps, 'journal' | 'calls' | 'identity'>,
  signal: AbortSignal,
): Promise<SentSegment> {
  const bytes = journal.uploads.segmentBytes(place.first);
  if (bytes === null) return { kind: 'refused', code: 'segment.missing' };
  const path = `/v1/segments/${place.epoch}/${place.first}`;
  const reply = await calls.postBytes(path, bytes, SegmentAnswer, signal);
  if (reply.kind === 'ok') {
    const statement = Buffer.from(reply.value.receipt, 'base64url');
    return judged(statement, headOf(decodeSegment(bytes)), identity, reply.value.credit);
  }
  if (reply.kind === 'unreachable') return { kind: 'failed', failure: reply };
  if (reply.code === 'segment.erased' || reply.status === 410) return { kind: 'erased' };
  if (reply.code === 'epoch.unknown') return { kind: 'epoch-unknown' };
  if (ABOUT_SEGMENT.has(reply.status) && reply.code.startsWith('segment.')) {
    return { kind: 'refused', code: reply.code };
  }
  return { kind: 'failed', failure: reply };
}

/** Also for receipts that come on a stick. `sent`: where the segment's records lead. */
export function judged(
  statement: Uint8Array,
  sent: ReturnType<typeof headOf>,
  { region, station, keys, time }: UplinkDeps['identity'],
  credit: number,
): SentSegment {
  try {
    const body = believe(statement, { role: 'receipt', keys: keys(), time: time() });
    const receipt = decodeReceipt(body);
    const isForSent =
      receipt.region === region &&
      receipt.station === station &&
      receipt.first === sent.segment &&
      receipt.last === sent.sequence &&
      toHex(receipt.epoch) === toHex(sent.epoch) &&
      toHex(receipt.link) === toHex(sent.link);
    if (!isForSent) return { kind: 'no-receipt', code: 'another-segment' };
    return { kind: 'stored', receipt, statement, credit };
  } catch (error) {
    if (error instanceof StatementError) return { kind: 'no-receipt', code: error.code };
    if (error instanceof InputError) return { kind: 'no-receipt', code: 'malformed' };
    throw error;
  }
}
