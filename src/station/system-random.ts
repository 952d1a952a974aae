/** Randomness for jitter. Keys and ids come from node:crypto where they are made. */
export const systemRandom = (): number => Math.random();
