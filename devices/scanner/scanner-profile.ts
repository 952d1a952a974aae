import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

const FOLDER = 'devices/profiles/scanners';

const closed = { additionalProperties: false } as const;

/** device: one of us had it in hand; manual: the maker says so; reported: others who used it say so. */
const Checked = Type.Enum(['device', 'manual', 'reported', 'guess']);
const Prose = Type.String({ minLength: 1, maxLength: 600 });
/** For whoever prints the page. */
const Bilingual = Type.Object({ vi: Prose, en: Prose }, closed);
const UsbNumber = Type.String({ pattern: '^[0-9a-f]{4}$' });

/** A bar code of the maker's that changes a setting of the scanner. */
const SetupCode = Type.Object(
  {
    /** What the scanner is to be set to: a serial port, a keyboard, or either. */
    mode: Type.Enum(['serial', 'keyboard', 'both']),
    does: Bilingual,
    symbology: Type.Enum(['code128', 'qrcode']),
    /** Printable ASCII; a CR may end it. */
    text: Type.String({ pattern: '^[ -~]{1,200}\\r?$' }),
    /** Where Function 3 of Code 128 stands, which says "this is for the scanner". */
    fnc3: Type.Enum(['none', 'before', 'after']),
    checked: Checked,
    /** Where it is from: manual and page. */
    source: Prose,
  },
  closed,
);

const Setup = Type.Object(
  {
    models: Prose,
    /** Where it is from how the maker's codes are drawn; null without codes. */
    source: Type.Union([Prose, Type.Null()]),
    /** In the order they are scanned in. */
    codes: Type.Array(SetupCode, { maxItems: 12 }),
    /** What no source was found for, and where to find it instead. */
    missing: Type.Array(Bilingual, { maxItems: 8 }),
  },
  closed,
);

const ProfileSchema = Type.Object(
  {
    /** Makers and models, for people. */
    title: Type.String({ minLength: 1, maxLength: 120 }),
    /** Of the framing and the rates. */
    checked: Checked,
    /** What a wedge of this maker says on USB: udev's rules are made of it. Without a product every one of the vendor. */
    usb: Type.Array(
      Type.Object({ vendor: UsbNumber, product: Type.Optional(UsbNumber), source: Prose }, closed),
      { maxItems: 16 },
    ),
    /** null: nothing to set that a page could show. */
    setup: Type.Union([Setup, Type.Null()]),
    /** Any of these ends a frame; CR LF is one end. */
    ends: Type.Array(Type.Enum(['cr', 'lf', 'etx']), { maxItems: 3, uniqueItems: true }),
    /** STX before each frame. */
    prefix: Type.Enum(['none', 'optional', 'required']),
    /** A pause ends a frame; else it makes it partial. */
    silenceEnds: Type.Boolean(),
    interByteMs: Type.Integer({ minimum: 20, maximum: 2_000 }),
    /** Whether `]Q1` and the like are cut off. */
    aimIdentifier: Type.Boolean(),
    /** The factory's first; then in the order they are tried in. */
    baudRates: Type.Array(Type.Integer({ minimum: 300, maximum: 921_600 }), {
      minItems: 1,
      maxItems: 12,
      uniqueItems: true,
    }),
    dataBits: Type.Enum([7, 8]),
    parity: Type.Enum(['none', 'even', 'odd']),
    stopBits: Type.Enum([1, 2]),
  },
  closed,
);

export type ScannerSetup = Readonly<Static<typeof Setup>>;
export type SetupCode = ScannerSetup['codes'][number];
export type ScannerProfile = Readonly<Static<typeof ProfileSchema>>;

/** The names that `loadScannerProfile` takes. */
export function scannerProfileNames(): readonly string[] {
  return readdirSync(join(packageRoot(), FOLDER))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** Throws ConfigError for a name that no file has, and for a file that is not in order. */
export function loadScannerProfile(name: string): ScannerProfile {
  const names = scannerProfileNames();
  if (!names.includes(name)) {
    throw new ConfigError(`no scanner profile "${name}": there are ${names.join(', ')}`);
  }
  const file = join(FOLDER, `${name}.json`);
  return parseScannerProfile(readFileSync(join(packageRoot(), file), 'utf8'), file);
}

/** `file` is for the message of the ConfigError. */
export function parseScannerProfile(text: string, file: string): ScannerProfile {
  const profile = parseJson(text, file);
  if (!Value.Check(ProfileSchema, profile)) {
    const problems = Value.Errors(ProfileSchema, profile).map(
      ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
    );
    throw new ConfigError(`${file}: ${problems.slice(0, 5).join('; ')}`);
  }
  if (profile.ends.length === 0 && !profile.silenceEnds) {
    throw new ConfigError(`${file}: nothing ends a frame: give ends, or silenceEnds`);
  }
  return profile;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`${file}: is not JSON`);
  }
}
