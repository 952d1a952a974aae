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

export const AimShape = Type.Object({
  camera: Type.Object({
    id: Type.String(),
    state: Type.Union([Type.Literal('starting'), Type.Literal('online'), Type.Literal('offline')]),
    reason: Nullable(Type.String()),
    widthPx: Type.Integer(),
    heightPx: Type.Integer(),
  }),
  sharpness: Nullable(Type.Number()),
  bestSharpness: Nullable(Type.Number()),
  luminance: Nullable(Type.Number()),
  unreadModulePx: Nullable(Type.Number()),
  card: AimTargetShape,
  dense: AimTargetShape,
  phone: AimTargetShape,
  advice: AimAdviceShape,
});

export type AimTarget = Static<typeof AimTargetShape>;
export type AimAdvice = Static<typeof AimAdviceShape>;
export type AimView = Static<typeof AimShape>;
