import type { DeviceOffline, DeviceOnline } from '../ports/device-event.ts';

export type Point = readonly [x: number, y: number];

/** A code as it was decoded, in pixels of the frame; corners clockwise from the code's own top left. */
export type DecodedCode = {
  readonly bytes: Uint8Array;
  /** Strict UTF-8 of the bytes, else the decoder's text when ECI or Kanji mode says so, else null. */
  readonly text: string | null;
  readonly corners: readonly [Point, Point, Point, Point];
};

/** Why a person's code is not read yet, one word the passer's page has a sentence for (screens.md). */
export type Hint =
  | 'too-far'
  | 'too-close'
  | 'dark-scene'
  | 'dim-phone'
  | 'bright-phone'
  | 'glare'
  | 'moving'
  | 'cut-off'
  | 'no-code'
  | 'several-codes';

/** What one camera's frames turn out to hold. One code in view is one `code-shown`, however many frames show it. */
export type VisionEvent =
  | DeviceOnline
  | DeviceOffline
  | {
      readonly kind: 'code-shown';
      readonly deviceId: string;
      /** Names this sighting until it leaves the view. */
      readonly track: number;
      readonly code: DecodedCode;
      readonly frameAtMonoMs: number;
      readonly decodedAtMonoMs: number;
    }
  | { readonly kind: 'code-left'; readonly deviceId: string; readonly track: number }
  /** `hint` null: nobody is presenting anything. Told only when it changes. */
  | { readonly kind: 'hint'; readonly deviceId: string; readonly hint: Hint | null }
  /** Mean luminance of the view, 0 to 255, at most once a second: the night theme and the reading lamp follow it. */
  | { readonly kind: 'luminance'; readonly deviceId: string; readonly mean: number };
