// Compiles src, devices, fixtures and scripts to dist/, and the pages to web/dist/. Workers and children start from dist/.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv[2];

function run(tool, args) {
  execFileSync(process.execPath, [`${root}node_modules/${tool}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
}

if (only !== 'web') {
  run('typescript/bin/tsc', ['-p', 'scripts/tsconfig.build.json']);
  chmodSync(`${root}dist/src/cli/chot.js`, 0o755);
}
if (only !== 'node' && existsSync(`${root}web/station/vite.config.ts`)) {
  run('vite/bin/vite.js', [
    'build',
    '--config',
    'web/station/vite.config.ts',
    '--logLevel',
    'warn',
  ]);
}
