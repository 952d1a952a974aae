import type { LaneView } from '../../../src/station/http/lane-shape.ts';

/** A line of the paper book as an officer reads it: `02:13:07 · 26/11`, from `20261126-021307`. */
export function slipText(slip: string): string {
  const match = /^\d{4}(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(slip);
  if (match === null) return slip;
  const [, month, day, hours, minutes, seconds] = match;
  return `${hours}:${minutes}:${seconds} · ${day}/${month}`;
}

/** Newest last, as in the book. */
export function openLines({ paperLines }: Pick<LaneView, 'paperLines'>): LaneView['paperLines'] {
  return [...paperLines].sort((one, other) => one.atMs - other.atMs);
}
