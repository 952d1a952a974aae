import { type Static, Type } from 'typebox';
import { LaneShape } from './lane-shape.ts';
import { Nullable } from './nullable.ts';

/** What staff do. `reason` is one of the codes the page offers for the action. */
export const StaffActionShape = Type.Object(
  {
    action: Type.Union([
      Type.Literal('let-pass'),
      Type.Literal('turn-back'),
      Type.Literal('set-aside'),
      Type.Literal('recall'),
      Type.Literal('crossed'),
      Type.Literal('handed-over'),
      Type.Literal('recovered'),
      Type.Literal('in-transfer'),
      Type.Literal('wrong-person'),
      Type.Literal('left'),
      Type.Literal('undo'),
      Type.Literal('emergency-open'),
      Type.Literal('emergency-reason'),
      Type.Literal('mode-normal'),
      Type.Literal('mode-release'),
      Type.Literal('mode-closed'),
      Type.Literal('count-crossing'),
      Type.Literal('acknowledge-ageing'),
      Type.Literal('confirm-time'),
      Type.Literal('paper'),
      Type.Literal('paper-seen'),
    ]),
    /** The passage acted on, by `ordinal`; null for actions on the lane. */
    ordinal: Nullable(Type.Integer({ minimum: 1 })),
    reason: Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z][a-z0-9.-]*$' }),
  },
  { additionalProperties: false },
);
export type StaffAction = Static<typeof StaffActionShape>;

export const PRESENTATION_TEXT_MAX = 4096;
export const PresentationShape = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: PRESENTATION_TEXT_MAX }),
    /** `typed`: an officer's keypad; `wedge`: a keyboard-wedge scanner caught by the page; else `api`. */
    via: Type.Optional(
      Type.Union([Type.Literal('typed'), Type.Literal('wedge'), Type.Literal('api')]),
    ),
  },
  { additionalProperties: false },
);

/** A line of the paper book entered afterwards; `number` null: the person has none. */
export const PaperShape = Type.Object(
  {
    slip: Type.String({ pattern: '^[0-9]{8}-[0-9]{6}$' }),
    number: Nullable(Type.String({ minLength: 1, maxLength: 40 })),
  },
  { additionalProperties: false },
);

export const ProblemShape = Type.Object({
  /** A code; the sentence in `message` says what was expected, what came, and what to do. */
  code: Type.String(),
  message: Type.String(),
});

/** What the passer's page says about itself, from the configuration; null is not said. */
export type NoticeView = {
  readonly demo: boolean;
  readonly legalBasis: string | null;
  readonly retentionDays: number | null;
  readonly phone: string | null;
};

export const OfficerShape = Type.Object({ id: Type.String(), name: Type.String() });
export type OfficerView = Static<typeof OfficerShape>;

/** What GET /api/v1/lanes answers. */
export const StationShape = Type.Object({
  station: Type.String(),
  software: Type.String(),
  demo: Type.Boolean(),
  officers: Type.Array(OfficerShape),
  lanes: Type.Array(LaneShape),
});
export type StationView = Static<typeof StationShape>;

/** What the station found when it showed itself a known code (src/station/self-test). `code`: what went wrong. */
export const SelfTestShape = Type.Object({
  state: Type.Union([Type.Literal('running'), Type.Literal('passed'), Type.Literal('failed')]),
  code: Nullable(Type.String()),
  /** When it came to that. */
  atMs: Type.Number(),
});
export type SelfTestView = Static<typeof SelfTestShape>;

/** A relay board, which devices of several lanes may hang on. */
const BoardShape = Type.Object({
  id: Type.String(),
  state: Type.Union([Type.Literal('starting'), Type.Literal('online'), Type.Literal('offline')]),
  reason: Nullable(Type.String()),
  sinceMs: Type.Number(),
});
export type BoardView = Static<typeof BoardShape>;

/** What GET /api/v1/health answers: everything of a lane that is about machines, and nothing about people. */
export const HealthShape = Type.Object({
  station: Type.String(),
  software: Type.String(),
  demo: Type.Boolean(),
  problems: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  selfTest: SelfTestShape,
  boards: Type.Array(BoardShape),
  lanes: Type.Array(
    Type.Pick(LaneShape, [
      'id',
      'name',
      'direction',
      'mode',
      'devices',
      'registers',
      'journal',
      'hub',
      'time',
    ]),
  ),
});
export type HealthView = Static<typeof HealthShape>;
