import { defineConfig } from 'vitest/config';

const waits = {
  // Each wait for an event has its own guard of 30 s; a test has several, on a machine that others load.
  testTimeout: 120_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'parts',
          include: ['{src,devices,fixtures,web,scripts}/**/*.test.{ts,tsx}'],
          // One load of what they import serves many files: nothing of them outlives a test.
          isolate: false,
          ...waits,
        },
      },
      {
        test: {
          name: 'whole',
          // Whole stations, hubs and browsers.
          include: ['test/**/*.test.{ts,tsx}'],
          ...waits,
        },
      },
    ],
  },
});
