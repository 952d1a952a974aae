import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The installer's page of chot aim. */
export default defineConfig({
  root: here,
  base: '/',
  build: {
    outDir: `${here}../dist/aim`,
    emptyOutDir: true,
    // The page's Content-Security-Policy allows no data: URL and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'chrome100',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { host: '127.0.0.1', open: false },
});
