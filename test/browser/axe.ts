import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** To be evaluated in a page before AXE_FAULTS. */
export const AXE = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

/** Runs in the page: what axe finds, each fault with the element and why. */
const axeFaults = (options: object) => `axe.run(document, ${JSON.stringify(options)})
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 160) + ' ' + (any[0]?.message ?? ''))))`;

/** WCAG 2.2 AA, and contrast by its stricter grade. */
export const AXE_FAULTS = axeFaults({
  resultTypes: ['violations'],
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
  rules: { 'color-contrast-enhanced': { enabled: true } },
});

/** A theme changes colours and nothing else. */
export const COLOUR_FAULTS = axeFaults({
  resultTypes: ['violations'],
  runOnly: {
    type: 'rule',
    values: ['color-contrast', 'color-contrast-enhanced', 'link-in-text-block'],
  },
});
