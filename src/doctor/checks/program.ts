import type { Check, Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';

const NODE_MAJOR_MIN = 20;
/** Native modules, and which part does not work without them. */
const NATIVE: readonly (readonly [name: string, part: string])[] = [
  ['better-sqlite3', 'journal and registers'],
  ['sharp', 'cameras'],
  ['serialport', 'scanners and relay boards'],
  ['pcsclite', 'card readers'],
];
const ENTRIES = ['src/vision/decode-worker.js', 'devices/card-reader/pcsc-child.js'];

/** This program itself: the Node it runs on, whether it is compiled, whether its native modules load. */
export const programCheck: Check = {
  name: 'program',
  run: async (context) => [
    nodeVersion(context),
    build(context),
    pages(context),
    ...(await nativeModules(context)),
  ],
};

function nodeVersion({ machine }: Context): Told {
  const major = Number(machine.nodeVersion.split('.')[0]);
  if (major >= NODE_MAJOR_MIN) return good('Node', `version ${machine.nodeVersion}`);
  return fault('Node', {
    found: `version ${machine.nodeVersion}`,
    cause: `an older Node is first in PATH; Chốt needs ${NODE_MAJOR_MIN} or newer`,
    next: 'apt install nodejs from NodeSource, or put a newer node first in PATH',
  });
}

function build({ machine }: Context): Told {
  const dist = `${machine.root}/dist`;
  const missing = ENTRIES.filter((entry) => machine.look(`${dist}/${entry}`) === 'missing');
  const info = machine.readText(`${dist}/build.json`);
  if (missing.length > 0 || info === null) {
    return fault('build', {
      found: `${dist} is not whole${missing.length > 0 ? `: no ${missing.join(', ')}` : ''}`,
      cause: 'the program was copied or updated and not built',
      next: `cd ${machine.root} && scripts/setup`,
    });
  }
  return good('build', (JSON.parse(info) as { readonly software: string }).software);
}

function pages({ machine }: Context): Told {
  const page = `${machine.root}/web/dist/station/index.html`;
  if (machine.look(page) !== 'missing') return good('screens', 'the pages are built');
  return fault('screens', {
    found: `${page} is missing`,
    cause: 'the pages were not built: the staff screen stays empty',
    next: `cd ${machine.root} && npm run build`,
  });
}

/** In a child each: one that does not load may take its process with it. */
async function nativeModules({ machine }: Context): Promise<Told[]> {
  const script = (name: string) =>
    `process.chdir(${JSON.stringify(machine.root)}); require(require.resolve(${JSON.stringify(name)}, { paths: [${JSON.stringify(machine.root)}] }))`;
  const outcomes = await Promise.all(
    NATIVE.map(async ([name, part]) => ({
      name,
      part,
      outcome: await machine.run(machine.nodePath, ['-e', script(name)]),
    })),
  );
  const broken = outcomes.filter(({ outcome }) => outcome.kind !== 'ended' || outcome.code !== 0);
  if (broken.length === 0) {
    return [good('native modules', `${NATIVE.map(([name]) => name).join(', ')} load`)];
  }
  return broken.map(({ name, part, outcome }) => {
    const late = outcome.kind === 'late';
    return (late ? warning : fault)(`native module ${name}`, {
      found: late ? 'did not load in time' : `does not load: ${reasonOf(outcome)}`,
      cause: late
        ? 'the machine is very busy, or its disk is slow'
        : `it was built for another Node or another machine; ${part} do not work without it`,
      next: late ? 'run chot doctor again' : `cd ${machine.root} && npm rebuild ${name}`,
    });
  });
}

function reasonOf(outcome: { readonly kind: string; readonly text?: string }): string {
  const lines = (outcome.text ?? '').split('\n').map((line) => line.trim());
  return lines.find((line) => /^[A-Za-z]*Error/.test(line)) ?? 'no reason given';
}
