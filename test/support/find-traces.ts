import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that must not be found, and where its disguises come from. */
export type Planted = Readonly<Record<string, string>>;

type Needle = { readonly name: string; readonly bytes: Buffer };

/** Shorter is found by chance in what is encrypted. */
const NEEDLE_BYTES_MIN = 6;

/** Every disguise of every planted value that a log, a dump or a database could hold it in. */
export function disguises(planted: Planted): readonly Needle[] {
  const needles = Object.entries(planted).flatMap(([what, value]) =>
    spellings(value).flatMap(([spelling, text]) =>
      encodings(text).map(([encoding, bytes]) => ({
        name: `${what} ${spelling} ${encoding}`,
        bytes,
      })),
    ),
  );
  const seen = new Set<string>();
  return needles.filter(({ bytes }) => {
    const key = bytes.toString('latin1');
    if (bytes.length < NEEDLE_BYTES_MIN || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Of keys and pieces of files: as they are, and as a log or JSON would spell bytes. */
export function byteDisguises(planted: Readonly<Record<string, Uint8Array>>): readonly Needle[] {
  return Object.entries(planted).flatMap(([what, value]) => {
    const bytes = Buffer.from(value);
    const list = [...bytes].join(',');
    return [
      { name: `${what} raw`, bytes },
      { name: `${what} list`, bytes: Buffer.from(list) },
      { name: `${what} spaced list`, bytes: Buffer.from(list.replaceAll(',', ', ')) },
      { name: `${what} spaced hex`, bytes: Buffer.from(spacedHex(bytes)) },
      ...encodings(bytes.toString('latin1'), bytes)
        .filter(([encoding]) => /^(base64|hex)/i.test(encoding))
        .map(([encoding, found]) => ({ name: `${what} ${encoding}`, bytes: found })),
    ];
  });
}

function spacedHex(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$& ');
}

/** Names of the needles found in `bytes`. */
export function tracesIn(bytes: Uint8Array, needles: readonly Needle[]): string[] {
  return tracesBy(bytes, byHead(needles));
}

/** As `<file>: <needle>`: in every file under `folder`, contents and name. */
export function tracesUnder(folder: string, needles: readonly Needle[]): string[] {
  const heads = byHead(needles);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const inName = tracesBy(Buffer.from(name), heads);
    const path = join(folder, name);
    const inside = lstatSync(path).isFile() ? tracesBy(readFileSync(path), heads) : [];
    return [...inName, ...inside].map((needle) => `${name}: ${needle}`);
  });
}

type Heads = ReadonlyMap<number, readonly Needle[]>;

/** By the first four bytes, so that one look at each place of what is searched does for all needles. */
function byHead(needles: readonly Needle[]): Heads {
  const heads = new Map<number, Needle[]>();
  for (const needle of needles) {
    const head = needle.bytes.readUInt32BE(0);
    const others = heads.get(head);
    if (others === undefined) heads.set(head, [needle]);
    else others.push(needle);
  }
  return heads;
}

function tracesBy(bytes: Uint8Array, heads: Heads): string[] {
  const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Set<string>();
  let head = 0;
  for (let end = 0; end < hay.length; end++) {
    head = ((head << 8) | (hay[end] ?? 0)) >>> 0;
    const needles = end < 3 ? undefined : heads.get(head);
    if (needles === undefined) continue;
    const start = end - 3;
    for (const { name, bytes: wanted } of needles) {
      const is = hay.subarray(start, start + wanted.length).equals(wanted);
      if (is) found.add(name);
    }
  }
  return [...found];
}

function spellings(value: string): readonly (readonly [string, string])[] {
  const digits = /^\d+$/.test(value);
  if (digits) {
    return [
      ['whole', value],
      ['last 9', value.slice(-9)],
      ['last 6', value.slice(-6)],
    ];
  }
  const folded = value
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D');
  return [
    ['NFC', value.normalize('NFC')],
    ['NFD', value.normalize('NFD')],
    ['lower', value.normalize('NFC').toLowerCase()],
    ['upper', value.normalize('NFC').toUpperCase()],
    ['folded', folded],
    ['folded lower', folded.toLowerCase()],
    ['folded upper', folded.toUpperCase()],
  ];
}

function encodings(
  text: string,
  utf8 = Buffer.from(text, 'utf8'),
): readonly (readonly [string, Buffer])[] {
  const utf16 = Buffer.from(text, 'utf16le');
  const escaped = [...Array(text.length).keys()].map((index) => text.charCodeAt(index));
  const unicode = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
  const ascii = (wanted: string): Buffer => Buffer.from(wanted, 'latin1');
  return [
    ['plain', utf8],
    ['UTF-16LE', utf16],
    ['UTF-16BE', Buffer.from(utf16).swap16()],
    ...[0, 1, 2].map((shift) => [`base64+${shift}`, ascii(base64At(utf8, shift))] as const),
    ...[0, 1, 2].map(
      (shift) => [`base64url+${shift}`, ascii(urlSafe(base64At(utf8, shift)))] as const,
    ),
    ['hex', ascii(utf8.toString('hex'))],
    ['HEX', ascii(utf8.toString('hex').toUpperCase())],
    ['\\u all', ascii(escaped.map(unicode).join(''))],
    [
      '\\u non-ASCII',
      ascii(escaped.map((c) => (c < 128 ? String.fromCharCode(c) : unicode(c))).join('')),
    ],
    ['percent', ascii(encodeURIComponent(text))],
    [
      'percent all',
      ascii(
        [...utf8].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
      ),
    ],
  ];
}

/** The characters of base64 that are the same whatever stands around, when `shift` bytes came before. */
function base64At(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const bits = (shift + bytes.length) * 8;
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
