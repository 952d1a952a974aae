import { type Static, Type } from 'typebox';
import { UNTIED_OPENINGS } from '../../journal/openings.ts';
import { Nullable } from './nullable.ts';
import { VerdictShape } from './passage-shape.ts';

const OpeningShape = Type.Object({
  /** Without a passage; or overridden: staff let somebody go whom the rules had held. */
  kind: Type.Enum([...UNTIED_OPENINGS, 'overridden']),
  atMs: Type.Number(),
  officer: Nullable(Type.String()),
  /** A code; null while an emergency still owes it. */
  reason: Nullable(Type.String()),
  /** Its sequence in the journal, of an override. */
  passage: Nullable(Type.Integer()),
  /** What the rules had said. */
  verdict: Nullable(VerdictShape),
  /** Of a release that is over. */
  ended: Nullable(Type.Object({ atMs: Type.Number(), crossed: Type.Integer() })),
  /** Undone within its time; the barrier had been opened all the same. */
  takenBack: Type.Boolean(),
});

const LaneOpeningsShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  /** The list begins with this start of the station: the journal is sealed, and of what was before only counts are left. */
  listedSinceMs: Type.Number(),
  /** Oldest first; null: the journal could not be read at the start. `sinceMs` null: before anybody signed in. */
  before: Nullable(
    Type.Array(
      Type.Object({
        sinceMs: Nullable(Type.Number()),
        counts: Type.Array(
          Type.Object({ kind: Type.Enum([...UNTIED_OPENINGS]), count: Type.Integer() }),
        ),
      }),
    ),
  ),
  /** Newest first; the first one runs. */
  shifts: Type.Array(
    Type.Object({
      officer: Nullable(Type.String()),
      sinceMs: Type.Number(),
      untied: Type.Integer(),
      overridden: Type.Integer(),
      /** Newest first; fewer than were counted when there were very many. */
      listed: Type.Array(OpeningShape),
    }),
  ),
});

/** What GET /api/v1/openings answers (security A6). Nothing in it is about whoever passed, but for a passage's sequence. */
export const OpeningsShape = Type.Object({ lanes: Type.Array(LaneOpeningsShape) });
export type OpeningsView = Static<typeof OpeningsShape>;
export type LaneOpeningsView = OpeningsView['lanes'][number];
