import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder that holds package.json, whether the code runs from src/ or from dist/src/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('package.json not found above the code: broken installation');
    folder = parent;
  }
  return folder;
}

/**
 * Where a worker or a child starts: the compiled file of `source` (e.g. `src/vision/decode-worker.ts`). Node 20 loads no
 * TypeScript in workers, so they always run from dist/, also under tests.
 */
export function compiledEntry(source: string): URL {
  const path = join(packageRoot(), 'dist', source.replace(/\.ts$/, '.js'));
  if (!existsSync(path)) throw new Error(`${source} is not compiled: run npm run build`);
  return pathToFileURL(path);
}
