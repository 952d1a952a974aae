import type { CardView } from '../../../src/station/http/card-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { age, clockTime, dayAndMonth, isoToDate, isoToDayAndMonth } from '../../shared/dates.ts';
import { displayable } from '../../shared/personal-text.ts';
import { isTextKey, type Params, type TextKey, type Translate } from '../../texts/texts.ts';
import { explainNumber } from '../input/typed-number.ts';
import type { ProofLook } from './proof.ts';
import { inState, namesOf, oldestAsOf, oldestMs, registerName } from './register-names.ts';

export type Sentences = { readonly why: readonly string[]; readonly action: string };

/** What sentences rest on besides the passage. */
export type Background = {
  readonly nowMs: number;
  readonly proof: ProofLook;
  /** This person's card, while it lies on the reader. */
  readonly card: CardView | null;
};

const EXPIRY = 'expires.not-past';
const SOURCE_CHARS_MAX = 40;
const CODE_CHARS_MAX = 60;

/** Why the verdict is what it is, worst first, and the one thing to do about the worst. Names only registers looked up. */
export function sentencesOf(passage: PassageView, background: Background, t: Translate): Sentences {
  const worst = passage.reasons[0];
  const why = passage.reasons.map((reason) => whyOf(reason, passage, background, t));
  if (worst === undefined) return clearSentences(passage, background, t);
  const asked = worst.code === 'chip.required' && background.card?.stage === 'reading';
  const action = t(asked ? 'card.reading.do' : wordsOf('do', worst.code, passage));
  if (passage.verdict !== 'pass' || worst.code === 'register.ageing') return { why, action };
  // A note on a pass: what was found on the lists still comes first.
  const clear = clearSentences(passage, background, t);
  return { why: [...clear.why, ...why], action };
}

function clearSentences(
  passage: PassageView,
  { nowMs, proof, card }: Background,
  t: Translate,
): Sentences {
  const found = lookedUp(passage, nowMs, t);
  if (proof === 'genuine') {
    // Without the photograph on the screen, and none coming, there is the printed one.
    const shown = card !== null && (card.photo !== null || card.photoPending);
    const action = t(shown ? 'do.pass.chip' : 'card.photo.instead');
    return { why: [`${t('why.pass.chip')} ${found}`], action };
  }
  if (passage.source !== 'typed') return { why: [found], action: t('do.pass') };
  return { why: [...typedSentence(passage, t), found], action: t('do.pass.typed') };
}

function lookedUp({ registers }: PassageView, nowMs: number, t: Translate): string {
  const asked = inState(registers, 'fresh', 'ageing');
  if (asked.length === 0) return t('why.pass.none');
  const when = oldestAsOf(asked, nowMs);
  const names = namesOf(asked, t);
  return when === null
    ? t('why.pass.undated', { registers: names })
    : t('why.pass', { registers: names, asOf: when });
}

function typedSentence({ subject }: PassageView, t: Translate): string[] {
  if (subject.number === null) return [];
  const explained = explainedText(subject.number, t);
  return explained === '' ? [] : [t('why.typed', { explained })];
}

/** `Nam, 2000, Hà Nội`. */
export function explainedText(number: string, t: Translate, separator = ', '): string {
  const { sex, birthYear, province, provinceUnlisted, test } = explainNumber(number);
  if (test) return t('keypad.test');
  return [
    sex === null ? [] : t(`sex.${sex}`),
    birthYear ?? [],
    province ?? (provinceUnlisted ? t('keypad.unknown-place') : []),
  ]
    .flat()
    .join(separator);
}

function whyOf(
  { code, hit, earlierAtMs, noticeEndMs }: PassageView['reasons'][number],
  passage: PassageView,
  { nowMs, card }: Background,
  t: Translate,
): string {
  const { registers } = passage;
  const expires = card?.fields?.expires ?? null;
  const ageing = inState(registers, 'ageing');
  const expired = inState(registers, 'expired');
  const ageingMs = oldestMs(ageing);
  const params: Params = {
    code: code.slice(0, CODE_CHARS_MAX),
    absent: namesOf(inState(registers, 'absent'), t),
    unusable: namesOf(inState(registers, 'unusable'), t),
    expired: namesOf(expired, t),
    ageing: namesOf(ageing, t),
    ...present('at', earlierAtMs === null ? null : clockTime(earlierAtMs)),
    ...present('noticeEnd', noticeEndMs === null ? null : clockTime(noticeEndMs)),
    ...present('expiredAsOf', dayOrNull(oldestMs(expired))),
    ...present('ageingAsOf', dayOrNull(ageingMs)),
    ...present('ageingAge', ageingMs === null ? null : age(nowMs - ageingMs, t)),
    ...present('expires', expires === null ? null : isoToDate(expires)),
    ...(hit === null
      ? {}
      : {
          register: registerName(hit.register),
          from: isoToDayAndMonth(hit.from),
          until: isoToDayAndMonth(hit.until),
          source: displayable(hit.source, SOURCE_CHARS_MAX),
        }),
  };
  if (code === EXPIRY) return t(expiryWords(passage, expires), params);
  return t(wordsOf('why', code, passage), params);
}

/** The same code tells a card past its last day, and one whose last day or today is not known. */
function expiryWords({ checks }: PassageView, expires: string | null): TextKey {
  const unclear = checks.some(({ code, outcome }) => code === EXPIRY && outcome === 'impossible');
  if (unclear) return 'why.expires.not-past.unclear';
  return expires === null ? 'why.expires.not-past' : 'why.expires.not-past.on';
}

/** With a chip among the papers and a code, that is what differs from the code. */
function wordsOf(part: 'why' | 'do', code: string, { documents }: PassageView): TextKey {
  const ofChip = `${part}.chip-${code}`;
  const both = documents.includes('chip-card') && documents.some((kind) => kind.endsWith('-qr'));
  if (both && isTextKey(ofChip)) return ofChip;
  const key = `${part}.${code}`;
  return isTextKey(key) ? key : `${part}.unknown`;
}

function dayOrNull(atMs: number | null): string | null {
  return atMs === null ? null : dayAndMonth(atMs);
}

function present(name: string, value: string | null): Params {
  return value === null ? {} : { [name]: value };
}
