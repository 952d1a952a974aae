import type { CardView } from '../../../src/station/http/card-shape.ts';
import type { Translate } from '../../texts/texts.ts';

const PHOTOGRAPH = 2;
const BYTES_OF_KB = 1_000;

/** Where the bar stands when a group begins, by how long cards take; the photograph, read last, is nearly half of it. */
const BEGINS: ReadonlyMap<number, number> = new Map([
  [0, 0.1],
  [1, 0.25],
  [13, 0.3],
  [14, 0.38],
  [15, 0.46],
  [PHOTOGRAPH, 0.55],
]);
const PHASE_BEGINS = {
  access: 0.03,
  files: 0.1,
  'chip-authentication': 0.42,
  'active-authentication': 0.5,
} as const;
const PHOTO_SHARE = 0.43;

/** How far a read got, for one insertion of a card. */
export type Progress = { readonly insertion: number; readonly share: number };

/** The bar after `card` was told: never further back while it is the same card, though phases and files come again. */
export function forward(before: Progress | null, card: CardView | null): Progress | null {
  if (card === null) return null;
  const share = shareOf(card);
  const { insertion } = card;
  if (before === null || before.insertion !== insertion) return { insertion, share };
  return share <= before.share ? before : { insertion, share };
}

/** 0 to 1, of the whole read. */
function shareOf({ stage, phase, group, bytes, bytesTotal }: CardView): number {
  if (stage === 'read') return 1;
  if (stage !== 'reading') return 0;
  const begun = Math.max(
    phase === null ? 0 : PHASE_BEGINS[phase],
    group === null ? 0 : (BEGINS.get(group) ?? 0),
  );
  if (group !== PHOTOGRAPH || bytesTotal === null || bytesTotal <= 0) return begun;
  return begun + PHOTO_SHARE * Math.min(1, bytes / bytesTotal);
}

/** What the card is doing, in words. */
export function phaseText(card: CardView, t: Translate) {
  const { stage, phase, group, bytes, bytesTotal, photoPending } = card;
  if (stage === 'read') return t('card.phase.done');
  if (group !== PHOTOGRAPH) return t(`card.phase.${phase ?? 'access'}`);
  if (photoPending) return t('card.photo.coming');
  if (bytesTotal === null) return t('card.phase.photo.begin');
  return t('card.phase.photo', { bytes: kilobytes(bytes), total: kilobytes(bytesTotal) });
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / BYTES_OF_KB);
}
