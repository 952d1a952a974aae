import { type Static, Type } from 'typebox';
import { BarrierSchema, BoardSchema } from './config-boards.ts';
import { LampSchema, SignalSchema } from './config-signals.ts';

const closed = { additionalProperties: false } as const;

const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const Phone = Type.String({ pattern: '^[0-9+() .-]{3,30}$' });
const Name = Type.String({ minLength: 1, maxLength: 60 });
const Register = Type.String({ pattern: '^[a-z0-9]{1,16}$' });
const File = Type.String({ minLength: 1, maxLength: 4096 });
const hoursOf = (defaults: Readonly<Record<string, number>>) =>
  Type.Record(Register, Type.Number({ minimum: 0.01, maximum: 8_760 }), { default: defaults });

const Station = Type.Object(
  {
    id: Id,
    name: Name,
    /** Where state is kept, unless --data or CHOT_DATA say otherwise. */
    dataDir: Type.Optional(File),
    /** 0600 file of the officers, until the hub sends the signed list. */
    officersFile: Type.Optional(File),
    /** The health unit's telephone number, shown with every stop. */
    healthPhone: Type.Optional(Phone),
  },
  closed,
);

const Http = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253, default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080 }),
  },
  { ...closed, default: {} },
);

const Journal = Type.Object(
  {
    /** Whom records are sealed to, as `chot journal recipient` prints it. Only before enrolment. */
    sealTo: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    /** How long the authority keeps passages, told on the passer's page; whoever holds the records keeps to it. */
    retentionDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
  },
  { ...closed, default: {} },
);

/** What the passer's page says besides purpose and that no picture is kept; what is not given is not said. */
const Notice = Type.Object(
  {
    /** Number and date of the decision that people are stopped under. */
    legalBasis: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    /** Who answers people about their data. */
    phone: Type.Optional(Phone),
  },
  { ...closed, default: {} },
);

/** The hub that this station is enrolled at, or is to be. */
const Hub = Type.Object(
  { url: Type.String({ pattern: '^https://[^/]+/?$', maxLength: 300 }) },
  closed,
);

/** Also what a signed policy of the hub may say. */
export const PolicySchema = Type.Object(
  {
    registers: Type.Array(Register, { minItems: 1, maxItems: 16, default: ['f0'] }),
    requireChip: Type.Boolean({ default: false }),
    joinS: Type.Number({ minimum: 1, maximum: 120, default: 15 }),
    repeatS: Type.Number({ minimum: 0, maximum: 3_600, default: 180 }),
    ageingH: hoursOf({ f0: 24 }),
    expiredH: hoursOf({ f0: 168 }),
    defaultDays: Type.Record(Register, Type.Integer({ minimum: 1, maximum: 365 }), {
      default: { f0: 21, f1: 14 },
    }),
  },
  { ...closed, default: {} },
);

const Camera = Type.Object(
  {
    id: Id,
    driver: Type.Enum(['v4l2', 'rtsp', 'mjpeg', 'file', 'stills']),
    /** Device path, URL, file or folder. A URL with credentials belongs into `sourceFile`. */
    source: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
    /** 0600 file whose first line is the source. */
    sourceFile: Type.Optional(File),
    widthPx: Type.Integer({ minimum: 160, maximum: 3_840, default: 1_920 }),
    heightPx: Type.Integer({ minimum: 120, maximum: 2_160, default: 1_080 }),
    framesPerS: Type.Integer({ minimum: 1, maximum: 60, default: 15 }),
    loop: Type.Boolean({ default: false }),
    controls: Type.Record(
      Type.String({ pattern: '^[a-z0-9_]{1,40}$' }),
      Type.Integer({ minimum: -65_536, maximum: 65_536 }),
      { default: {} },
    ),
  },
  closed,
);

const Reader = Type.Object(
  {
    id: Id,
    /** sim: an emulated reader in memory, which only the demo and tests lay cards on. */
    driver: Type.Enum(['pcsc', 'sim']),
    /** Part of the reader's name as `chot card list` prints it; without one any reader is meant. */
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
  },
  closed,
);

const Scanner = Type.Object(
  {
    id: Id,
    /** evdev: a scanner that types like a keyboard. */
    driver: Type.Enum(['serial', 'evdev']),
    /** A stable name: /dev/serial/by-id/..., or /dev/input/by-id/...-event-kbd. */
    path: File,
    /** Name of a file in devices/profiles/scanners. */
    profile: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$', default: 'generic' }),
    /** Bits a second of a serial port. Without one the profile's are tried. */
    baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600 })),
  },
  closed,
);

const Lane = Type.Object(
  {
    id: Id,
    name: Name,
    direction: Type.Enum(['in', 'out'], { default: 'in' }),
    /** automatic: a barrier; assisted: staff open by hand; monitor: decides and records, opens nothing. */
    operation: Type.Enum(['automatic', 'assisted', 'monitor'], { default: 'assisted' }),
    clear: Type.Enum(['tap', 'loop', 'next'], { default: 'next' }),
    devices: Type.Array(Id, { maxItems: 16, default: [] }),
  },
  closed,
);

export const ConfigSchema = Type.Object(
  {
    station: Station,
    http: Http,
    journal: Journal,
    notice: Notice,
    hub: Type.Optional(Hub),
    policy: PolicySchema,
    camera: Type.Array(Camera, { maxItems: 8, default: [] }),
    reader: Type.Array(Reader, { maxItems: 8, default: [] }),
    scanner: Type.Array(Scanner, { maxItems: 8, default: [] }),
    board: Type.Array(BoardSchema, { maxItems: 8, default: [] }),
    barrier: Type.Array(BarrierSchema, { maxItems: 8, default: [] }),
    signal: Type.Array(SignalSchema, { maxItems: 16, default: [] }),
    lamp: Type.Array(LampSchema, { maxItems: 8, default: [] }),
    lane: Type.Array(Lane, { minItems: 1, maxItems: 8 }),
  },
  closed,
);

export type StationFile = Readonly<Static<typeof ConfigSchema>>;
export type Policy = StationFile['policy'];
/** `policyGiven`: what of `[policy]` the file says itself, defaults apart: only that makes a signed policy stricter. */
export type StationConfig = StationFile & { readonly policyGiven: Partial<Policy> };
export type LaneConfig = StationConfig['lane'][number];
export type ReaderConfig = StationConfig['reader'][number];
export type ScannerConfig = StationConfig['scanner'][number];
export type CameraConfig = StationConfig['camera'][number];
