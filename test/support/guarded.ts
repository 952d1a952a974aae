/** How long anything real may take before a test gives up: a guard against hanging, never a measure. */
const GUARD_MS = 30_000;

/** Fails after `GUARD_MS` with `what` instead of hanging. */
export function guarded<T>(what: string, wanted: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${GUARD_MS} ms`)), GUARD_MS);
  });
  return Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}
