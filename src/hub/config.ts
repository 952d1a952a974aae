import { type Static, Type } from 'typebox';
import { parseTomlConfig } from '../station/toml-config.ts';

const closed = { additionalProperties: false } as const;
const Register = Type.String({ pattern: '^[a-z0-9]{1,16}$' });
const File = Type.String({ minLength: 1, maxLength: 4_096 });
const Days = (days: number) => Type.Integer({ minimum: 1, maximum: 3_650, default: days });
const Host = Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}$' });

const HubSchema = Type.Object(
  {
    hub: Type.Object(
      {
        /** Where state is kept, unless --data or CHOT_HUB_DATA say otherwise. */
        dataDir: Type.Optional(File),
      },
      { ...closed, default: {} },
    ),
    http: Type.Object(
      {
        /** TLS always, with client certificates for stations and tokens for operators: it may be reachable from outside. */
        host: Type.String({ minLength: 1, maxLength: 253, default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8443 }),
        /** Host names and addresses that stations reach the hub by; its certificate names them. */
        names: Type.Array(Host, { minItems: 1, maxItems: 16 }),
      },
      closed,
    ),
    /** When a second operator must publish too (security R5). */
    publishing: Type.Object(
      {
        shareMax: Type.Number({ minimum: 0, maximum: 1, default: 0.1 }),
        rowsMax: Type.Integer({ minimum: 0, maximum: 20_000_000, default: 1_000 }),
        rowsFree: Type.Integer({ minimum: 0, maximum: 1_000, default: 20 }),
        defaultDays: Type.Record(Register, Type.Integer({ minimum: 1, maximum: 365 }), {
          default: { f0: 21, f1: 14 },
        }),
      },
      { ...closed, default: {} },
    ),
    /** How far a backup may lie behind: stations keep what they sent for so much longer. */
    backup: Type.Object(
      {
        intervalH: Type.Number({ minimum: 1, maximum: 2_160, default: 24 }),
        /** Files that the list of erasures is copied to, best on another disk: a restored hub erases again. */
        erasureCopies: Type.Array(File, { maxItems: 4, default: [] }),
      },
      { ...closed, default: {} },
    ),
    /** Days for which records are kept: who passed, who was looked up, what happened at a station. */
    keep: Type.Object(
      {
        passagesDays: Days(30),
        lookUpsDays: Days(90),
        serviceDays: Days(365),
      },
      { ...closed, default: {} },
    ),
  },
  closed,
);
export type HubConfig = Readonly<Static<typeof HubSchema>>;

/** Reads a hub's TOML, or throws one ConfigError that names every wrong key at once. `file` is for the message. */
export function parseHubConfig(text: string, file: string): HubConfig {
  return parseTomlConfig(HubSchema, text, file, () => []);
}
