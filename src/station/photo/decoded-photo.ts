/** What became of a chip's photograph. */
export type PhotoOutcome = DecodedPhoto | PhotoFailure;

/** A picture made anew from the pixels: nothing of the card's own bytes is left in it. */
export type DecodedPhoto = {
  readonly kind: 'decoded';
  /** Baseline JPEG, grey or sRGB, without metadata, longest side at most `PHOTO_SIDE_PIXELS_MAX`. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
};

export type PhotoFailure = {
  readonly kind: 'failed';
  readonly reason: PhotoFailureReason;
  /** For whoever looks into it: what was expected and what came, no value of a person. */
  readonly message: string;
};

export type PhotoFailureReason =
  /** More pixels, bytes, tiles or layers than a face needs. */
  | 'photo.too-large'
  | 'photo.damaged'
  /** A sound picture perhaps, of a kind no identity document has: four colours, 16 bits, lossless JPEG. */
  | 'photo.unsupported'
  | 'photo.deadline'
  | 'photo.memory'
  /** The child ended without an answer, or could not be started. */
  | 'photo.crashed'
  /** Too many pictures wait already. */
  | 'photo.busy'
  /** The caller gave up, or the decoder was closed. */
  | 'photo.ended';

export const PHOTO_SIDE_PIXELS_MAX = 640;

export function photoFailure(reason: PhotoFailureReason, message: string): PhotoFailure {
  return { kind: 'failed', reason, message };
}
