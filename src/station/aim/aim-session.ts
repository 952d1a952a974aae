import type { AimLook, SheetSight } from './aim-look.ts';
import type { AimAdvice, AimTarget, AimView } from './aim-shapes.ts';
import type { SheetKind } from './sheet-codes.ts';

/**
 * Measured (docs/benchmarks.md, "Aiming"): from here on every one of the scenes was read in a single frame, also in poor light.
 */
const MODULE_PX_GOOD = 2.5;
const BLUR_GOOD = 0.45;
/** In so much light of the reading zone nothing is lost (docs/mounting.md, "Lamp"). */
const LIGHT_GOOD = { from: 0.2, to: 0.8 } as const;
/** Of the last looks so many must have read it. */
const LOOKS = 8;
const READ_MIN = 7;
/** From 20 cm to 15 cm a code grows by a third; a hand does not measure so well. */
const RANGE_GOOD = 1.28;
const DARK_LUMINANCE = 0.08;
const BRIGHT_LUMINANCE = 0.92;
const GLARE_SHARE = 0.06;

type Aimed = {
  /** Newest last: whether it was read. */
  readonly looks: readonly boolean[];
  readonly last: SheetSight | null;
  /** Pixels a millimetre between which it was good. */
  readonly from: number | null;
  readonly to: number | null;
  /** Looks in a row in which it was too soft where it had been good. */
  readonly softened: number;
};

export type AimState = {
  readonly targets: Readonly<Record<SheetKind, Aimed>>;
  readonly look: AimLook | null;
  readonly bestSharpness: number | null;
};

const UNSEEN: Aimed = { looks: [], last: null, from: null, to: null, softened: 0 };

export const AIM_BEGUN: AimState = {
  targets: { card: UNSEEN, 'card-dense': UNSEEN, phone: UNSEEN },
  look: null,
  bestSharpness: null,
};

export function stepAim(state: AimState, look: AimLook): AimState {
  const { sharpness } = look;
  const isBetter = sharpness !== null && sharpness > (state.bestSharpness ?? 0);
  return {
    look,
    // The best of the codes: the view's own edges are another measure.
    bestSharpness: look.codes.length > 0 && isBetter ? sharpness : state.bestSharpness,
    targets: {
      card: follow(state.targets.card, look, 'card'),
      'card-dense': follow(state.targets['card-dense'], look, 'card-dense'),
      phone: follow(state.targets.phone, look, 'phone'),
    },
  };
}

function follow(aimed: Aimed, { codes }: AimLook, kind: SheetKind): Aimed {
  const sight = codes.find((code) => code.kind === kind) ?? null;
  const looks = [...aimed.looks, sight !== null].slice(-LOOKS);
  const next = { ...aimed, looks, last: sight ?? aimed.last };
  if (sight === null) return next;
  const { pxPerMm } = sight;
  if (!isGood(next)) return softened(next, sight);
  return {
    ...next,
    softened: 0,
    from: Math.min(aimed.from ?? pxPerMm, pxPerMm),
    to: Math.max(aimed.to ?? pxPerMm, pxPerMm),
  };
}

/** What was good before somebody turned the focus says nothing any more; one shake of a hand does not undo it. */
function softened(aimed: Aimed, sight: SheetSight): Aimed {
  const { from, to, softened } = aimed;
  const wasGood = from !== null && to !== null && from <= sight.pxPerMm && sight.pxPerMm <= to;
  if (!wasGood || !isBlurred(sight)) return { ...aimed, softened: 0 };
  if (softened + 1 < LOOKS) return { ...aimed, softened: softened + 1 };
  return { ...aimed, softened: 0, from: null, to: null };
}

function isGood({ looks, last }: Aimed): boolean {
  return last !== null && isReadSteadily(looks) && isLarge(last) && !isBlurred(last);
}

function isReadSteadily(looks: readonly boolean[]): boolean {
  return looks.length === LOOKS && looks.filter(Boolean).length >= READ_MIN;
}

function isLarge({ modulePx }: SheetSight): boolean {
  return modulePx >= MODULE_PX_GOOD;
}

function isBlurred({ blur }: SheetSight): boolean {
  return blur !== null && blur > BLUR_GOOD;
}

/** What a page, or a line of JSON, says now. */
export function aimView(state: AimState, camera: AimView['camera']): AimView {
  const { look, bestSharpness, targets } = state;
  const card = targetView(targets.card);
  const phone = targetView(targets.phone);
  return {
    camera,
    sharpness: look?.sharpness ?? null,
    sharpnessOf: look !== null && look.codes.length > 0 ? 'code' : 'view',
    bestSharpness,
    luminance: look?.luminance ?? null,
    unreadModulePx: look?.unreadModulePx ?? null,
    card,
    dense: targetView(targets['card-dense']),
    phone,
    advice: adviceOf(state, camera, card, phone),
    need: NEED,
  };
}

const NEED: AimView['need'] = {
  modulePx: MODULE_PX_GOOD,
  blur: BLUR_GOOD,
  range: RANGE_GOOD,
  lightFrom: LIGHT_GOOD.from,
  lightTo: LIGHT_GOOD.to,
};

function targetView(aimed: Aimed): AimTarget {
  const { last, from, to, looks } = aimed;
  const range = from === null || to === null ? null : to / from;
  const isSeen = looks.some(Boolean);
  const here = !isSeen ? 'unseen' : isGood(aimed) ? 'good' : 'poor';
  return {
    here,
    verdict:
      range !== null && range >= RANGE_GOOD ? 'good' : here === 'good' ? 'good-here' : 'not-yet',
    modulePx: isSeen ? (last?.modulePx ?? null) : null,
    blur: isSeen ? (last?.blur ?? null) : null,
    range,
  };
}

/** The one thing to do next. */
function adviceOf(
  { look, targets }: AimState,
  camera: AimView['camera'],
  card: AimTarget,
  phone: AimTarget,
): AimAdvice {
  if (camera.state === 'offline') return 'no-picture';
  if (look === null) return 'wait';
  if (look.luminance < DARK_LUMINANCE) return 'light';
  if (look.luminance > BRIGHT_LUMINANCE) return 'less-light';
  if (look.codes.length === 0) return adviceUnread(look);
  const { last } = targets.card;
  if (card.here === 'unseen' || last === null) return 'nearer';
  if (!isLarge(last)) return 'nearer';
  if (isBlurred(last)) return 'focus';
  if (card.here !== 'good') return 'hold';
  if (card.verdict !== 'good' || phone.verdict !== 'good') return 'move-through';
  return 'done';
}

function adviceUnread({ isSomethingUnread, unreadModulePx, glare }: AimLook): AimAdvice {
  if (!isSomethingUnread) return 'show-sheet';
  if (glare > GLARE_SHARE) return 'less-glare';
  if (unreadModulePx !== null && unreadModulePx < MODULE_PX_GOOD) return 'nearer';
  return 'focus';
}
