import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The demo's desk: the line to the hub, the hub, and who is published. */
export default defineConfig({
  root: here,
  base: '/',
  build: {
    outDir: `${here}../dist/demo`,
    emptyOutDir: true,
    // The desk's Content-Security-Policy allows no data: URL and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'chrome100',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { host: '127.0.0.1', open: false },
});
