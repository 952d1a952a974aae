import type { Context } from './context.ts';
import type { Machine, ReadersSeen } from './machine.ts';

/** Something that is plugged in, as `[[kind]]` of a configuration. */
export type PluggedIn = {
  readonly kind: 'camera' | 'scanner' | 'reader';
  /** What people call it: the maker's name as the system has it. */
  readonly name: string;
  /** Where it leads; null for a reader. */
  readonly target: string | null;
  readonly path: string | null;
  /** It may be somebody's keyboard. */
  readonly isKeyboard: boolean;
  /** Lines to paste, with `ID` where a name has to be chosen. */
  readonly toml: readonly string[];
  /** What to mind before it is pasted. */
  readonly mind: string | null;
};

/** All that could be a device of a gate, whether the configuration has it or not. */
export async function pluggedIn({ machine }: Pick<Context, 'machine'>): Promise<PluggedIn[]> {
  return [
    ...cameras(machine),
    ...serialPorts(machine),
    ...keyboards(machine),
    ...readers(await machine.readers(), machine),
  ];
}

/** Of a camera's names only the first is its pictures; the next ones carry data about them. */
function cameras(machine: Machine): PluggedIn[] {
  return stable(machine, '/dev/v4l/by-id')
    .filter(({ name }) => name.endsWith('-video-index0'))
    .map(({ name, path, target }) => ({
      kind: 'camera',
      name: plainName(name.replace(/-video-index0$/, '')),
      ...{ target, path, isKeyboard: false },
      toml: ['[[camera]]', 'id = "ID"', 'driver = "v4l2"', `source = "${path}"`],
      mind: null,
    }));
}

function serialPorts(machine: Machine): PluggedIn[] {
  return stable(machine, '/dev/serial/by-id').map(({ name, path, target }) => ({
    kind: 'scanner',
    name: plainName(name.replace(/-if\d+(-port\d+)?$/, '')),
    ...{ target, path, isKeyboard: false },
    toml: ['[[scanner]]', 'id = "ID"', 'driver = "serial"', `path = "${path}"`],
    mind: /1a86|CH340|USB_Serial|USB2\.0-Ser/i.test(name)
      ? 'a bare serial adapter: it may as well be a relay board, [[board]] driver = "lcus"'
      : null,
  }));
}

/** What types like a keyboard: a scanner out of its box, or a keyboard. */
function keyboards(machine: Machine): PluggedIn[] {
  return stable(machine, '/dev/input/by-id')
    .filter(({ name }) => name.endsWith('-event-kbd'))
    .map(({ name, target, path }) => ({
      kind: 'scanner',
      name: plainName(name.replace(/(-if\d+)?-event-kbd$/, '')),
      ...{ target, path, isKeyboard: true },
      toml: ['[[scanner]]', 'id = "ID"', 'driver = "evdev"', `path = "${path}"`],
      mind: 'it types like a keyboard, and may be one: only a scanner belongs here',
    }));
}

function readers(seen: ReadersSeen, machine: Machine): PluggedIn[] {
  if (typeof seen === 'string') return unservedReaders(machine);
  return seen.map((name) => ({
    kind: 'reader',
    name,
    ...{ target: null, path: null, isKeyboard: false },
    toml: ['[[reader]]', 'id = "ID"', 'driver = "pcsc"', `name = "${quoted(name)}"`],
    mind: null,
  }));
}

/** Readers on USB that nobody drives: the kernel knows their class all the same. */
function unservedReaders(machine: Machine): PluggedIn[] {
  return machine
    .list(USB_DEVICES)
    .filter((name) => textOf(machine, `${name}/bInterfaceClass`) === CARD_READER_CLASS)
    .map((name) => ({
      kind: 'reader',
      name: textOf(machine, `${name.split(':')[0]}/product`) ?? 'chip-card reader',
      ...{ target: null, path: null, isKeyboard: false },
      toml: ['[[reader]]', 'id = "ID"', 'driver = "pcsc"'],
      mind: 'the card service does not run: apt install pcscd',
    }));
}

const USB_DEVICES = '/sys/bus/usb/devices';
/** USB's class of smart-card readers, as sysfs writes it. */
const CARD_READER_CLASS = '0b';

function textOf(machine: Machine, name: string): string | null {
  return machine.readText(`${USB_DEVICES}/${name}`)?.trim() ?? null;
}

function stable(machine: Machine, folder: string) {
  return machine.list(folder).map((name) => {
    const path = `${folder}/${name}`;
    return { name, path, target: machine.resolve(path) };
  });
}

/** `usb-Honeywell_Voyager_1450_1234` as people say it. */
function plainName(name: string): string {
  return name.replace(/^usb-/, '').replaceAll('_', ' ');
}

function quoted(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}
