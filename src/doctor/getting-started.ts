import type { Context } from './context.ts';
import { type PluggedIn, pluggedIn } from './plugged-in.ts';

/** For somebody who has a bare machine before him: what to plug in and how, and what to type then. */
export async function gettingStarted(context: Context): Promise<readonly string[]> {
  const there = await pluggedIn(context);
  return [
    'How this machine becomes a station',
    '',
    '1  See a whole gate first, without any hardware:  chot demo',
    '',
    '2  Plug in what the lane is to have. A camera is enough to begin with; after each, run chot doctor again.',
    ...DEVICES.flatMap(deviceLines),
    '',
    ...plugged(there),
    '',
    '3  Make a key for the journal, whose private half does not stay here:  chot journal recipient hub-1 hub.pem',
    '   It prints the line for sealTo. A station that a hub takes in (chot enrol) does not need it.',
    '',
    `4  Write ${usualFile(context)} (every key: docs/operations.md, "Configuration"):`,
    '',
    ...skeleton(there).map((line) => (line === '' ? '' : `     ${line}`)),
    '',
    `5  Look again, then start:  chot doctor --config ${usualFile(context)}`,
    `                            chot station --config ${usualFile(context)}`,
    '   To have it start at every boot, as a user of its own:  sudo scripts/install',
  ];
}

type Device = { readonly what: string; readonly how: readonly string[] };

const DEVICES: readonly Device[] = [
  {
    what: 'camera',
    how: [
      'any USB camera that needs no driver (UVC): it appears in /dev/v4l/by-id.',
      'Or a network camera: rtsp://ADDRESS/... on a cable of its own.',
      'Where to fit it, how high, with which light: docs/mounting.md.',
    ],
  },
  {
    what: 'scanner',
    how: [
      'a QR hand scanner on USB, set to "USB-CDC" or "virtual COM port" by a code in its',
      'manual: it appears in /dev/serial/by-id. What to scan: chot doctor --setup scanner.',
      'As it comes out of the box it types like a keyboard: /dev/input/by-id/...-event-kbd.',
    ],
  },
  {
    what: 'reader',
    how: [
      'a contactless PC/SC reader for chip cards: apt install pcscd, plug it in;',
      'chot card list names it.',
    ],
  },
  {
    what: 'barrier',
    how: [
      'a relay board on USB, or Modbus on RS-485 or a network cable of its own:',
      'docs/devices.md. Without one, staff open by hand.',
    ],
  },
  {
    what: 'screen',
    how: ['a touch screen, or any browser on this machine.'],
  },
];

function deviceLines({ what, how }: Device): string[] {
  return how.map((line, at) => `     ${(at === 0 ? what : '').padEnd(9)}${line}`);
}

function plugged(there: readonly PluggedIn[]): string[] {
  if (there.length === 0) return ['   Plugged in now: nothing of this.'];
  return [
    '   Plugged in now:',
    ...there.map(
      ({ kind, name, mind }) => `     ${kind.padEnd(9)}${name}${mind === null ? '' : ` (${mind})`}`,
    ),
  ];
}

function usualFile({ configState }: Context): string {
  return configState.kind === 'none' ? configState.usual : 'station.toml';
}

/** A whole configuration of what is there, to be pasted; keyboards are left to whoever knows whether they are scanners. */
function skeleton(there: readonly PluggedIn[]): readonly string[] {
  const counts = new Map<string, number>();
  const devices = there
    .filter(({ isKeyboard }) => !isKeyboard)
    .map(({ kind, toml }) => {
      const number = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, number);
      const id = `${kind}-${number}`;
      return { id, lines: toml.map((line) => line.replace('"ID"', `"${id}"`)) };
    });
  const ids = devices.map(({ id }) => `"${id}"`).join(', ');
  return [
    '[station]',
    'id = "gate-1"',
    'name = "Chốt 1"',
    '',
    '[journal]',
    'sealTo = "SEAL_TO"              # the line that step 3 printed',
    ...devices.flatMap(({ lines }) => ['', ...lines]),
    '',
    '[[lane]]',
    'id = "lane-1"',
    'name = "Làn 1"',
    'operation = "assisted"          # staff open by hand',
    `devices = [${ids}]`,
  ];
}
