import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/kernel/errors.ts';
import { loadScannerProfile, parseScannerProfile, scannerProfileNames } from './scanner-profile.ts';

describe('the profiles that ship', () => {
  test.each(scannerProfileNames())('%s is in order', (name) => {
    expect(loadScannerProfile(name).baudRates.length).toBeGreaterThan(0);
  });
});

describe('a profile that is not in order is a ConfigError', () => {
  const { title, ...untitled } = loadScannerProfile('generic');
  test.each([
    ['no JSON', '{', /is not JSON/],
    ['a key missing', JSON.stringify(untitled), /title/],
    ['no such key', JSON.stringify({ ...untitled, title, wireless: true }), /own.json/],
    [
      'a baud rate that is none',
      JSON.stringify({ ...untitled, title, baudRates: [7] }),
      /baudRates/,
    ],
    ['nothing that ends a frame', JSON.stringify({ ...untitled, title, ends: [] }), /silenceEnds/],
  ])('%s', (_, text, message) => {
    const parse = () => parseScannerProfile(text, 'own.json');
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });

  test('a name outside of the folder', () => {
    expect(() => loadScannerProfile('../generic')).toThrow(/no scanner profile/);
  });
});
