import { parse, TomlError } from 'smol-toml';
import type { Static, TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { ConfigError } from '../kernel/errors.ts';

const CONFIG_BYTES_MAX = 256 * 1024;

/** A TOML file by its schema, or one ConfigError that names every wrong key at once. `file` is for the message. */
export function parseTomlConfig<Schema extends TSchema>(
  schema: Schema,
  text: string,
  file: string,
  /** What the schema cannot say, each as `key: what is wrong`. */
  crossProblems: (config: Static<Schema>) => readonly string[],
): Static<Schema> {
  if (text.length > CONFIG_BYTES_MAX) {
    throw new ConfigError(
      `${file} is longer than ${CONFIG_BYTES_MAX} characters: not a configuration`,
    );
  }
  const value = Value.Default(schema, parseToml(text, file));
  const isShaped = Value.Check(schema, value);
  const problems = isShaped ? crossProblems(value) : shapeProblems(schema, value);
  if (isShaped && problems.length === 0) return value;
  throw new ConfigError(
    `${file}: ${problems.length === 1 ? 'one value is' : `${problems.length} values are`} wrong\n  ${problems.join('\n  ')}`,
  );
}

/** Throws ConfigError with the place. */
export function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0] ?? '';
    throw new ConfigError(`${file}: line ${error.line}, column ${error.column}: ${reason}`, {
      cause: error,
    });
  }
}

/** What of `value` is not as the schema says, each as `key: what is wrong`. */
export function shapeProblems(schema: TSchema, value: unknown): string[] {
  Settings.Set({ maxErrors: 100 });
  const errors = Value.Errors(schema, value);
  Settings.Reset();
  // A key that has no place is reported twice, by the object and by the key: the second names it better.
  return errors
    .filter((error) => error.keyword !== 'additionalProperties')
    .map((error) => {
      const key = keyOf(error.instancePath);
      switch (error.keyword) {
        case 'boolean':
          return `${key}: no such key`;
        case 'enum':
          return `${key}: expected one of ${error.params.allowedValues.join(', ')}`;
        case 'required':
          return `${key === '' ? '' : `${key}: `}missing ${error.params.requiredProperties.join(', ')}`;
        default:
          return `${key}: ${error.message}`;
      }
    });
}

/** `/lane/0/id` as people write it: `lane[1].id`. */
function keyOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${Number(part) + 1}]` : `.${part}`))
    .join('')
    .slice(pointer.startsWith('/') ? 1 : 0);
}
