import { parseYearFirst } from './civil-date.ts';

const NAME_CHARACTERS_MAX = 100;
const PROSE_CHARACTERS_MAX = 1000;

/**
 * The form in which two spellings of a name are the same: accents folded (`đ` to `d`), and with them where the tone
 * stands (`Hòa`, `Hoà`) and whether it is composed; case and extra spaces ignored. Different names can fold alike.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

export type NameAndBirth = { readonly name: string | null; readonly birth: string | null };

/** Whether both name the same person as far as name and whole birth date can tell; unknown parts never agree. */
export function sameNameAndBirth(one: NameAndBirth, other: NameAndBirth): boolean {
  if (one.name === null || other.name === null || one.birth === null) return false;
  if (one.birth !== other.birth || parseYearFirst(one.birth) === null) return false;
  const folded = foldName(one.name);
  return folded !== '' && folded === foldName(other.name);
}

/** The name as printed, NFC, or null when it is none: Latin letters, spaces, apostrophe, hyphen and full stop only. */
export function cleanName(text: string): string | null {
  const name = text.normalize('NFC').trim();
  if (name.length > NAME_CHARACTERS_MAX) return null;
  return /^[\p{Script=Latin}\p{M}'’ .-]+$/u.test(name) && /\p{L}/u.test(name) ? name : null;
}

/** Address text, NFC, or null when empty or holding control, direction-changing, private or lost characters. */
export function cleanProse(text: string): string | null {
  const prose = text.normalize('NFC').trim();
  if (prose === '' || prose.length > PROSE_CHARACTERS_MAX) return null;
  return /[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(prose) ? null : prose;
}
