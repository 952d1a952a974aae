import type { StationConfig } from '../../station/config-schema.ts';
import type { Check, Context } from '../context.ts';
import { configured } from '../devices/device-kind.ts';
import { good, type Told, warning } from '../finding.ts';
import { type PluggedIn, pluggedIn } from '../plugged-in.ts';

/** What is plugged in and stands nowhere in the configuration, with the lines that would bring it in. */
export const pluggedInCheck: Check = {
  name: 'plugged-in',
  run: async (context) => {
    const { config, configState } = context;
    // Without a file the steps to make one list them; of a wrong one nobody knows what it has.
    if (config === null && configState.kind !== 'wrong') return [];
    const all = await pluggedIn(context);
    if (config === null) return all.map(offer);
    return all.filter((each) => !isConfigured(each, config, context)).map(offer);
  },
};

function isConfigured(each: PluggedIn, config: StationConfig, context: Context): boolean {
  if (each.kind === 'reader') {
    return config.reader.some(
      ({ driver, name }) =>
        driver === 'pcsc' && each.name.toLowerCase().includes((name ?? '').toLowerCase()),
    );
  }
  const paths = pathsOf(config).map((path) => context.machine.resolve(configured(context, path)));
  return each.target !== null && paths.includes(each.target);
}

/** Everything in the file that is a path of a device, whatever the kind. */
function pathsOf(config: StationConfig): string[] {
  const tables: readonly (readonly Readonly<Record<string, unknown>>[])[] = [
    ...Object.values(config).filter(Array.isArray),
  ];
  return tables
    .flat()
    .flatMap((device) => [device['path'], device['source']])
    .filter((path): path is string => typeof path === 'string' && path.startsWith('/dev/'));
}

function offer(each: PluggedIn): Told {
  const { kind, name, toml, mind } = each;
  if (each.isKeyboard) {
    return good(
      `plugged in: ${name}`,
      `types like a keyboard; if it is a scanner, it can be read without the screen's focus: [[scanner]] driver = "evdev", path = "${each.path}"`,
    );
  }
  return warning(`plugged in: ${name}`, {
    found: 'it stands nowhere in the configuration that could be read',
    cause: mind ?? 'it was plugged in after the file was written',
    next: `if it is a ${kind} of a lane, add it, with a name for ID, and the name to devices of its lane:\n${toml.join('\n')}`,
  });
}
