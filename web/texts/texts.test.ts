import { expect, test } from 'vitest';
import { DOCUMENT_CHECKS } from '../../src/documents/check-codes.ts';
import { REFUSALS } from '../../src/lane/lane-words.ts';
import { REASON_VERDICTS } from '../../src/rules/reasons.ts';
import { checkText } from '../station/show/check-text.ts';
import { CATALOGUES, isTextKey, translator } from './texts.ts';

const KEYS = Object.keys(CATALOGUES.vi).filter(isTextKey);

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name]) => name ?? ''))].sort();
}

test('no text is empty, and both languages name the same things', () => {
  for (const key of KEYS) {
    expect(CATALOGUES.vi[key].trim(), key).not.toBe('');
    expect(CATALOGUES.en[key].trim(), key).not.toBe('');
    expect(placeholders(CATALOGUES.en[key]), key).toEqual(placeholders(CATALOGUES.vi[key]));
  }
});

test('Vietnamese is written in composed letters', () => {
  for (const key of KEYS) expect(CATALOGUES.vi[key], key).toBe(CATALOGUES.vi[key].normalize('NFC'));
});

test('every reason of the rules has its sentence and what to do', () => {
  const missing = Object.keys(REASON_VERDICTS)
    .flatMap((code) => [`why.${code}`, `do.${code}`])
    .filter((key) => !isTextKey(key));
  expect(missing).toEqual([]);
});

test('every check of a document has a name', () => {
  const t = translator('vi');
  const nameless = Object.keys(DOCUMENT_CHECKS).filter((code) =>
    checkText(code, t).startsWith(t('check.unknown', { code: '' })),
  );
  expect(nameless).toEqual([]);
});

test('every refusal of a lane has its sentence', () => {
  const missing = Object.keys(REFUSALS).filter((code) => !isTextKey(`problem.${code}`));
  expect(missing).toEqual([]);
});

test('no text calls a claim valid or genuine', () => {
  const claims = KEYS.filter((key) => !/chip/.test(key)).flatMap((key) => CATALOGUES.vi[key]);
  expect(claims.filter((text) => /hợp lệ|thẻ thật|chính chủ|xác thực/i.test(text))).toEqual([]);
});

test('a missing parameter is seen, not silently left out', () => {
  expect(translator('vi')('why.repeat')).toBe('Mã này vừa dùng lúc ….');
});
