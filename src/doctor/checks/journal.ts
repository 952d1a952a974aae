import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told } from '../finding.ts';

const PLAIN_HEADER = 'SQLite format 3';

/** Whether passages are being recorded. Its chain is proven by `chot journal verify`, which reads all of it. */
export const journalCheck: Check = {
  name: 'journal',
  run: (context) => {
    const journal = context.daemon.health?.lanes[0]?.journal;
    return journal === undefined ? [onDisk(context)].flat() : [running(journal)];
  },
};

type JournalView = { readonly state: string; readonly reason: string | null };

function running({ state, reason }: JournalView): Told {
  if (state === 'writing') {
    return good('journal', 'the station writes it; "chot journal verify" proves that it is whole');
  }
  return fault('journal', {
    found: `the station cannot write it${reason === null ? '' : ` (${reason})`}: nothing opens by itself`,
    cause: CAUSES[reason ?? ''] ?? 'the disk or the file does not answer as it should',
    next: 'look at the disk above and at the log line "journal-lost" of journalctl -u chot-station; crossings are counted meanwhile',
  });
}

const CAUSES: Readonly<Record<string, string>> = {
  full: 'the disk is full',
  'read-only': 'the disk or the file may not be written',
  damaged: 'its content was changed outside this program',
  'wrong-key': 'keys/db.key is not the one it was made with',
  newer: 'it was written by a newer version of this program',
};

function onDisk({ machine, dataDir, daemon }: Context): Told[] {
  const file = `${dataDir}/journal.db`;
  const facts = machine.look(file);
  if (facts === 'missing') return [];
  if (facts === 'denied') {
    return [skipped('journal', 'this user may not look at it', 'sudo chot doctor')];
  }
  const head = machine.readText(file);
  if (head === null) return [skipped('journal', 'this user may not read it', 'sudo chot doctor')];
  if (facts.bytes === 0 || head.startsWith(PLAIN_HEADER)) {
    return [
      fault('journal', {
        found: facts.bytes === 0 ? `${file} is empty` : `${file} is not encrypted`,
        cause: 'it was not made by this program, or was cut short',
        next: 'put a good copy back, or move it away: the hub is then told of a new journal',
      }),
    ];
  }
  const size = `${Math.ceil(facts.bytes / 1024 / 1024)} MB`;
  return [
    good(
      'journal',
      `there (${size})${daemon.pid === null ? '; no station writes it now' : ''}; "chot journal verify" proves that it is whole`,
    ),
  ];
}
