/** What the screen says in one shape. Told apart without colour: outline, corners and inner mark all differ. */
export type GlyphName =
  | 'ring'
  | 'triangle'
  | 'octagon'
  | 'diamond'
  | 'dashes'
  | 'return'
  | 'gone'
  | 'idle'
  | 'card'
  | 'card-wrong'
  | 'release'
  | 'closed'
  | 'dead';

const RING_RADIUS = 38;
const RING_LENGTH = 2 * Math.PI * RING_RADIUS;

type Props = {
  readonly name: GlyphName;
  /** Ring only: how much of it is left, 0 to 1. */
  readonly left?: number;
};

/** Decoration for the eye: the word beside it says the same to everybody else. */
export function Glyph({ name, left = 1 }: Props) {
  return (
    <svg class={`glyph glyph-${name}`} viewBox="0 0 100 100" aria-hidden="true" focusable="false">
      {name === 'ring' ? <Ring left={left} /> : <g class="glyph-lines">{MARKS[name]}</g>}
    </svg>
  );
}

function Ring({ left }: { readonly left: number }) {
  return (
    <g class="glyph-lines">
      <circle class="glyph-track" cx="50" cy="50" r={RING_RADIUS} />
      <circle
        cx="50"
        cy="50"
        r={RING_RADIUS}
        transform="rotate(-90 50 50)"
        stroke-dasharray={`${Math.max(0, Math.min(1, left)) * RING_LENGTH} ${RING_LENGTH}`}
      />
    </g>
  );
}

const MARKS = {
  triangle: (
    <>
      <path d="M50 12 L92 86 L8 86 Z" />
      <path class="glyph-mark" d="M50 40 V60" />
      <path class="glyph-mark" d="M50 72.5 V73" />
    </>
  ),
  octagon: (
    <>
      <path d="M33 9 H67 L91 33 V67 L67 91 H33 L9 67 V33 Z" />
      <path class="glyph-mark" d="M30 50 H70" />
    </>
  ),
  diamond: (
    <>
      <path d="M50 7 L93 50 L50 93 L7 50 Z" />
      <path class="glyph-mark" d="M50 34 V52 L61 60" />
    </>
  ),
  dashes: (
    <>
      <path
        class="glyph-dashed"
        d="M12 34 V22 Q12 12 22 12 H34 M66 12 H78 Q88 12 88 22 V34 M88 66 V78 Q88 88 78 88 H66 M34 88 H22 Q12 88 12 78 V66"
      />
      <path class="glyph-mark" d="M28 50 H34 M47 50 H53 M66 50 H72" />
    </>
  ),
  return: <path d="M70 88 V44 Q70 20 48 20 Q26 20 26 44 V64 M10 50 L26 67 L42 50" />,
  gone: <path d="M50 90 V16 M22 44 L50 14 L78 44" />,
  idle: (
    <>
      <path d="M12 34 V22 Q12 12 22 12 H34 M66 12 H78 Q88 12 88 22 V34 M88 66 V78 Q88 88 78 88 H66 M34 88 H22 Q12 88 12 78 V66" />
      <path
        class="glyph-fill"
        d="M33 33 H47 V47 H33 Z M53 33 H67 V47 H53 Z M33 53 H47 V67 H33 Z M57 57 H67 V67 H57 Z"
      />
    </>
  ),
  card: (
    <>
      <path d="M16 24 H84 Q92 24 92 32 V68 Q92 76 84 76 H16 Q8 76 8 68 V32 Q8 24 16 24 Z" />
      <path class="glyph-mark" d="M24 42 H44 V58 H24 Z M60 44 H76 M60 57 H76" />
    </>
  ),
  'card-wrong': (
    <>
      <path class="glyph-dashed" d="M50 76 H16 Q8 76 8 68 V32 Q8 24 16 24 H84 Q92 24 92 32 V50" />
      <path class="glyph-mark" d="M24 42 H44 V58 H24 Z M66 62 L90 86 M90 62 L66 86" />
    </>
  ),
  release: <path d="M14 88 L50 56 L86 88 M14 60 L50 28 L86 60 M30 20 L50 6 L70 20" />,
  closed: <path d="M34 14 V86 M66 14 V86" />,
  dead: <path d="M20 20 L80 80 M80 20 L20 80" />,
} as const;
