// Prints udev rules for every device that a profile knows by its USB ids: `node udev-rules.mjs PROFILES`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ID = /^[0-9a-f]{4}$/;

/** `{vendor, product?}` of every profile in `folder`; a profile without ids gives none. */
function idsOf(folder) {
  const ids = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const { usb = [] } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return usb.map(({ vendor, product }) => {
        if (!ID.test(vendor) || (product !== undefined && !ID.test(product))) {
          throw new Error(`${join(folder, file)}: usb ids are four lower-case hexadecimal digits`);
        }
        return { vendor, product };
      });
    });
  const seen = new Map(ids.map((id) => [`${id.vendor}:${id.product ?? ''}`, id]));
  return [...seen.values()];
}

function match({ vendor, product }) {
  const model = product === undefined ? '' : `, ENV{ID_MODEL_ID}=="${product}"`;
  return `ENV{ID_VENDOR_ID}=="${vendor}"${model}`;
}

const profiles = process.argv[2];
if (profiles === undefined) {
  console.error('expected the folder of profiles: node udev-rules.mjs devices/profiles');
  process.exit(2);
}
const scanners = idsOf(join(profiles, 'scanners'));
const lines = [
  '# Made by scripts/install from devices/profiles. Names that stay: /dev/chot/KIND-PLACE, the place being the socket it is plugged into.',
  'ACTION=="remove", GOTO="chot_end"',
  '',
  '# Every serial port of a USB device: scanners, relay boards, RS-485.',
  'SUBSYSTEM=="tty", ENV{ID_BUS}=="usb", ENV{ID_PATH_TAG}!="", GROUP="chot", MODE="0660", SYMLINK+="chot/serial-$env{ID_PATH_TAG}"',
  '',
  '# Cameras, the picture and not its metadata.',
  'SUBSYSTEM=="video4linux", ENV{ID_V4L_CAPABILITIES}==":capture:", ENV{ID_PATH_TAG}!="", GROUP="chot", MODE="0660", SYMLINK+="chot/camera-$env{ID_PATH_TAG}"',
  '',
  '# Scanners that are keyboards: only the station hears them, so that nothing they send presses a key on the screen.',
  ...scanners.map(
    (id) =>
      `SUBSYSTEM=="input", KERNEL=="event*", ENV{ID_INPUT_KEYBOARD}=="1", ${match(id)}, ENV{LIBINPUT_IGNORE_DEVICE}="1", GROUP="chot", MODE="0640", SYMLINK+="chot/wedge-$env{ID_PATH_TAG}"`,
  ),
  '',
  '# A scanner of another make: add its ids to a profile in devices/profiles/scanners and run scripts/install again.',
  'LABEL="chot_end"',
];
console.log(lines.join('\n'));
