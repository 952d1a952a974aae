import { CCCD } from '../cccd-qr.ts';
import { decodeUtf8 } from '../payload-text.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { ACCENTED_LETTERS } from './vietnamese.ts';

type Profile = 'utf8-as-big5' | 'utf8-as-shift-jis';

/** A byte that did not come through; no UTF-8 holds it. */
const GONE = 0xff;

/** Chinese or Japanese signs, or the private ones that some decoders put for what they do not know. */
const FOREIGN =
  /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}\u3000-\u303F\uE000-\uF8FF\uFF61-\uFF9F]/u;

/**
 * UTF-8 taken for Big5 or Shift-JIS, where two bytes make a sign and a separator can be the second. Bytes that the
 * decoder gave up are gone; fields without any are restored whole, and separators with them.
 */
export function mendDoubleByte(before: Reading): Reading | null {
  if (!FOREIGN.test(before.text)) return null;
  const readings = (['utf8-as-big5', 'utf8-as-shift-jis'] as const)
    .map((profile) => ({ profile, ...restore(bytesOf(before.text, tableOf(profile))) }))
    .sort((one, other) => other.letters - one.letters);
  const [best, second] = readings;
  if (best === undefined || best.letters === 0 || best.letters === second?.letters) return null;
  const text = restoreSeparators(best.fields).join('|');
  const repaired = repairedAs(best.profile, text, before);
  return text.includes(LOST) ? damagedAs(best.profile, repaired, false) : repaired;
}

/** Splits bytes, not text: only then do separators stand where they stood. A field with a gap keeps what is certain. */
function restore(bytes: Uint8Array): { fields: string[]; letters: number } {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== 0x7c) continue;
    fields.push(fieldText(bytes.subarray(start, at)));
    start = at + 1;
  }
  const letters = [...fields.join('')].filter((letter) => ACCENTED_LETTERS.has(letter)).length;
  return { fields, letters };
}

function fieldText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? new TextDecoder().decode(bytes).replace(/\uFFFD+/g, LOST);
}

/**
 * Some decoders drop a separator together with a byte. Where the field then starts with a gap and ends like a date, or
 * starts like a sex, the place of the separator is certain, because names hold no digits.
 */
function restoreSeparators(fields: readonly string[]): string[] {
  const restored = [...fields];
  const name = /^([^0-9]*\uFFFD)([0-9]{8})$/.exec(restored[CCCD.name] ?? '');
  if (name !== null) restored.splice(CCCD.name, 1, name[1] ?? '', name[2] ?? '');
  const sex = /^(N\uFFFD)(.+)$/s.exec(restored[CCCD.sex] ?? '');
  if (sex !== null) restored.splice(CCCD.sex, 1, sex[1] ?? '', LOST);
  const residence = /^(.*\uFFFD)([0-9]{8})$/s.exec(restored[CCCD.residence] ?? '');
  if (residence !== null) restored.splice(CCCD.residence, 1, LOST, residence[2] ?? '');
  return restored;
}

type Table = ReadonlyMap<string, readonly number[]>;

function bytesOf(text: string, table: Table): Uint8Array {
  const bytes: number[] = [];
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? GONE;
    if (code < 0x80) bytes.push(code);
    else bytes.push(...(table.get(sign) ?? [GONE]));
  }
  return Uint8Array.from(bytes);
}

const tables = new Map<Profile, Table>();

/** Bytes by sign, made from the platform's own decoder when first needed. */
function tableOf(profile: Profile): Table {
  const ready = tables.get(profile);
  if (ready !== undefined) return ready;
  const table = profile === 'utf8-as-big5' ? invert('big5') : invert('shift_jis');
  for (const [sign, bytes] of profile === 'utf8-as-big5' ? BIG5_VARIANTS : SHIFT_JIS_VARIANTS) {
    if (!table.has(sign)) table.set(sign, bytes);
  }
  tables.set(profile, table);
  return table;
}

function invert(charset: 'big5' | 'shift_jis'): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(charset);
  for (let lead = 0x80; lead <= 0xfe; lead += 1) {
    const single = decoder.decode(Uint8Array.of(lead));
    if (single.length === 1 && single !== LOST) table.set(single, [lead]);
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const sign = decoder.decode(Uint8Array.of(lead, trail));
      const alone = [...sign].length === 1 && sign !== LOST;
      if (alone && (!table.has(sign) || occursInUtf8(lead, trail))) table.set(sign, [lead, trail]);
    }
  }
  return table;
}

/** Whether two bytes can follow each other in UTF-8 Vietnamese: two codes of one sign are told apart by it. */
function occursInUtf8(first: number, second: number): boolean {
  const continues = second >= 0x80 && second <= 0xbf;
  if (first >= 0xc3) return continues && first <= 0xe1;
  return continues ? first === 0xba || first === 0xbb : second < 0x80 || second >= 0xc3;
}

/** Where other decoders (Unicode's BIG5.TXT and SHIFTJIS.TXT, code page 950) show another sign for the same bytes. */
const BIG5_VARIANTS: readonly (readonly [string, readonly number[]])[] = [
  ['•', [0xa1, 0x45]],
  ['､', [0xa1, 0x4e]],
  ['／', [0xa2, 0x41]],
  ['＼', [0xa2, 0x42]],
  ['¥', [0xa2, 0x44]],
  ['¢', [0xa2, 0x46]],
  ['£', [0xa2, 0x47]],
  ['ヾ', [0xc6, 0xa1]],
  ['か', [0xc6, 0xaf]],
  ['が', [0xc6, 0xb0]],
];

const SHIFT_JIS_VARIANTS: readonly (readonly [string, readonly number[]])[] = [
  ['〜', [0x81, 0x60]],
  ['‖', [0x81, 0x61]],
  ['−', [0x81, 0x7c]],
];
