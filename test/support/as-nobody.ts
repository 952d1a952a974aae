import { chmodSync, statSync } from 'node:fs';

const NOBODY = 65_534;

/** Runs `body` while this process may not open `path`: as another user when it is root, else by the file's own mode. */
export async function asNobody<T>(path: string, body: () => Promise<T>): Promise<T> {
  const { mode } = statSync(path);
  const isRoot = process.geteuid?.() === 0;
  chmodSync(path, isRoot ? 0o600 : 0);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await body();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(path, mode);
  }
}
