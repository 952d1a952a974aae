import type { ComponentChildren } from 'preact';

/** What to do with the card, as the passer's hints call it. */
export type CardHint = 'card-lay' | 'card-hold' | 'card-take' | 'card-again';

export function isCardHint(hint: string | null): hint is CardHint {
  return hint !== null && Object.hasOwn(PICTURES, hint);
}

const READER = <path d="M34 118 H206 V134 Q206 142 198 142 H42 Q34 142 34 134 Z" />;
const CARD_LYING = <path d="M58 104 H182 Q188 104 188 110 V118 H52 V110 Q52 104 58 104 Z" />;
const WAVES = <path d="M96 90 Q120 74 144 90 M82 74 Q120 48 158 74" />;

/** A card seen from the front, its upper left corner at `x`, `y`. */
function Card({ x, y }: { readonly x: number; readonly y: number }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect x="0" y="0" width="104" height="66" rx="8" />
      <rect x="12" y="22" width="24" height="20" rx="4" />
      <path d="M50 26 H90 M50 42 H78" />
    </g>
  );
}

const PICTURES: Readonly<Record<CardHint, ComponentChildren>> = {
  'card-lay': (
    <>
      <Card x={68} y={6} />
      <path d="M120 80 V108 M106 95 L120 109 L134 95" />
      {READER}
    </>
  ),
  'card-hold': (
    <>
      {WAVES}
      {CARD_LYING}
      {READER}
      <path d="M240 62 L208 74 Q190 82 176 98 Q184 106 196 99 L214 91 L240 92" />
    </>
  ),
  'card-take': (
    <>
      <Card x={68} y={44} />
      <path d="M120 36 V8 M106 21 L120 7 L134 21" />
      <path d="M186 62 L200 78 L228 42" />
      {READER}
    </>
  ),
  'card-again': (
    <>
      <path d="M158 40 A40 30 0 1 0 156 66" />
      <path d="M162 20 L159 42 L138 36" />
      {CARD_LYING}
      {READER}
    </>
  ),
};

export function CardPicture({ hint }: { readonly hint: CardHint }) {
  return (
    <svg class="passer-drawing" viewBox="0 0 240 150" aria-hidden="true" focusable="false">
      <g class="passer-lines">{PICTURES[hint]}</g>
    </svg>
  );
}
