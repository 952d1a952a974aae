import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Themes as the style sheet has them: name to token to colour. */
const CSS = readFileSync(fileURLToPath(new URL('./tokens.css', import.meta.url)), 'utf8');
const THEMES = [...CSS.matchAll(/\[data-theme="(\w+)"\] \{([^}]*)\}/g)].map(
  ([, name = '', body = '']) =>
    [
      name,
      new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v])),
    ] as const,
);

const TEXT = [
  ['ink', 'card'],
  ['ink', 'ground'],
  ['ink-soft', 'card'],
  ['ink-soft', 'ground'],
  ['button-ink', 'button'],
  ['primary-ink', 'primary'],
] as const;
const SHAPES = ['pass', 'check', 'stop', 'ageing', 'quiet', 'emergency-edge', 'focus'] as const;

test('there are three themes', () => {
  expect(THEMES.map(([name]) => name)).toEqual(['light', 'dark', 'night']);
});

test.each(THEMES)('%s: text stands at least 7:1 on what it stands on', (_name, tokens) => {
  for (const [ink, ground] of TEXT) {
    expect(
      contrast(tokens.get(ink), tokens.get(ground)),
      `${ink} on ${ground}`,
    ).toBeGreaterThanOrEqual(7);
  }
});

test.each(THEMES)(
  '%s: shapes and borders stand at least 3:1 on card and ground',
  (_name, tokens) => {
    for (const shape of SHAPES) {
      for (const ground of ['card', 'ground'] as const) {
        expect(
          contrast(tokens.get(shape), tokens.get(ground)),
          `${shape} on ${ground}`,
        ).toBeGreaterThanOrEqual(3);
      }
    }
  },
);

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string | undefined, other: string | undefined): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string | undefined): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt((colour ?? '').slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
