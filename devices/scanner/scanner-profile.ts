import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

const FOLDER = 'devices/profiles/scanners';

const ProfileSchema = Type.Object(
  {
    /** Makers and models, for people. */
    title: Type.String({ minLength: 1, maxLength: 120 }),
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
  { additionalProperties: false },
);

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
