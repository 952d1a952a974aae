/** What the director tells a station of the campaign, and what it hears from it. */
export type StationOrder =
  | {
      readonly kind: 'start';
      readonly folder: string;
      /** The oracle's ear. */
      readonly fifo: string;
      /** Counts the starts of this station; in every mark. */
      readonly life: number;
      readonly seed: number;
    }
  /** So many records more. */
  | { readonly kind: 'write'; readonly count: number }
  /** The line is good again: whatever waits tries at once. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'stop' };

export type StationNews =
  | { readonly kind: 'up' }
  | { readonly kind: 'acked'; readonly count: number; readonly head: number }
  | { readonly kind: 'alarm'; readonly code: string };

export const REGION = 'hcm';
/** Records of one transaction; no more than these can be on disk and unheard when a station is killed. */
export const BATCH_MAX = 64;

/** What tells a record from every other one of its station: in which life it was written, and its number there. */
export type Mark = { readonly life: number; readonly count: number };

const COUNT_DIGITS = 7;

/** Stands in every record, in the field of the officer. */
export function officerOf({ life, count }: Mark): string {
  return `m${life}-${count}`;
}

/** Stands in every passage as the number of a card that nobody has: 12 digits. */
export function cardNumberOf({ life, count }: Mark): string {
  return `${String(life).padStart(12 - COUNT_DIGITS, '0')}${String(count).padStart(COUNT_DIGITS, '0')}`;
}

export function subjectKeyOf(mark: Mark): string {
  return `beef${cardNumberOf(mark)}`;
}
