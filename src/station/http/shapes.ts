import { type Static, Type } from 'typebox';
import { CardShape } from './card-shape.ts';
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
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('check'), Type.Literal('stop')]),
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

const ParkedShape = Type.Object({
  passage: Type.Integer(),
  ordinal: Type.Integer(),
  verdict: Type.Union([Type.Literal('check'), Type.Literal('stop'), Type.Literal('pass')]),
  reasons: Type.Array(Type.String()),
  name: Nullable(Type.String()),
  number: Nullable(Type.String()),
  sinceMs: Type.Number(),
  /** Unanswered for 60 s: the signal repeats and the screen insists. */
  overdue: Type.Boolean(),
});

/** One line of the lane's recent history: no personal fields, so it may be replayed. */
export const RecentShape = Type.Object({
  passage: Type.Integer(),
  ordinal: Type.Integer(),
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('check'), Type.Literal('stop')]),
  crossed: Type.Union([
    Type.Literal('yes'),
    Type.Literal('no'),
    Type.Literal('assumed'),
    Type.Literal('unknown'),
  ]),
  reasons: Type.Array(Type.String()),
  test: Type.Boolean(),
  atMs: Type.Number(),
});

const DeviceShape = Type.Object({
  id: Type.String(),
  kind: Type.Union([
    Type.Literal('camera'),
    Type.Literal('scanner'),
    Type.Literal('reader'),
    Type.Literal('barrier'),
    Type.Literal('signal'),
    Type.Literal('lamp'),
  ]),
  state: Type.Union([Type.Literal('starting'), Type.Literal('online'), Type.Literal('offline')]),
  reason: Nullable(Type.String()),
  sinceMs: Type.Number(),
  /** What is wrong with a device that works, e.g. `camera.blurred`: absent or null where nothing is. */
  warning: Type.Optional(Nullable(Type.String())),
  warningSinceMs: Type.Optional(Type.Number()),
});

const RegisterStateShape = Type.Object({
  register: Type.String(),
  state: Type.Union([
    Type.Literal('fresh'),
    Type.Literal('ageing'),
    Type.Literal('expired'),
    Type.Literal('absent'),
    Type.Literal('unusable'),
  ]),
  asOfMs: Nullable(Type.Number()),
  /** Age at the late end of the time interval. */
  ageMs: Nullable(Type.Number()),
  /** Ageing data must be acknowledged once a shift by a named officer. */
  acknowledged: Type.Boolean(),
});

export const LaneShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
  mode: Type.Union([Type.Literal('normal'), Type.Literal('release'), Type.Literal('closed')]),
  modeSinceMs: Type.Number(),
  /** Crossings counted while released. */
  released: Type.Integer(),
  officer: Nullable(Type.String()),
  /** What holds the screen: the worst unresolved passage, else the newest pass, else nothing. */
  current: Nullable(PassageShape),
  /** People behind the one on the screen, decided and not yet shown. */
  waiting: Type.Integer(),
  card: Nullable(CardShape),
  /** The lane's own answer to something shown that is not a passage. */
  notice: Nullable(
    Type.Object({
      kind: Type.Union([
        Type.Literal('not-read'),
        Type.Literal('other-code'),
        Type.Literal('lane-full'),
        Type.Literal('lane-closed'),
        /** `looksLike` is the line of the paper book. */
        Type.Literal('on-paper'),
        Type.Literal('reconciled-pass'),
        Type.Literal('reconciled-check'),
        Type.Literal('reconciled-stop'),
      ]),
      looksLike: Nullable(Type.String()),
      atMs: Type.Number(),
    }),
  ),
  parked: Type.Array(ParkedShape),
  recent: Type.Array(RecentShape),
  /** The last staff action and how long it can still be taken back. */
  undo: Nullable(
    Type.Object({
      passage: Type.Integer(),
      ordinal: Type.Integer(),
      action: Type.String(),
      restMs: Type.Number(),
    }),
  ),
  /**
   * What the passer might do: one of vision's hint words, or of the card's: `card-lay`, `card-hold`, `card-take`,
   * `card-again`.
   */
  hint: Nullable(Type.String()),
  /** What the outside is told: check and stop are the same there (A4). */
  outward: Type.Union([
    Type.Literal('idle'),
    Type.Literal('go'),
    Type.Literal('wait'),
    Type.Literal('closed'),
  ]),
  devices: Type.Array(DeviceShape),
  /** Let through on a line of the paper book, the number still to be entered; `slip` is the line's day and time. */
  paperLines: Type.Array(
    Type.Object({ slip: Type.String(), atMs: Type.Number(), reason: Type.String() }),
  ),
  /** The line of a stop found on paper that the health unit must hear of. */
  foundOnPaper: Nullable(Type.String()),
  registers: Type.Array(RegisterStateShape),
  journal: Type.Object({
    state: Type.Union([Type.Literal('writing'), Type.Literal('not-writing')]),
    reason: Nullable(Type.String()),
    /** Crossings since it stopped writing, to be told in one gap record. */
    unrecorded: Type.Integer(),
  }),
  /** The line to the hub; null at a station that belongs to none. */
  hub: Nullable(
    Type.Object({
      /** revoked: it answers, and takes nothing of this station any more. */
      state: Type.Union([
        Type.Literal('unknown'),
        Type.Literal('up'),
        Type.Literal('down'),
        Type.Literal('revoked'),
      ]),
      sinceMs: Nullable(Type.Number()),
      /** Closed segments that the hub has not acknowledged; null while the journal cannot be read. */
      unsent: Nullable(Type.Integer()),
      /** Why lists are not asked (security E8); null while they may be. ISO dates, `until` inclusive. */
      mandate: Nullable(
        Type.Object({
          /** over: surely, and the lists are deleted. */
          state: Type.Union([Type.Literal('before'), Type.Literal('ended'), Type.Literal('over')]),
          from: Type.String(),
          until: Type.String(),
        }),
      ),
    }),
  ),
  time: Type.Object({
    trust: Type.Union([Type.Literal('vouched'), Type.Literal('carried'), Type.Literal('unset')]),
    nowMs: Type.Number(),
    /** Half the width of the interval; null while unset. */
    uncertaintyMs: Nullable(Type.Number()),
  }),
  /** Told after a start: what was open when the daemon last stopped. */
  restart: Nullable(Type.Object({ atMs: Type.Number(), unfinished: Type.Integer() })),
  /** What the barrier feels: its emergency button, its cover, and when its arm was last opened without an order. */
  barrier: Type.Object({
    emergency: Type.Boolean(),
    tamper: Type.Boolean(),
    movedAtMs: Nullable(Type.Number()),
  }),
  /** An opening in an emergency whose reason is still missing: when it was. */
  emergencyAtMs: Type.Optional(Nullable(Type.Number())),
  /** Telephone number of the health unit, shown with a stop; absent where none is configured. */
  healthPhone: Type.Optional(Nullable(Type.String())),
  /** Mean luminance of the camera's view, 0 to 255: the night theme follows it. */
  luminance: Nullable(Type.Number()),
  demo: Type.Boolean(),
});

export type LaneView = Static<typeof LaneShape>;
export type PassageView = Static<typeof PassageShape>;
export type CardView = Static<typeof CardShape>;
export type RecentView = Static<typeof RecentShape>;

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

/** What GET /api/v1/health answers: everything of a lane that is about machines, and nothing about people. */
export const HealthShape = Type.Object({
  station: Type.String(),
  software: Type.String(),
  demo: Type.Boolean(),
  problems: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  selfTest: SelfTestShape,
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
