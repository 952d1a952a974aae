import { readFileSync } from 'node:fs';
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

/** Names of checks as they stand in the chip's own files, for the codes are no list there. */
const CHIP_FILES = {
  'chip/card-result.ts': [/'(card\.[a-z-]+)'/g],
  'lane/judge-card.ts': [/code: '([a-z.-]+)'/g],
  'rules/judge-proof.ts': [/code: '([a-z.-]+)'/g],
  'chip/read-card.ts': [/problem: '(sod\.[a-z-]+)'/g],
  'chip/trust/authenticity.ts': [/proofCheck\('([a-z.-]+)'/g],
  'chip/trust/passive-authentication.ts': [/[cC]heck\('([a-z.-]+)'/g],
  'chip/trust/cms-signature.ts': [/code\('([a-z-]+)'\)/g],
  'chip/trust/crl.ts': [/'(crl\.[a-z-]+)'/g],
  'chip/trust/chain.ts': [/'((?:chain|country|signer)\.[a-z-]+)'/g, /`\$\{what\}(\.[a-z-]+)`/g],
} as const;

/** Where a signed file broke is told as one check, by this code: no check of its own. */
const BROKEN_FILES = { 'chip/lds/sod.ts': [/ProtocolError\(\s*'([a-z.-]+)'/g] } as const;

function codesIn(files: Readonly<Record<string, readonly RegExp[]>>): readonly string[] {
  const found = Object.entries(files).flatMap(([file, patterns]) => {
    const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    return patterns.flatMap((pattern) =>
      [...source.matchAll(pattern)].map(([, code = '']) =>
        file.endsWith('cms-signature.ts') ? `sod.${code}` : code,
      ),
    );
  });
  const named = found.flatMap((code) =>
    code.startsWith('.') ? [`link${code}`, `csca${code}`] : [code],
  );
  return [...new Set(named)].filter((code) => code !== 'crl.size');
}

test('every check of a chip has a name of its own', () => {
  const codes = codesIn(CHIP_FILES);
  // Fewer: the patterns above no longer find them.
  expect(codes.length).toBeGreaterThan(45);
  // What checkText says is no proof: it has words for any `sod.`, those of a file that broke.
  expect(codes.filter((code) => !isTextKey(`check.${code}`))).toEqual([]);
});

test('every place where a signed file may break is told as such', () => {
  const codes = codesIn(BROKEN_FILES);
  expect(codes.length).toBeGreaterThan(4);
  const t = translator('vi');
  const unnamed = t('check.unknown', { code: '' });
  expect(codes.filter((code) => checkText(code, t).startsWith(unnamed))).toEqual([]);
});

test('every reason of a chip has its sentence and what to do', () => {
  const codes = ['altered', 'cloned', 'unverifiable', 'issuer-unknown', 'not-proven', 'not-opened']
    .map((code) => `chip.${code}`)
    .concat('documents.differ-issued', 'chip-documents.differ-issued');
  const keys = codes.flatMap((code) => [`why.${code}`, `do.${code}`]);
  expect(keys.filter((key) => !isTextKey(key))).toEqual([]);
});

test('a group of the chip is named by its number, a broken signed file by where it broke', () => {
  const t = translator('vi');
  expect(checkText('group.13', t)).toBe('Phần DG13 của chip như đã ký');
  expect(checkText('tlv.truncated', t)).toBe('Bản ký đọc hiểu được (tlv.truncated)');
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
