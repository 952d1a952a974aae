// Stores segments and says what was acknowledged and when (CLOCK_MONOTONIC, ns), until it is killed: `hub-ingest-writer.js FOLDER
// SEED`, the station as its first message. Segments lie in FOLDER/segments, named by their first sequence.
import { createPublicKey, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkHere } from '../../src/hub/inbox/check-segments.ts';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import { NO_LINK } from '../../src/journal/chain.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const [, , folder = '', seed = '0'] = process.argv;
const KEY = new Uint8Array(32).fill(5);
const EPOCH = new Uint8Array(16).fill(1);
const UNDER_WAY = 6;

process.once('message', (verifyingKeyPem: string) => void write(verifyingKeyPem));

async function write(verifyingKeyPem: string): Promise<void> {
  const station = { region: 'hcm', station: 'station-1' };
  const from = { ...station, verifyingKey: createPublicKey(verifyingKeyPem) };
  const store = openSqliteInbox({ folder, key: KEY, mode: 'create', random: randomBytes });
  const ingest = new SegmentIngest({
    store,
    openedThrough: async () => 0,
    recipients: () => new Set(['test-1']),
    clock: systemClock,
    check: checkHere,
    raise: ({ code }) => say(`incident ${code}`),
  });
  const claim = { ...station, epoch: EPOCH, first: 1, previous: NO_LINK };
  await ingest.announce({ ...claim, reason: 'first' });
  say('open');
  const names = shuffled(readdirSync(join(folder, 'segments')), Number(seed));
  await Promise.all(
    Array.from({ length: UNDER_WAY }, async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const bytes = readFileSync(join(folder, 'segments', name));
        const { kind } = await ingest.accept(from, { epoch: EPOCH, first: Number(name) }, bytes);
        say(`${kind} ${name} ${process.hrtime.bigint()}`);
      }
    }),
  );
  say('done');
  process.disconnect();
  await store.close();
}

/** Written at once, so that what was said is out when the next line of code is killed. */
function say(line: string): void {
  process.send?.(line);
}

function shuffled(names: readonly string[], from: number): string[] {
  const rank = (name: string) => (Number(name) * 7_919 + from * 104_729) % 1_009;
  return [...names].sort((one, other) => rank(one) - rank(other));
}
