import type { Context } from './context.ts';
import { type PluggedIn, pluggedIn } from './plugged-in.ts';
import { wrapped } from './wrap.ts';

/** For somebody who has a bare machine before him: what to plug in and how, and what to type then. 80 columns. */
export async function gettingStarted(context: Context): Promise<readonly string[]> {
  const there = await pluggedIn(context);
  const file = usualFile(context);
  return [
    'How this machine becomes a station',
    '',
    '1  See a whole gate first, with no hardware at all:',
    '     chot demo',
    '',
    '2  Plug in what the lane is to have. A camera is enough to begin with.',
    '   After each, run chot doctor again: it is listed here once it is seen.',
    ...DEVICES.flatMap(deviceLines),
    '',
    ...plugged(there),
    '',
    '3  Make the key that records are sealed to. hub.pem, its private half, opens',
    '   them: keep it on a stick elsewhere. The printed line goes into step 4.',
    '   A station that a hub takes in (chot enrol) needs no such key.',
    '     chot journal recipient hub-1 hub.pem',
    '',
    `4  Write ${file} (every key: docs/operations.md):`,
    '',
    ...skeleton(there).map((line) => (line === '' ? '' : `     ${line}`)),
    '',
    '5  Look again, start it, and open its screen in the browser of this machine:',
    `     chot doctor --config ${file}`,
    `     chot station --config ${file}`,
    `     http://127.0.0.1:8080/enter?token=TOKEN`,
    `   TOKEN is in ${context.dataDir}/run/kiosk.token, new at every start.`,
    '   To have all of this at every boot, as a user of its own: sudo scripts/install',
    '',
    'In a checkout of the source, chot is: npx --no-install chot',
  ];
}

type Device = { readonly what: string; readonly how: string };

const DEVICES: readonly Device[] = [
  {
    what: 'camera',
    how:
      'any USB camera that needs no driver (UVC), straight into a USB port of ' +
      'this machine: /dev/v4l/by-id/usb-...-video-index0. Or a network camera, ' +
      'rtsp://ADDRESS/..., on a cable of its own. How to fit it, with which ' +
      'light: docs/mounting.md.',
  },
  {
    what: 'scanner',
    how:
      'a QR hand scanner on USB, set to "USB-CDC" or "virtual COM port" by a ' +
      'code to scan: /dev/serial/by-id/usb-... To print those codes: ' +
      'chot doctor --setup scanner --out scanner.html. As it comes out of the ' +
      'box it types like a keyboard: /dev/input/by-id/usb-...-event-kbd.',
  },
  {
    what: 'reader',
    how:
      'a contactless PC/SC reader for chip cards, on USB. It needs the card ' +
      'service (apt install pcscd); then chot card list names it.',
  },
  {
    what: 'barrier',
    how:
      'a relay board on USB (/dev/serial/by-id/usb-...), or Modbus on RS-485 ' +
      'or a network cable of its own: docs/devices.md. Without one, staff open ' +
      'by hand.',
  },
  {
    what: 'screen',
    how: 'a touch screen, or the browser of this machine.',
  },
];

const WIDTH = 80;
const INDENT = 14;

function deviceLines({ what, how }: Device): string[] {
  return wrapped(how, WIDTH - INDENT).map(
    (line, at) => `     ${(at === 0 ? what : '').padEnd(INDENT - 5)}${line}`,
  );
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
