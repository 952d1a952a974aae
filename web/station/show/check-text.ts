import { isTextKey, type Translate } from '../../texts/texts.ts';
import { registerName } from './register-names.ts';

const CODE_CHARS_MAX = 48;

/** Codes that carry a name at their end: a register's, or how a text was damaged. */
const FAMILIES = [
  { prefix: 'register.', key: 'check.register', name: 'register', shown: registerName },
  { prefix: 'text.repaired.', key: 'check.text.repaired', name: 'profile', shown: asIs },
  { prefix: 'text.damaged.', key: 'check.text.damaged', name: 'profile', shown: asIs },
] as const;

/** Words for one sub-check; a code without any is shown itself. */
export function checkText(code: string, t: Translate): string {
  const key = `check.${code}`;
  if (isTextKey(key)) return t(key);
  const family = FAMILIES.find(({ prefix }) => code.startsWith(prefix));
  if (family === undefined) return t('check.unknown', { code: code.slice(0, CODE_CHARS_MAX) });
  return t(family.key, { [family.name]: family.shown(code.slice(family.prefix.length)) });
}

function asIs(name: string): string {
  return name.slice(0, CODE_CHARS_MAX);
}
