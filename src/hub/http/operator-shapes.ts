import { type TSchema, Type } from 'typebox';
import { CASE_OUTCOMES } from '../passages/index-store.ts';
import { REVOCATION_REASONS } from '../stations/station-actions.ts';

/** Bodies of the operators' interface. Instants are milliseconds since 1970 UTC. */
const closed = { additionalProperties: false } as const;
export const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
export const Instant = Type.Integer({ minimum: 0, maximum: 8.64e15 });
export const Count = Type.Integer({ minimum: 0 });
export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const RegisterName = Type.String({ pattern: '^[a-z0-9]{1,16}$' });

export const StationParams = Type.Object({ station: Id });
export const EpochParams = Type.Object({
  station: Id,
  epoch: Type.String({ pattern: '^[0-9a-f]{32}$' }),
});
export const EpochsQuery = Type.Object({ state: Type.Optional(Type.Enum(['granted', 'waiting'])) });
/** `follows`: the record that it says it goes on from is one that the hub holds, or not; `reason` why it began. */
export const EpochsAnswer = Type.Object({
  epochs: Type.Array(
    Type.Object({
      ...{ station: Id, region: Id, epoch: Type.String(), announcedMs: Instant },
      ...{ state: Type.Enum(['granted', 'waiting']), reason: Type.String() },
      ...{ first: Count, last: Count, through: Count },
      follows: Type.Enum(['nothing', 'receipt', 'unknown']),
    }),
  ),
});
export const RegionParams = Type.Object({ region: Id });
export const NumberParams = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) });
export const NewStation = Type.Object(
  { region: Id, station: Id, name: Type.String({ minLength: 1, maxLength: 60 }) },
  closed,
);
export const CodeAnswer = Type.Object({ code: Type.String(), expiresMs: Instant });
export const Revocation = Type.Object(
  {
    reason: Type.Enum([...REVOCATION_REASONS]),
  },
  closed,
);
export const Page = Type.Object({
  before: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })),
  limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  open: Type.Optional(Type.Enum(['true', 'false'])),
});
export const ImportQuery = Type.Object({
  mode: Type.Enum(['add', 'replace']),
  asOfMs: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })),
});
export const RegisterParams = Type.Object({ region: Id, register: RegisterName });
export const ListParams = Type.Object({
  region: Id,
  list: Type.Enum(['notices', 'attributes', 'officers']),
});
export const Confirmation = Type.Object({ asOfMs: Instant }, closed);
export const PolicyBody = Type.Object(
  {
    days: Type.Integer({ minimum: 1, maximum: 730 }),
    policy: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
  },
  closed,
);
const Text = Type.String({ minLength: 1, maxLength: 1_000 });
const Day = Type.Integer({ minimum: 0, maximum: 200_000 });
export const MandateBody = Type.Object(
  { fromDay: Day, untilDay: Day, purpose: Text, legalText: Text },
  closed,
);
export const Published = Type.Object({ version: Count });

const Limit = Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' }));
const InstantText = Type.String({ pattern: '^[0-9]{1,15}$' });
const Cursor = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));
export const PassagesQuery = Type.Object({
  ...{ station: Id, fromMs: InstantText, untilMs: InstantText, after: Cursor, limit: Limit },
});
export const AfterPage = Type.Object({ after: Cursor, limit: Limit });
export const FeedQuery = Type.Object({ cursor: Cursor, limit: Limit });
export const ErasureBody = Type.Union([
  Type.Object({ number: Type.String({ pattern: '^[0-9]{12}$' }) }, closed),
  Type.Object({ subjectKey: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, closed),
]);
export const CasesQuery = Type.Object({
  state: Type.Optional(Type.Enum(['open', 'acknowledged', 'closed'])),
  ...{ beforeMs: Type.Optional(InstantText), limit: Limit },
});
export const CaseParams = Type.Object({ code: Type.String({ minLength: 5, maxLength: 12 }) });
export const CaseClosure = Type.Object({ outcome: Type.Enum([...CASE_OUTCOMES]) }, closed);
