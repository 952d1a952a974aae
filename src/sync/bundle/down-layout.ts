import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { STATEMENT_BYTES_MAX } from '../protocol/statement.ts';

export const DOWN_LABEL = 'chot/down/v1';

/** In this order on a stick. Receipts first: they count even when what follows is cut off. */
export const DOWN_KINDS = [
  'heads',
  'receipt',
  'roles',
  'time',
  'policy',
  'mandate',
  'region-key',
  'manifest',
  'file',
  'end',
] as const;
export type DownKind = (typeof DOWN_KINDS)[number];

/** One part as it lies on the stick: what is held of a bundle at once. */
export const PART_BYTES_MAX = 1_048_576;
/** Of one content in one part: room is left for kind, name, lengths and tag. */
export const PART_CONTENT_MAX = 1_048_000;
/** A receipt for every minute of two months, and a register of ten times ten million. */
export const PARTS_MAX = 200_000;
export const BUNDLE_BYTES_MAX = 4 * 1024 ** 3;
const NAME_BYTES_MAX = 64;
const NAME = /^[a-z0-9.-]{1,64}$/;

/** A region that publishes more than a gigabyte in one file does not exist. */
const FILE_BYTES_MAX = 1024 ** 3;
/** As one receipt is kept in the journal. */
const RECEIPT_BYTES_MAX = 4_096;

export type DownPart = {
  readonly kind: DownKind;
  readonly name: string;
  readonly bytes: Uint8Array;
};

/** HPKE's info and AAD: a part opens for its station and at its place only. */
export function downInfo(station: string): Uint8Array {
  return canonicalBytes([DOWN_LABEL, station]);
}

export function partAad(index: number): Uint8Array {
  return canonicalBytes([index]);
}

export function encodePart({ kind, name, bytes }: DownPart): Uint8Array {
  return canonicalBytes([kind, name, bytes]);
}

/** Throws InputError. */
export function decodePart(plain: Uint8Array): DownPart {
  const reader = new CanonicalReader(plain, 'part of a bundle');
  const word = reader.text(NAME_BYTES_MAX);
  const name = reader.text(NAME_BYTES_MAX);
  const bytes = reader.field(PART_CONTENT_MAX);
  reader.end();
  const kind = DOWN_KINDS.find((each) => each === word);
  if (kind === undefined) throw reader.unfit(`one of ${DOWN_KINDS.join(', ')}`);
  if (!NAME.test(name)) throw reader.unfit('a name of a-z, 0-9, . and -, at most 64');
  return { kind, name, bytes };
}

/** How long one content of a kind may be in all its parts. */
export function contentBytesMax(kind: DownKind): number {
  if (kind === 'file') return FILE_BYTES_MAX;
  return kind === 'receipt' ? RECEIPT_BYTES_MAX : STATEMENT_BYTES_MAX;
}
