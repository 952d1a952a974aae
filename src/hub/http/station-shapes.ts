import { type Static, Type } from 'typebox';
import { Count, Id, Instant, orNull } from './operator-shapes.ts';

/** What the operators' interface answers about a station and about incidents; the commands at the hub read it by these. */
const Text = Type.String();

/** What of a station's last report is told; it is checked in whole when it comes. */
const Report = Type.Object({
  software: Text,
  versions: Type.Object({
    ...{ manifest: Count, roles: Count, policy: Count, mandate: Count, generation: Count },
  }),
  ...{ unsent: Count, oldestUnsentMs: orNull(Instant), keyGrade: Text },
  time: Type.Object({ earliestMs: Instant, latestMs: Instant, trust: Text }),
  ...{ problems: Type.Array(Text), warnings: Type.Array(Text) },
});
/** What is held of a journal: `through` without a hole, `last` the farthest, `openedThrough` indexed. */
const Epoch = Type.Object({
  ...{ epoch: Text, state: Type.Enum(['granted', 'waiting']) },
  ...{ first: Count, through: Count, last: Count, openedThrough: Count },
  gaps: Type.Array(Type.Object({ from: Count, to: Count })),
});
export const StationAnswer = Type.Object({
  ...{ station: Id, region: Id, name: Text, state: Text, copied: Type.Boolean() },
  ...{ enrolledMs: orNull(Instant), reportMs: orNull(Instant), report: orNull(Report) },
  epochs: Type.Array(Epoch),
});
export type StationShown = Static<typeof StationAnswer>;

export const IncidentsAnswer = Type.Object({
  incidents: Type.Array(
    Type.Object({
      ...{ id: Count, atMs: Instant, station: orNull(Text), code: Text },
      detail: Type.Record(Text, Type.Union([Text, Type.Number()])),
      ...{ closedMs: orNull(Instant), closedBy: orNull(Text) },
    }),
  ),
});
export type IncidentShown = Static<typeof IncidentsAnswer>['incidents'][number];
