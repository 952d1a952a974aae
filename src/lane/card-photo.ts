import type { RandomBytes } from '../chip/crypto/group.ts';
import type { FacePicture } from '../chip/lds/picture.ts';
import { toHex } from '../kernel/bytes.ts';
import type { CardInput } from './lane-input.ts';

/** Makes a JPEG of a picture from a card, where that can do no harm. Never rejects for what a picture does. */
export interface PhotoDecoder {
  /** A card was laid down: there will be a picture soon. */
  warm(): void;
  decode(
    picture: FacePicture,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'decoded'; readonly bytes: Uint8Array }
    | { readonly kind: 'failed'; readonly reason: string }
  >;
}

export type CardPhotoDeps = {
  readonly decoder: PhotoDecoder;
  readonly random: RandomBytes;
  readonly onBug: (error: unknown) => void;
  readonly tell: (input: CardInput) => void;
  /** Name of the photograph that the lane shows. */
  readonly shown: () => string | null;
};

const NAME_BYTES = 12;

/** The photograph of the card that lies there: decoded elsewhere, and kept only while the lane shows it. */
export class CardPhoto {
  readonly #deps: CardPhotoDeps;
  #photo: { readonly name: string; readonly jpeg: Uint8Array } | null = null;

  constructor(deps: CardPhotoDeps) {
    this.#deps = deps;
  }

  warm(): void {
    try {
      this.#deps.decoder.warm();
    } catch (error) {
      // No process can be started just now; the card is read all the same.
      this.#deps.onBug(error);
    }
  }

  /** A JPEG, while it is shown under that name. */
  named(name: string): Uint8Array | null {
    return this.#photo?.name === name ? this.#photo.jpeg : null;
  }

  forgetUnlessShown(): void {
    if (this.#photo !== null && this.#deps.shown() !== this.#photo.name) this.#photo = null;
  }

  /** Ends in `card-photo`, unless the card was taken away. */
  async show(insertion: number, gone: AbortSignal, picture: FacePicture): Promise<void> {
    const { random, tell } = this.#deps;
    tell({ kind: 'card-photo-coming', insertion });
    const decoded = await this.#decode(picture, gone);
    if (gone.aborted) return;
    if (decoded.kind === 'failed') {
      tell({ kind: 'card-photo', insertion, photo: null, problem: decoded.reason });
      return;
    }
    const name = toHex(random(NAME_BYTES));
    this.#photo = { name, jpeg: decoded.bytes };
    tell({ kind: 'card-photo', insertion, photo: name, problem: null });
    this.forgetUnlessShown();
  }

  async #decode(picture: FacePicture, gone: AbortSignal): ReturnType<PhotoDecoder['decode']> {
    try {
      return await this.#deps.decoder.decode(picture, gone);
    } catch (error) {
      this.#deps.onBug(error);
      return { kind: 'failed', reason: 'photo.crashed' };
    }
  }
}
