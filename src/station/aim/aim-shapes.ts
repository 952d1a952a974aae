import { type Static, Type } from 'typebox';
import { Nullable } from '../http/nullable.ts';

/** What `chot aim` says of one kind of code. */
export const AimTargetShape = Type.Object({
  here: Type.Union([Type.Literal('unseen'), Type.Literal('poor'), Type.Literal('good')]),
  /** good: all the way from 20 to 15 cm; good-here: where the sheet is now. */
  verdict: Type.Union([Type.Literal('good'), Type.Literal('good-here'), Type.Literal('not-yet')]),
  modulePx: Nullable(Type.Number()),
  /** Standard deviation of the blur, in modules. */
  blur: Nullable(Type.Number()),
  /** By how much the code grew while it was good. */
  range: Nullable(Type.Number()),
});

const AimAdviceShape = Type.Union([
  Type.Literal('wait'),
  Type.Literal('no-picture'),
  Type.Literal('show-sheet'),
  Type.Literal('nearer'),
  Type.Literal('focus'),
  Type.Literal('light'),
  Type.Literal('less-light'),
  Type.Literal('less-glare'),
  Type.Literal('hold'),
  Type.Literal('move-through'),
  Type.Literal('done'),
]);

/** From where on a camera is good: what a page shows beside what there is. */
const AimNeedShape = Type.Object({
  modulePx: Type.Number(),
  /** At most. */
  blur: Type.Number(),
  range: Type.Number(),
  lightFrom: Type.Number(),
  lightTo: Type.Number(),
});

export const AimShape = Type.Object({
  camera: Type.Object({
    id: Type.String(),
    state: Type.Union([Type.Literal('starting'), Type.Literal('online'), Type.Literal('offline')]),
    reason: Nullable(Type.String()),
    widthPx: Type.Integer(),
    heightPx: Type.Integer(),
  }),
  sharpness: Nullable(Type.Number()),
  /** Of the whole view where no code of the sheet is read: another measure, not to be compared with the best. */
  sharpnessOf: Type.Union([Type.Literal('code'), Type.Literal('view')]),
  bestSharpness: Nullable(Type.Number()),
  luminance: Nullable(Type.Number()),
  unreadModulePx: Nullable(Type.Number()),
  card: AimTargetShape,
  dense: AimTargetShape,
  phone: AimTargetShape,
  advice: AimAdviceShape,
  need: AimNeedShape,
});

export type AimTarget = Static<typeof AimTargetShape>;
export type AimAdvice = Static<typeof AimAdviceShape>;
export type AimView = Static<typeof AimShape>;
