/** Lets everything else that is ready run: between the steps of whatever takes long. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
