import { type Reading, repairedAs } from '../reading.ts';

/** The same keys on a US keyboard and on a French one, row by row, alone and with Shift. */
const ROWS: readonly (readonly [us: string, french: string])[] = [
  ['1234567890-=', '&é"\'(-è_çà)='],
  ['!@#$%^&*()_+', '1234567890°+'],
  ['qwertyuiop]', 'azertyuiop$'],
  ['QWERTYUIOP}', 'AZERTYUIOP£'],
  ["asdfghjkl;'\\", 'qsdfghjklmù*'],
  ['ASDFGHJKL:"|', 'QSDFGHJKLM%µ'],
  ['zxcvbnm,./', 'wxcvbn,;:!'],
  ['ZXCVBNM<>?', 'WXCVBN?./§'],
  [' ', ' '],
];
const US_OF_FRENCH: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap(([us, french]) => [...french].map((sign, index) => [sign, us[index] ?? sign])),
);

/** A number typed on the digit row without Shift, alone or before the separator. */
const NUMBER = /^[&é"'(\-è_çà]{12}(?:µ|$)/;

/**
 * A scanner that types for a US keyboard, on a machine set to a French one. Each sign is one key, so that all of it comes back;
 * letters that no key has were lost before, which is for others to find. Null for any other text.
 */
export function mendFrenchLayout(before: Reading): Reading | null {
  const text = before.text.normalize('NFC');
  if (!NUMBER.test(text)) return null;
  const typed = [...text].map((sign) => US_OF_FRENCH.get(sign));
  if (typed.includes(undefined)) return null;
  return repairedAs('french-layout', typed.join(''), before);
}
