/** What bytes on the line mean for whoever waits for an answer. */
export type Received<T> =
  | { readonly kind: 'more' }
  | { readonly kind: 'answer'; readonly value: T }
  /** An answer that is none: `reason` as in BoardFault. */
  | { readonly kind: 'wrong'; readonly reason: string; readonly detail: string };

/** One question and its answer. Knows no I/O and no time; good for once. */
export type Exchange<T> = {
  readonly request: Uint8Array;
  /**
   * Takes what came since the request was sent, part by part; whatever belongs to an earlier question is passed over. Null:
   * nothing answers it.
   */
  readonly receive: ((bytes: Uint8Array) => Received<T>) | null;
};

export const MORE = { kind: 'more' } as const;
