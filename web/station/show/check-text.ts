import { isTextKey, type Translate } from '../../texts/texts.ts';
import { registerName } from './register-names.ts';

const CODE_CHARS_MAX = 48;

/** Codes that carry a name at their end: a register's, or how a text was damaged. */
const FAMILIES = [
  { prefix: 'register.', key: 'check.register', name: 'register', shown: registerName },
  { prefix: 'text.repaired.', key: 'check.text.repaired', name: 'profile', shown: asIs },
  { prefix: 'text.damaged.', key: 'check.text.damaged', name: 'profile', shown: asIs },
  { prefix: 'group.', key: 'check.group', name: 'group', shown: groupName },
] as const;

/** Where an EF.SOD that was not understood broke: `sod.group`, `tlv.truncated`. Kept whole, for support. */
const SOD_PROBLEMS = ['sod.', 'lds.', 'cms.', 'ber.', 'tlv.', 'der.', 'file.', 'sm.', 'apdu.'];

/** Words for one sub-check; a code without any is shown itself. */
export function checkText(code: string, t: Translate): string {
  const key = `check.${code}`;
  if (isTextKey(key)) return t(key);
  const family = FAMILIES.find(({ prefix }) => code.startsWith(prefix));
  if (family === undefined) {
    const broken = SOD_PROBLEMS.some((prefix) => code.startsWith(prefix));
    return t(broken ? 'check.sod.form' : 'check.unknown', { code: asIs(code) });
  }
  return t(family.key, { [family.name]: family.shown(code.slice(family.prefix.length)) });
}

/** As ICAO names them: DG13. */
function groupName(number: string): string {
  return `DG${asIs(number)}`;
}

function asIs(name: string): string {
  return name.slice(0, CODE_CHARS_MAX);
}
