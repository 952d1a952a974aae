import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { packageRoot } from '../kernel/package-root.ts';

/** What is running: version and commit, and an instant that no true time is before. Written by the build. */
export type BuildInfo = { readonly software: string; readonly builtMs: number };

export function readBuildInfo(): BuildInfo {
  const file = join(packageRoot(), 'dist', 'build.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as BuildInfo;
  } catch (error) {
    throw new ConfigError('this is not built, or not whole: run npm run build', { cause: error });
  }
}
