// What of a built project a station runs, and nothing that builds or tests it.
//   node program.mjs name PROJECT    name of this build: its version and a digest of what runs; two builds that differ never share it
//   node program.mjs files PROJECT   paths below PROJECT, one a line
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAM = [
  ...['package.json', 'package-lock.json', 'LICENSE'],
  ...['dist/build.json', 'dist/src', 'dist/devices', 'dist/fixtures', 'web/dist'],
  ...[
    'devices/profiles',
    'devices/camera/sim/rtsp-server.py',
    'devices/card-reader/sim/vpcd-connect.mjs',
  ],
];
/** Suites that drivers are held against. */
const NOT = /^dist\/devices\/contract(\/|$)|\.(map|tsbuildinfo)$/;

function filesBelow(project, path) {
  if (NOT.test(path)) return [];
  const entries = readdirSync(join(project, path), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(project, inside);
    return NOT.test(inside) ? [] : [inside];
  });
}

function programFiles(project) {
  return PROGRAM.flatMap((path) =>
    statSync(join(project, path)).isDirectory() ? filesBelow(project, path) : [path],
  );
}

/** Folders of the packages that the lock file ships and this machine has; what is below one of them comes with it. */
function packages(project) {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(project, path)));
}

function nameOf(project) {
  const { software } = JSON.parse(readFileSync(join(project, 'dist/build.json'), 'utf8'));
  const digest = createHash('sha256');
  for (const path of programFiles(project).sort()) {
    const bytes = readFileSync(join(project, path));
    digest.update(`${path}\n${bytes.length}\n`).update(bytes);
  }
  return `${software}-${digest.digest('hex').slice(0, 8)}`;
}

const [what, project] = process.argv.slice(2);
if (project === undefined || (what !== 'name' && what !== 'files')) {
  console.error('expected what is asked and the project: node program.mjs name|files PROJECT');
  process.exit(2);
}
const answer =
  what === 'name' ? [nameOf(project)] : [...programFiles(project), ...packages(project)];
process.stdout.write(`${answer.join('\n')}\n`);
