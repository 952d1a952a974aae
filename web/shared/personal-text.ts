/** Marks in a row on one letter; Vietnamese needs two, more only serve to smear over other lines. */
const MARKS_MAX = 3;
const SMEARED = new RegExp(`(\\p{M}{${MARKS_MAX}})\\p{M}+`, 'gu');
/** Control, format (bidi overrides, zero width, tags), line separators, private use, lone surrogates, unassigned. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]+/gu;

/**
 * A value from somebody's paper, made fit for a screen: what cannot be seen shows as `�`, white space is one blank, and
 * at most `charsMax` characters are left. The element around it isolates its direction.
 */
export function displayable(value: string, charsMax: number): string {
  // Cut first: the patterns then run over a bounded text.
  const visible = value
    .slice(0, charsMax * 4)
    .replace(/\s+/g, ' ')
    .replace(INVISIBLE, '�')
    .replace(SMEARED, '$1')
    .trim();
  const characters = [...visible];
  return characters.length <= charsMax ? visible : `${characters.slice(0, charsMax - 1).join('')}…`;
}
