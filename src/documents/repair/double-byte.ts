import { CCCD, cccdFields } from '../cccd-qr.ts';
import { decodeUtf8 } from '../payload-text.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { GONE } from './code-page.ts';
import { ACCENTED_LETTERS, isSyllable } from './vietnamese.ts';

const CHARSETS = {
  'utf8-as-big5': 'big5',
  'utf8-as-shift-jis': 'shift_jis',
  'utf8-as-gbk': 'gbk',
  'utf8-as-euc-kr': 'euc-kr',
} as const;

type Profile = keyof typeof CHARSETS;
const PROFILES = Object.keys(CHARSETS) as Profile[];

/** Chinese or Japanese signs, or the private ones that some decoders put for what they do not know. */
const FOREIGN =
  /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}\u3000-\u303F\uE000-\uF8FF\uFF61-\uFF9F]/u;

/**
 * UTF-8 taken for Big5, Shift-JIS or a cousin, where two bytes make a sign and a separator can be the second. Bytes that the
 * decoder gave up are gone; fields without any are restored whole, and separators with them.
 */
export function mendDoubleByte(before: Reading): Reading | null {
  if (!FOREIGN.test(before.text)) return null;
  const readings = PROFILES.map((profile) => ({
    profile,
    ...restore(bytesOf(before.text, tableOf(profile))),
  })).sort((one, other) => other.letters - one.letters);
  const [best, second] = readings;
  if (best === undefined || best.letters === 0 || best.letters === second?.letters) return null;
  const text = restoreSeparators(best.fields).join('|');
  const repaired = repairedAs(best.profile, text, before);
  const marked = /[\uFFFD?]/.test(before.text);
  if (text.includes(LOST)) return damagedAs(best.profile, repaired, !marked);
  return marked || isWhole(best.fields[CCCD.name] ?? '')
    ? repaired
    : damagedAs(best.profile, repaired);
}

/**
 * Foreign signs or gaps that no charset explains: they are gone, with the letters they were, and the fields between them
 * stand. Null for a text that is no card.
 */
export function markForeign(before: Reading): Reading | null {
  const marked = before.text.replace(new RegExp(`(?:${FOREIGN.source}|${LOST})+`, 'gu'), LOST);
  if (!marked.includes(LOST)) return null;
  const text = restoreSeparators(marked.split('|')).join('|');
  return cccdFields(text) === null ? null : damagedAs('unknown', { ...before, text });
}

/**
 * A decoder that leaves no mark where it gave up may have given up anywhere. If nothing shows that it did, a name of
 * whole syllables is taken as it is.
 */
function isWhole(name: string): boolean {
  return name.split(' ').every((word) => {
    const small = word.toLowerCase();
    return word.charAt(0) !== small.charAt(0) && isSyllable(small);
  });
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
  const table = invert(CHARSETS[profile]);
  for (const [sign, bytes] of VARIANTS[profile] ?? []) {
    if (!table.has(sign)) table.set(sign, bytes);
  }
  tables.set(profile, table);
  return table;
}

function invert(charset: string): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(charset);
  const add = (sign: string, bytes: readonly number[]): void => {
    if (sign !== LOST && [...sign].length === 1) table.set(sign, bytes);
  };
  for (let lead = 0x80; lead <= BYTE_MAX; lead += 1) {
    add(decoder.decode(Uint8Array.of(lead)), [lead]);
    const trails = TRAILS.filter((trail) => occursInUtf8(lead, trail));
    // One call a lead, a line a pair: a thousand calls would hold the lane up for a tenth of a second.
    const lines = decoder.decode(Uint8Array.from(trails.flatMap((trail) => [lead, trail, 0x0a])));
    for (const [index, sign] of lines.split('\n').entries()) {
      const trail = trails[index];
      if (trail !== undefined) add(sign, [lead, trail]);
    }
  }
  return table;
}

/** The highest byte of Vietnamese in UTF-8: the lead of three-byte letters. */
const BYTE_MAX = 0xe1;
const TRAILS = Array.from({ length: BYTE_MAX - 0x3f }, (_, index) => 0x40 + index);

/** Whether two bytes can follow each other in UTF-8 Vietnamese; signs for other pairs cannot come from it. */
function occursInUtf8(first: number, second: number): boolean {
  const continues = second >= 0x80 && second <= 0xbf;
  if (first >= 0xc3) return continues;
  // Only BA and BB are followed by a third byte.
  return continues ? first === 0xba || first === 0xbb : second < 0x80 || second >= 0xc3;
}

type Variants = readonly (readonly [string, readonly number[]])[];

/** Where other decoders (Unicode's BIG5.TXT and SHIFTJIS.TXT, code page 950) show another sign for the same bytes. */
const VARIANTS: Partial<Record<Profile, Variants>> = {
  'utf8-as-big5': [
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
  ],
  'utf8-as-shift-jis': [
    ['〜', [0x81, 0x60]],
    ['‖', [0x81, 0x61]],
    ['−', [0x81, 0x7c]],
  ],
};
