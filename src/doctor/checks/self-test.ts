import type { SelfTestFault } from '../../station/self-test/self-test.ts';
import type { Check } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';

/** Whether a known-good code is understood and a known-bad one refused: as the running station found, else tried here. */
export const selfTestCheck: Check = {
  name: 'self-test',
  run: async ({ daemon, machine }) => {
    const test = daemon.health?.selfTest;
    // A station that runs has its own decoders, and the machine enough to do.
    if (test === undefined && daemon.pid !== null) return [];
    if (test === undefined) {
      const outcome = await machine.selfTest();
      return [outcome === 'late' ? LATE : told(outcome, null)];
    }
    if (test.state === 'running') return [good('self-test', 'under way')];
    return [told(test.code, test.atMs)];
  },
};

const LATE = warning('self-test', {
  found: 'no answer from the decoder in time',
  cause: 'the machine is busy, or the decoder does not start',
  next: 'run chot doctor again; a station that runs makes the test by itself and says what came of it',
});

function told(code: string | null, atMs: number | null): Told {
  if (code === null) {
    return good('self-test', 'a good code was understood and a bad one refused', atMs);
  }
  return fault('self-test', {
    found: `failed (${code}): lanes do not open by themselves`,
    cause: CAUSES[code as SelfTestFault] ?? 'the installation is damaged',
    next: 'systemctl restart chot-station; if it fails again, install this version anew (scripts/setup)',
    sinceMs: atMs,
    code,
  });
}

const CAUSES: Readonly<Record<SelfTestFault, string>> = {
  'self-test.no-decoder':
    'the decoder does not start or does not answer: a damaged installation, or too little memory',
  'self-test.good-not-read': 'the decoder did not find a clear code in a clear picture',
  'self-test.good-not-understood':
    'the code was read, and its document not understood as it should be',
  'self-test.bad-accepted': 'a damaged document was taken for a good one',
  'self-test.red-missed': 'somebody who is on a list was not stopped',
};
