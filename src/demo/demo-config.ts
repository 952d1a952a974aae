import type { ReaderConfig } from '../station/config-schema.ts';

/** The demo station's configuration as an operator would write it: the demo goes the same way as a real gate. */
export function demoConfigText(parts: {
  readonly sealTo: string;
  readonly port: number;
  readonly camera: { readonly driver: 'rtsp' | 'file'; readonly source: string };
  readonly reader: ReaderConfig | null;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerS: number;
}): string {
  const { sealTo, port, camera, reader, widthPx, heightPx, framesPerS } = parts;
  const devices = ['camera', ...(reader === null ? [] : [reader.id]), 'barrier', 'light'];
  return `# Made by chot demo.
[station]
id = "demo"
name = "Chốt mẫu"
officersFile = "officers.toml"
healthPhone = "000 000 0000"

[http]
port = ${port}

[journal]
sealTo = ${quoted(sealTo)}
retentionDays = 21

[notice]
legalBasis = "Quyết định mẫu, chỉ để trình diễn"
phone = "000 000 0000"

[policy]
# The film begins again after two minutes or so; only the guest labelled so comes back within this.
repeatS = 30
registers = ["f0", "f1"]
ageingH = { f0 = 24, f1 = 24 }
expiredH = { f0 = 168, f1 = 168 }

[[camera]]
id = "camera"
driver = "${camera.driver}"
source = ${quoted(camera.source)}
loop = ${camera.driver === 'file'}
widthPx = ${widthPx}
heightPx = ${heightPx}
framesPerS = ${framesPerS}

${reader === null ? '' : readerText(reader)}[[barrier]]
id = "barrier"
driver = "sim"

[[signal]]
id = "light"
driver = "sim"

[[lane]]
id = "lane-1"
name = "Làn 1"
direction = "in"
operation = "assisted"
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
