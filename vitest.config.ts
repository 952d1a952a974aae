import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,devices,fixtures,web,test,scripts}/**/*.test.{ts,tsx}'],
    // Each wait for an event has its own guard of 30 s; a test has several, on a machine that others load.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    expect: { poll: { timeout: 30_000 } },
  },
});
