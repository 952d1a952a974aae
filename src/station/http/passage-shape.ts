import { type Static, Type } from 'typebox';
import { Nullable } from './nullable.ts';

/**
 * What the staff screen and software scanners see of a lane. Words belong to the page: everything here is a code, a
 * number or what the document says. Instants are milliseconds since 1970 UTC, ages and rests are milliseconds.
 */
const OutcomeShape = Type.Union([
  Type.Literal('passed'),
  Type.Literal('failed'),
  Type.Literal('skipped'),
  Type.Literal('impossible'),
]);

export const VerdictShape = Type.Union([
  Type.Literal('pass'),
  Type.Literal('check'),
  Type.Literal('stop'),
]);

const HitShape = Type.Object({
  register: Type.String(),
  status: Type.Union([Type.Literal('active'), Type.Literal('ended')]),
  /** ISO 8601 calendar dates, `until` inclusive. */
  from: Type.String(),
  until: Type.String(),
  source: Type.String(),
});

const ReasonShape = Type.Object({
  code: Type.String(),
  hit: Nullable(HitShape),
  /** Repeat: when the earlier passage was decided. */
  earlierAtMs: Nullable(Type.Number()),
  /** F0 beside a notice: when that is over. */
  noticeEndMs: Nullable(Type.Number()),
});

const CheckShape = Type.Object({
  code: Type.String(),
  outcome: OutcomeShape,
  ageMs: Nullable(Type.Number()),
});

export const SourceShape = Type.Union([
  Type.Literal('camera'),
  Type.Literal('scanner'),
  Type.Literal('reader'),
  Type.Literal('typed'),
  Type.Literal('api'),
  Type.Literal('paper'),
]);

/** What the papers said; the number in full, because staff compare it. Leaves memory with the passage. */
const SubjectShape = Type.Object({
  number: Nullable(Type.String()),
  name: Nullable(Type.String()),
  /** ISO 8601, reduced where unknown: `2000-02-01`, `2000-02`, `2000`. */
  birth: Nullable(Type.String()),
  sex: Nullable(Type.Union([Type.Literal('male'), Type.Literal('female')])),
  residence: Nullable(Type.String()),
  issued: Nullable(Type.String()),
  /** Province the number was registered in, by its three digits; null when unlisted. */
  province: Nullable(Type.String()),
});

export const PassageShape = Type.Object({
  /** Journal sequence of the passage; 0 while it could not be recorded. */
  passage: Type.Integer(),
  /** Tells passages of this lane apart since start, also those that could not be recorded. */
  ordinal: Type.Integer(),
  verdict: VerdictShape,
  reasons: Type.Array(ReasonShape),
  checks: Type.Array(CheckShape),
  registers: Type.Array(
    Type.Object({
      register: Type.String(),
      state: Type.String(),
      asOfMs: Nullable(Type.Number()),
    }),
  ),
  /** Chip against the other documents, field by field; empty until both were shown. `skipped`: one of them has not got it. */
  comparison: Type.Array(
    Type.Object({
      field: Type.Union([
        Type.Literal('number'),
        Type.Literal('name'),
        Type.Literal('birth'),
        Type.Literal('sex'),
        Type.Literal('issued'),
      ]),
      outcome: OutcomeShape,
    }),
  ),
  subject: SubjectShape,
  documents: Type.Array(Type.String()),
  source: SourceShape,
  repaired: Type.Boolean(),
  proof: Type.String(),
  test: Type.Boolean(),
  decidedAtMs: Type.Number(),
  /** From frame (or text) in memory to verdict. */
  tookMs: Type.Number(),
  recorded: Type.Boolean(),
  /** How much longer a pass stays; null for check and stop, which never expire. */
  restMs: Nullable(Type.Number()),
  /** Set once staff or the lane finished it and it only waits to be undone or followed. */
  staff: Nullable(Type.Union([Type.Literal('let-pass'), Type.Literal('turned-back')])),
  /** Short code of the case a stop opened, to be read out; absent until there are cases. */
  caseCode: Type.Optional(Nullable(Type.String())),
});

export type PassageView = Static<typeof PassageShape>;
