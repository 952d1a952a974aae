import { type Static, Type } from 'typebox';
import { CASE_OUTCOMES } from '../passages/index-store.ts';
import { Count, Id, Instant, orNull } from './operator-shapes.ts';

/** What the operators' interface answers about stops; the commands at the hub read it by these too. */
const Text = Type.String();

/** A case names a place in a journal, and nobody. `sequence` is the passage's; `openedMs` is of the hub. */
const CaseShape = Type.Object({
  ...{ code: Text, station: Id, epoch: Text, sequence: Count },
  state: Type.Enum(['open', 'acknowledged', 'closed']),
  outcome: orNull(Type.Enum([...CASE_OUTCOMES])),
  ...{ openedMs: Instant, acknowledgedMs: orNull(Instant), acknowledgedBy: orNull(Text) },
  ...{ closedMs: orNull(Instant), closedBy: orNull(Text) },
});
export type CaseShown = Static<typeof CaseShape>;
export const CasesAnswer = Type.Object({ cases: Type.Array(CaseShape) });

/** Of a passage or an amendment what is told of it; the rest of the record comes too. */
const Decided = Type.Object({
  ...{ type: Text, atMs: Instant, lane: Text, officer: orNull(Text), verdict: Text },
  ...{ reasons: Type.Array(Text), documents: Type.Array(Text), proof: Text, number: orNull(Text) },
  registers: Type.Array(Type.Object({ register: Text, version: orNull(Count), state: Text })),
});
/** An amendment, an action, an end or a paper. */
const Attached = Type.Object({
  ...{ type: Text, atMs: Instant, officer: orNull(Text), action: Type.Optional(Text) },
  ...{ reason: Type.Optional(Text), crossed: Type.Optional(Text), verdict: Type.Optional(Text) },
  ...{ kind: Type.Optional(Text), outcome: Type.Optional(Text) },
});
export type AttachedShown = Static<typeof Attached>;
/** `passage` is null where its record is not here: erased, past its time, or not come yet. */
export const CaseAnswer = Type.Object({
  case: CaseShape,
  passage: orNull(
    Type.Object({
      record: Type.Object({
        ...Decided.properties,
        ...{ direction: Text, source: Text, test: Type.Boolean() },
      }),
      attached: Type.Array(Attached),
    }),
  ),
});
export const StopsAnswer = Type.Object({
  stops: Type.Array(Type.Object({ station: Id, record: Decided, case: orNull(CaseShape) })),
  next: orNull(Text),
});
