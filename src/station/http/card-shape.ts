import { type Static, Type } from 'typebox';
import { Nullable } from './nullable.ts';

/** The card that lies on the lane's reader, or was just taken away too early. Leaves memory with the card. */
export const CardShape = Type.Object({
  /** Tells insertions apart since start. */
  insertion: Type.Integer(),
  /**
   * waiting: nobody's number is known that might open it. reading. read: done, whatever it proved. failed: see `problem`.
   * gone: off the reader while it was being read; laid back at once it is read on, later from the beginning.
   */
  stage: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('reading'),
    Type.Literal('read'),
    Type.Literal('failed'),
    Type.Literal('gone'),
  ]),
  /** The passage whose number was tried, by `ordinal`; null while waiting. */
  ordinal: Nullable(Type.Integer()),
  phase: Nullable(
    Type.Union([
      Type.Literal('access'),
      Type.Literal('files'),
      Type.Literal('chip-authentication'),
      Type.Literal('active-authentication'),
    ]),
  ),
  /** Data group being read, 0 for EF.SOD; null between two. */
  group: Nullable(Type.Integer()),
  bytes: Type.Integer(),
  /** Null until the file's head says it. */
  bytesTotal: Nullable(Type.Integer()),
  /** Why it failed: `number-does-not-open`, `more-needed`, `no-application`, `refused`, `spent`, `lost`, `deadline`, `fault`. */
  problem: Nullable(Type.String()),
  /** Of files that matched the hashes the card itself bears; what that is worth, `authenticity` tells at the end. */
  fields: Nullable(
    Type.Object({
      number: Nullable(Type.String()),
      name: Nullable(Type.String()),
      birth: Nullable(Type.String()),
      sex: Nullable(Type.Union([Type.Literal('male'), Type.Literal('female')])),
      issued: Nullable(Type.String()),
      /** ISO 8601 calendar date, or `never`. */
      expires: Nullable(Type.String()),
    }),
  ),
  /** Name of the photograph under GET /api/v1/lanes/{lane}/photos/{name}; null until there is one. */
  photo: Nullable(Type.String()),
  /** Read, and being decoded. */
  photoPending: Type.Boolean(),
  /** Why there is none although the card has one: `photo.altered` (not what was signed), `photo.damaged`, ... */
  photoProblem: Nullable(Type.String()),
  /** `genuine`, `chip-not-proven`, `issuer-unknown`, `altered`, `cloned`, `unverifiable`; null until it was read. */
  authenticity: Nullable(Type.String()),
});

export type CardView = Static<typeof CardShape>;
