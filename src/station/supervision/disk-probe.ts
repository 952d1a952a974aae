import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Probe } from './watchdog.ts';

const FILE = 'alive';

/**
 * Writes a byte through to the disk under `runFolder`. A disk that refuses has answered: it is full or read-only, a start
 * anew would mend nothing, and the lane says so itself. One that hangs has not.
 */
export function diskProbe(runFolder: string): Probe {
  return {
    name: 'disk',
    answer: async () => {
      try {
        const file = await open(join(runFolder, FILE), 'w', 0o600);
        try {
          await file.write('.', 0);
          await file.datasync();
        } finally {
          await file.close();
        }
      } catch {
        // Answered.
      }
      return true;
    },
  };
}
