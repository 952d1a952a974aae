import { type Static, Type } from 'typebox';
import { CardShape } from './card-shape.ts';
import { Nullable } from './nullable.ts';
import { PassageShape, VerdictShape } from './passage-shape.ts';

const ParkedShape = Type.Object({
  passage: Type.Integer(),
  ordinal: Type.Integer(),
  verdict: VerdictShape,
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
  verdict: VerdictShape,
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
  /** Since this shift began; the list itself is GET /api/v1/openings. */
  openings: Type.Object({
    sinceMs: Type.Number(),
    untied: Type.Integer(),
    overridden: Type.Integer(),
    /** Without a passage, in the part of the shift before this start of the station; null: nobody knows. */
    beforeStart: Nullable(Type.Integer()),
  }),
  /** Telephone number of the health unit, shown with a stop; absent where none is configured. */
  healthPhone: Type.Optional(Nullable(Type.String())),
  /** Mean luminance of the camera's view, 0 to 255: the night theme follows it. */
  luminance: Nullable(Type.Number()),
  demo: Type.Boolean(),
});

export type LaneView = Static<typeof LaneShape>;
export type RecentView = Static<typeof RecentShape>;
