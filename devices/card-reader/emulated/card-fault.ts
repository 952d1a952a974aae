/**
 * What may go wrong between card and terminal, on command. `afterApdus`: so many commands are answered first, counted over the
 * card's whole life, resets or not; the fault then lasts. What may be wrong in a card's contents is CardFlaw.
 */
export type CardFault =
  /** The card leaves the field: DeviceFault. `returns`: the next reset finds it there again, and it stays. */
  | { readonly kind: 'pull'; readonly afterApdus: number; readonly returns: boolean }
  /** Never answers; only a reset, which ends the waiting command with a DeviceFault, helps. */
  | { readonly kind: 'mute'; readonly afterApdus: number }
  | { readonly kind: 'slow'; readonly afterApdus: number; readonly milliseconds: number }
  /** One bit of the MAC of every protected answer is wrong. */
  | { readonly kind: 'wrong-mac'; readonly afterApdus: number }
  /** Answers end after so many bytes, status word or not. */
  | { readonly kind: 'truncated'; readonly afterApdus: number; readonly bytes: number }
  /** There is always more: a byte of data (or none) and 61FF, whatever is sent. */
  | { readonly kind: 'endless'; readonly afterApdus: number; readonly empty: boolean }
  /** READ BINARY gives so many bytes more (positive) or fewer (negative) than asked for. */
  | { readonly kind: 'read-length'; readonly afterApdus: number; readonly by: number };

export type FaultKind = CardFault['kind'];
