import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,devices,fixtures,web,test,scripts}/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
