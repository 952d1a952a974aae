import { type Static, Type } from 'typebox';
import { EPOCH_REASONS } from '../../journal/epoch-store.ts';

/** Bodies of the calls between station and hub (docs/protocol.md). Unknown keys of requests are refused, of answers ignored. */
const closed = { additionalProperties: false } as const;

export const TOKEN_HEADER = 'chot-token';
export const HEAD_HEADER = 'chot-head';
export const VERSIONS_HEADER = 'chot-versions';
export const JSON_BYTES_MAX = 65_536;
export const POLL_S_MAX = 55;
export const CREDIT_MAX = 8;

const hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const Base64url = (charsMax: number) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: charsMax });
const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Instant = Type.Integer({ minimum: 0, maximum: 8.64e15 });
const Version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Pem = Type.String({ minLength: 1, maxLength: 8_192 });
const Token = Base64url(64);
const Code = Type.String({ pattern: '^[a-z0-9.-]{1,48}$' });
const Codes = Type.Array(Code, { maxItems: 64 });

export const ErrorBody = Type.Object({ code: Code, message: Type.String({ maxLength: 1_000 }) });
export type ErrorBody = Static<typeof ErrorBody>;

export const EnrolmentRequest = Type.Object(
  {
    station: Id,
    secret: Type.String({ pattern: '^[a-z2-7]{16}$' }),
    csr: Pem,
    signingKey: hex(32),
    sealingKey: hex(32),
    proof: hex(64),
  },
  closed,
);
export type EnrolmentRequest = Static<typeof EnrolmentRequest>;

export const EnrolmentAnswer = Type.Object({
  certificate: Pem,
  authority: Pem,
  root: hex(32),
  roles: Base64url(200_000),
  region: Id,
  token: Token,
});
export type EnrolmentAnswer = Static<typeof EnrolmentAnswer>;

export const RenewalRequest = Type.Object({ csr: Pem, proof: hex(64) }, closed);
export type RenewalRequest = Static<typeof RenewalRequest>;
export const RenewalAnswer = Type.Object({ certificate: Pem });
export type RenewalAnswer = Static<typeof RenewalAnswer>;

export const TimeRequest = Type.Object({ nonce: hex(32) }, closed);
export type TimeRequest = Static<typeof TimeRequest>;

export const SegmentAnswer = Type.Object({
  receipt: Base64url(4_096),
  credit: Type.Integer({ minimum: 0, maximum: CREDIT_MAX }),
});
export type SegmentAnswer = Static<typeof SegmentAnswer>;

export const HeadsAnswer = Type.Object({
  hub: hex(16),
  backupIntervalMs: Type.Integer({ minimum: 0, maximum: 90 * 86_400_000 }),
  epochs: Type.Array(
    Type.Object({
      epoch: hex(16),
      through: Sequence,
      link: hex(32),
      openedThrough: Sequence,
      state: Type.Enum(['granted', 'waiting']),
    }),
    { maxItems: 1_000 },
  ),
});
export type HeadsAnswer = Static<typeof HeadsAnswer>;

export const EpochRequest = Type.Object(
  {
    epoch: hex(16),
    first: Sequence,
    previous: hex(32),
    reason: Type.Enum([...EPOCH_REASONS]),
    proof: hex(64),
  },
  closed,
);
export type EpochRequest = Static<typeof EpochRequest>;

export const ReportRequest = Type.Object(
  {
    software: Type.String({ minLength: 1, maxLength: 64 }),
    bootId: Type.String({ pattern: '^[0-9a-f]{12,32}$' }),
    versions: Type.Object(
      {
        manifest: Version,
        roles: Version,
        policy: Version,
        mandate: Version,
        generation: Version,
      },
      closed,
    ),
    /** Closed segments that the hub has not acknowledged, and when the oldest was closed. */
    unsent: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
    oldestUnsentMs: Type.Union([Instant, Type.Null()]),
    head: Type.Union([Base64url(1_024), Type.Null()]),
    time: Type.Object(
      {
        earliestMs: Instant,
        latestMs: Instant,
        trust: Type.Enum(['vouched', 'carried', 'unset']),
      },
      closed,
    ),
    keyGrade: Type.Enum(['file', 'tpm']),
    problems: Codes,
    warnings: Codes,
  },
  closed,
);
export type ReportRequest = Static<typeof ReportRequest>;

export const ReportAnswer = Type.Object({ hubMs: Instant });
export type ReportAnswer = Static<typeof ReportAnswer>;

export const CasesRequest = Type.Object(
  {
    passages: Type.Array(Type.Object({ epoch: hex(16), sequence: Sequence }, closed), {
      maxItems: 64,
    }),
  },
  closed,
);
export type CasesRequest = Static<typeof CasesRequest>;

export const CasesAnswer = Type.Object({
  cases: Type.Array(
    Type.Object({
      epoch: hex(16),
      sequence: Sequence,
      /** Short, to be read out on the telephone. */
      code: Type.String({ pattern: '^[A-Z0-9-]{3,12}$' }),
      state: Type.Enum(['open', 'acknowledged', 'closed']),
      outcome: Type.Union([Code, Type.Null()]),
    }),
    { maxItems: 64 },
  ),
});
export type CasesAnswer = Static<typeof CasesAnswer>;
