// Compiles src, devices, fixtures and scripts to dist/, and the pages to web/dist/. Workers and children start from dist/.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
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
  writeFileSync(`${root}dist/build.json`, `${JSON.stringify(buildInfo())}\n`);
}
if (only !== 'node') {
  for (const pages of ['station', 'demo', 'aim']) {
    run('vite/bin/vite.js', [
      'build',
      '--config',
      `web/${pages}/vite.config.ts`,
      '--logLevel',
      'warn',
    ]);
  }
}

/** What this build is: no true time is before `builtMs`. */
function buildInfo() {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  try {
    const [commit, seconds] = execFileSync('git', ['log', '-1', '--format=%h %ct'], { cwd: root })
      .toString()
      .trim()
      .split(' ');
    return { software: `${version}+${commit}`, builtMs: Number(seconds) * 1000 };
  } catch {
    return { software: version, builtMs: Date.now() };
  }
}
