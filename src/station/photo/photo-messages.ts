/**
 * What goes between the decoder and its child. Plain bytes over pipes, for what comes back is as little to be trusted as
 * the picture: no object is made from it.
 *
 *     to the child    kind (1 byte), picture; then the end of its standard input
 *     from the child  READY (1 byte) once it is warm; then status (1 byte), length (uint32, big-endian), picture
 */
export type PhotoRequest = { readonly kind: RequestKind; readonly bytes: Uint8Array };

/** `jpeg2000` is a bare codestream; with `-ycc`, its three components are luminance and colour differences. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

const REQUEST_KINDS = ['jpeg', 'jpeg2000', 'jpeg2000-ycc'] as const;
/** By their number on the pipe; the first is success. */
const STATUSES = ['decoded', 'photo.damaged', 'photo.memory'] as const;

export type AnswerStatus = (typeof STATUSES)[number];
export type PhotoAnswer = { readonly status: AnswerStatus; readonly bytes: Uint8Array };

/** EF.DG2 holds some 20 kB; files on a chip have 64 kB at most, with extended addressing more. */
export const PICTURE_BYTES_MAX = 1_000_000;
/** A grey-noise picture of 640 by 640 pixels, the worst there is, has under 700 kB. */
export const ANSWER_BYTES_MAX = 1_500_000;
export const READY = 0x52;

const ANSWER_HEAD_BYTES = 5;

export function writeRequest({ kind, bytes }: PhotoRequest): Uint8Array {
  return Buffer.concat([Uint8Array.of(REQUEST_KINDS.indexOf(kind)), bytes]);
}

/** Null when there is none: the decoder is gone or needs the child no more. */
export function readRequest(message: Uint8Array): PhotoRequest | null {
  const kind = REQUEST_KINDS[message[0] ?? -1];
  return kind === undefined ? null : { kind, bytes: message.subarray(1) };
}

export function writeAnswer(
  status: AnswerStatus,
  bytes: Uint8Array = new Uint8Array(),
): Uint8Array {
  const head = Buffer.alloc(ANSWER_HEAD_BYTES);
  head.writeUInt8(STATUSES.indexOf(status));
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The answer at the start of `received`; 'incomplete' while it is not whole, 'malformed' when it never will be. */
export function readAnswer(received: Buffer): PhotoAnswer | 'incomplete' | 'malformed' {
  if (received.length < ANSWER_HEAD_BYTES) return 'incomplete';
  const status = STATUSES[received.readUInt8()];
  const length = received.readUInt32BE(1);
  if (status === undefined || length > ANSWER_BYTES_MAX) return 'malformed';
  const bytes = received.subarray(ANSWER_HEAD_BYTES, ANSWER_HEAD_BYTES + length);
  return bytes.length < length ? 'incomplete' : { status, bytes };
}
