import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names, from `folder` on, of the files below it that hold these bytes, as they are or written in hexadecimal or base64. */
export function filesHolding(folder: string, bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  const forms = [
    buffer,
    ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(buffer.toString(form))),
  ];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    if (!statSync(path).isFile()) return false;
    const content = readFileSync(path);
    return forms.some((form) => content.includes(form));
  });
}
