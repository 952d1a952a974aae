/** Time on a page: monotonic milliseconds and timers. The rest of the pages gets it handed in. */
export interface PageClock {
  monoMs(): number;
  /** Calls once after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
  /** Calls every `ms`; the answer ends it. */
  every(ms: number, call: () => void): () => void;
}

export const browserClock: PageClock = {
  monoMs: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, call) => {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};
