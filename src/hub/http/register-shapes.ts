import { type Static, Type } from 'typebox';
import { Count, Id, Instant, orNull, RegisterName } from './operator-shapes.ts';

/** What the operators' interface answers about registers; the commands at the hub read it by these too. */

const Counts = { added: Count, removed: Count, listed: Count };
const Judgement = { ...Counts, share: orNull(Type.Number()), needsSecond: Type.Boolean() };

export const PreviewAnswer = Type.Object({
  ...{ batch: Count, rows: Count, others: Count, untilDefaulted: Count, expiresMs: Instant },
  ...Judgement,
});
/** 422: nothing was imported. `line` counts from 1; no value of the line is repeated. */
export const BadLinesAnswer = Type.Object({
  ...{ code: Type.Literal('register.lines'), message: Type.String(), badTotal: Count },
  badLines: Type.Array(
    Type.Object({ line: Count, column: orNull(Type.String()), problem: Type.String() }),
  ),
});

const Change = { region: Id, register: RegisterName, added: Count, removed: Count };
export const PublishedAnswer = Type.Object({
  ...{ kind: Type.Literal('published'), ...Change, version: Count },
});
/** 202: a second operator must publish it too, before `expiresMs`. */
export const WaitingAnswer = Type.Object({
  ...{ kind: Type.Literal('waiting'), ...Change, publishedBy: Id, expiresMs: Instant },
});
export const WithdrawnAnswer = Type.Object({ ...Change, version: Count });

const BatchShape = Type.Object({
  ...{ id: Count, region: Id, register: RegisterName },
  mode: Type.Enum(['add', 'replace']),
  state: Type.String(),
  ...{ rows: Count, asOfMs: Instant, madeMs: Instant, madeBy: Type.String(), expiresMs: Instant },
  ...{ publishedBy: orNull(Type.String()), confirmedBy: orNull(Type.String()) },
  ...{ publishedVersion: orNull(Count), withdrawnVersion: orNull(Count) },
  supersededBy: orNull(Count),
});
export type BatchShown = Static<typeof BatchShape>;
/** `judged` while it waits for somebody: what publishing it would do now. */
export const BatchAnswer = Type.Object({
  batch: BatchShape,
  judged: orNull(Type.Object(Judgement)),
});
export const RegistersAnswer = Type.Object({
  ...{ version: Count, generation: orNull(Count) },
  ...{ issuedMs: Type.Optional(Instant), notAfterMs: Type.Optional(Instant) },
  registers: Type.Array(
    Type.Object({
      ...{ name: RegisterName, contentVersion: Count, asOfMs: Instant },
      ...{ entries: Count, subjects: Count, sources: Type.Array(Type.String()) },
    }),
  ),
  batches: Type.Array(BatchShape),
});
