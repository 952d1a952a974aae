import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

const FOLDER = 'devices/profiles/boards';
const ChannelCount = Type.Integer({ minimum: 0, maximum: 64 });
const Address = Type.Integer({ minimum: 0, maximum: 65_535 });

const ProfileSchema = Type.Object(
  {
    /** Makers and models, for people. */
    title: Type.String({ minLength: 1, maxLength: 120 }),
    /** Where what this file says is from. */
    source: Type.String({ minLength: 1, maxLength: 300 }),
    outputs: ChannelCount,
    inputs: ChannelCount,
    /** Serial boards: what the factory has set. */
    baud: Type.Integer({ minimum: 300, maximum: 921_600 }),
    /** An input counts once it has been the same for so long. */
    debounceMs: Type.Integer({ minimum: 0, maximum: 2_000 }),
    /** lcus: whether the board tells its outputs when asked with FF. */
    answersStatus: Type.Boolean(),
    modbus: Type.Union([
      Type.Null(),
      Type.Object(
        {
          unit: Type.Integer({ minimum: 1, maximum: 247 }),
          /** Coil of output 1. */
          coils: Address,
          /** Discrete input of input 1. */
          discreteInputs: Address,
          /** The board's own timer: coil of output 1 whose value is a time, not on or off. Null: it has none. */
          timer: Type.Union([
            Type.Null(),
            Type.Object(
              {
                coils: Address,
                unitMs: Type.Integer({ minimum: 1, maximum: 1_000 }),
                unitsMax: Type.Integer({ minimum: 1, maximum: 65_535 }),
              },
              { additionalProperties: false },
            ),
          ]),
          /** Outputs that take a level, 0-10 V or PWM, in one holding register each. Left out: it has none. */
          dimmers: Type.Optional(
            Type.Object(
              {
                count: Type.Integer({ minimum: 1, maximum: 64 }),
                /** Holding register of the first. */
                registers: Address,
                /** Its value at full level. */
                unitsMax: Type.Integer({ minimum: 1, maximum: 65_535 }),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ]),
  },
  { additionalProperties: false },
);

export type BoardProfile = Readonly<Static<typeof ProfileSchema>>;

/** The names that `loadBoardProfile` takes. */
export function boardProfileNames(): readonly string[] {
  return readdirSync(join(packageRoot(), FOLDER))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** Throws ConfigError for a name that no file has, and for a file that is not in order. */
export function loadBoardProfile(name: string): BoardProfile {
  const names = boardProfileNames();
  if (!names.includes(name)) {
    throw new ConfigError(`no board profile "${name}": there are ${names.join(', ')}`);
  }
  const file = join(FOLDER, `${name}.json`);
  return parseBoardProfile(readFileSync(join(packageRoot(), file), 'utf8'), file);
}

/** `file` is for the message of the ConfigError. */
export function parseBoardProfile(text: string, file: string): BoardProfile {
  const profile = parseJson(text, file);
  if (Value.Check(ProfileSchema, profile)) return profile;
  const problems = Value.Errors(ProfileSchema, profile).map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  throw new ConfigError(`${file}: ${problems.slice(0, 5).join('; ')}`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`${file}: is not JSON`);
  }
}
