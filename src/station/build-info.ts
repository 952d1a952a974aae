import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../kernel/package-root.ts';

/** What is running: version and commit, and an instant that no true time is before. Written by the build. */
export type BuildInfo = { readonly software: string; readonly builtMs: number };

export function readBuildInfo(): BuildInfo {
  return JSON.parse(readFileSync(join(packageRoot(), 'dist', 'build.json'), 'utf8')) as BuildInfo;
}
