import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { boardProfileNames, loadBoardProfile, parseBoardProfile } from './board-profile.ts';

test('every profile that ships is in order', () => {
  expect(boardProfileNames()).toContain('waveshare-8-inputs');
  for (const name of boardProfileNames()) {
    const { title, source } = loadBoardProfile(name);
    expect(title.length * source.length, name).toBeGreaterThan(0);
  }
});

test('a new board is a file and no code', () => {
  const text = readFileSync('devices/profiles/boards/modbus-coils.json', 'utf8');
  const profile = { ...JSON.parse(text), title: 'Acme 2', outputs: 2, inputs: 0 };
  expect(parseBoardProfile(JSON.stringify(profile), 'acme.json')).toMatchObject({ outputs: 2 });
});

test.each([
  ['{', 'acme.json: is not JSON'],
  ['{}', 'acme.json: '],
  [JSON.stringify({ ...loadBoardProfile('lcus-1'), outputs: 65 }), '/outputs'],
  [JSON.stringify({ ...loadBoardProfile('lcus-1'), colour: 'red' }), 'acme.json: '],
])('what is wrong with %s is said', (text, problem) => {
  expect(() => parseBoardProfile(text, 'acme.json')).toThrow(problem);
});

test('a name that no file has is told with those there are', () => {
  expect(() => loadBoardProfile('acme')).toThrow('no board profile "acme": there are lcus-1,');
});
