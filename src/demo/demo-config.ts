import type { ReaderConfig } from '../station/config-schema.ts';
import { DEMO_WIRING } from './demo-board.ts';

/** 36 s: the shortest there is. */
const AGEING_H = 0.01;
const SCANNER = 'scanner';

export type DemoPorts = { readonly scanner: string | null; readonly board: string | null };

/** The demo station's configuration as an operator would write it: the demo goes the same way as a real gate. */
export function demoConfigText(parts: {
  /** Null at a station of a hub, which then has its address. */
  readonly sealTo: string | null;
  readonly hubUrl: string | null;
  readonly port: number;
  readonly camera: { readonly driver: 'rtsp' | 'file' | 'mjpeg'; readonly source: string };
  readonly reader: ReaderConfig | null;
  readonly ports: DemoPorts;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerS: number;
}): string {
  const { sealTo, hubUrl, port, camera, reader, ports, widthPx, heightPx, framesPerS } = parts;
  const ageingH = hubUrl === null ? 24 : AGEING_H;
  const devices = [
    'camera',
    ...(reader === null ? [] : [reader.id]),
    ...(ports.scanner === null ? [] : [SCANNER]),
    ...['barrier', 'light'],
  ];
  return `# Made by chot demo.
[station]
id = "demo"
name = "Chốt mẫu"
officersFile = "officers.toml"
healthPhone = "000 000 0000"

[http]
port = ${port}

${hubUrl === null ? '' : `[hub]\nurl = ${quoted(hubUrl)}\n\n`}[journal]
${sealTo === null ? '' : `sealTo = ${quoted(sealTo)}\n`}retentionDays = 21

[notice]
legalBasis = "Quyết định mẫu, chỉ để trình diễn"
phone = "000 000 0000"

[policy]
# The film begins again after two minutes or so; only the guest labelled so comes back within this.
repeatS = 30
registers = ["f0", "f1"]
# With a hub that confirms them every few seconds, lists are old soon once the line is cut.
ageingH = { f0 = ${ageingH}, f1 = ${ageingH} }
expiredH = { f0 = 168, f1 = 168 }

[[camera]]
id = "camera"
driver = "${camera.driver}"
source = ${quoted(camera.source)}
loop = ${camera.driver === 'file'}
widthPx = ${widthPx}
heightPx = ${heightPx}
framesPerS = ${framesPerS}

${reader === null ? '' : readerText(reader)}${ports.scanner === null ? '' : scannerText(ports.scanner)}${ports.board === null ? IN_MEMORY : boardText(ports.board)}
[[lane]]
id = "lane-1"
name = "Làn 1"
direction = "in"
operation = "${ports.board === null ? 'assisted' : 'automatic'}"
clear = "next"
devices = [${devices.map(quoted).join(', ')}]
`;
}

function readerText({ id, driver, name }: ReaderConfig): string {
  const named = name === undefined ? '' : `name = ${quoted(name)}\n`;
  return `[[reader]]\nid = ${quoted(id)}\ndriver = ${quoted(driver)}\n${named}\n`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function scannerText(path: string): string {
  return `[[scanner]]
id = "${SCANNER}"
driver = "serial"
path = ${quoted(path)}
baud = 9600

`;
}

const IN_MEMORY = `[[barrier]]
id = "barrier"
driver = "sim"

[[signal]]
id = "light"
driver = "sim"
`;

function boardText(path: string): string {
  const { profile, outputs, inputs } = DEMO_WIRING;
  const { open, green, red, buzzer } = outputs;
  const { limitOpen, limitClosed, emergency } = inputs;
  return `[[board]]
id = "board"
driver = "modbus-rtu"
path = ${quoted(path)}
profile = "${profile}"

[[barrier]]
id = "barrier"
driver = "relay"
board = "board"
open = ${open}
inputs = { limitOpen = ${limitOpen}, limitClosed = ${limitClosed}, emergency = ${emergency} }

[[signal]]
id = "light"
driver = "relay"
board = "board"
green = ${green}
red = ${red}
buzzer = ${buzzer}
`;
}
