import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Three pages: the staff screen, the passer's page, and the gallery of every state of both. */
export default defineConfig({
  root: here,
  base: '/',
  build: {
    outDir: `${here}../dist/station`,
    emptyOutDir: true,
    // The station's Content-Security-Policy allows no data: URL and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'chrome100',
    rolldownOptions: {
      input: [`${here}index.html`, `${here}passer.html`, `${here}gallery/index.html`],
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { host: '127.0.0.1', open: false },
});
