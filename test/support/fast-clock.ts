import type { Clock } from '../../src/ports/clock.ts';

/** Real waiting made shorter: `times` of its milliseconds pass in one. For deadlines against real sockets. */
export function fastClock(times: number): Clock {
  const startMs = performance.now();
  const nowMs = () => (performance.now() - startMs) * times;
  return {
    wallMs: () => Date.UTC(2026, 0, 1) + nowMs(),
    monoMs: nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const timer = setTimeout(end, ms / times);
        function end(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        }
        signal.addEventListener('abort', end, { once: true });
      }),
  };
}
