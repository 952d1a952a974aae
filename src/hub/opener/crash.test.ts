import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guarded } from '../../../test/support/guarded.ts';
import { endRecord, passageRecord } from '../../../test/support/journal-records.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import { systemClock } from '../../station/system-clock.ts';
import { openSqliteInbox } from '../inbox/sqlite-inbox.ts';
import { openSqliteIndex } from '../passages/sqlite-index.ts';
import { OpenerProcess } from './opener-process.ts';

/** The full campaign is 50 times as long. */
const SCALE = process.env['CHOT_SOAK'] === '1' ? 50 : 1;
const KILLS = 5 * SCALE;
const SEGMENTS = 60 * SCALE;
const RECORDS = 4;
const KEY = new Uint8Array(32).fill(5);
const { recipient, privateKeyPem } = generateRecipient('test-1');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const verifyingKeyPem = publicKey.export({ format: 'pem', type: 'spki' }) as string;

let folder: string;
let station: SealingStation;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-hub-crash-'));
  mkdirSync(join(folder, 'segments'));
  mkdirSync(join(folder, 'recipients'));
  writeFileSync(join(folder, 'recipients', 'test-1.pem'), privateKeyPem);
  station = new SealingStation('station-1', 1, privateKey);
  for (let at = 0; at < SEGMENTS; at++) {
    const { first, bytes } = station.seal(
      recipient,
      Array.from({ length: RECORDS / 2 }, () => [
        (sequence: number) => passageRecord(sequence),
        (sequence: number) => endRecord(sequence - 1),
      ]).flat(),
    );
    writeFileSync(join(folder, 'segments', String(first)), bytes);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test(
  'ingest and opener killed at random lose nothing that was acknowledged and index nothing twice',
  async () => {
    const acknowledged = new Set<string>();
    // An inbox is there before its opener is.
    await live(0, acknowledged, 1);
    const stopping = new AbortController();
    const { opener, lives } = watchedOpener();
    const running = opener.run(stopping.signal);
    for (let kill = 1; kill <= KILLS; kill++) {
      const isDone = await live(kill, acknowledged, 3 + ((kill * 17) % 23));
      expect(await storedFirsts()).toEqual(expect.arrayContaining([...acknowledged]));
      if (opener.pid !== null) process.kill(opener.pid, 'SIGKILL');
      if (isDone) break;
    }
    while (!(await live(KILLS + 1, acknowledged, Number.POSITIVE_INFINITY)));
    expect(acknowledged.size).toBe(SEGMENTS);
    await guarded('everything is opened', allOpened(opener));
    stopping.abort();
    await guarded('the opener ends', running);
    expect(lives()).toBeGreaterThan(0);
    await expectWhole();
  },
  60_000 * SCALE,
);

/** One life of the ingest; true when it had said all. */
async function live(seed: number, acknowledged: Set<string>, killAfter: number): Promise<boolean> {
  const child = fork(compiledEntry('scripts/faults/hub-ingest-writer.ts'), [folder, String(seed)]);
  let isDone = false;
  let acks = 0;
  child.on('message', (line: string) => {
    const [what, first = ''] = line.split(' ');
    if (what === 'done') isDone = true;
    expect(what).not.toBe('incident');
    if (what !== 'stored' && what !== 'known') return;
    acknowledged.add(first);
    acks++;
    if (acks >= killAfter) child.kill('SIGKILL');
  });
  child.send(verifyingKeyPem);
  await guarded('the ingest ends', ended(child));
  return isDone;
}

async function ended(child: ChildProcess): Promise<void> {
  // Not before its last words are read.
  await once(child, 'close');
}

function watchedOpener() {
  let lives = 0;
  const opener = new OpenerProcess({
    folder,
    recipients: join(folder, 'recipients'),
    databaseKey: KEY,
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) },
    heard: (news) => expect(news.kind).toBe('indexed'),
    lost: () => lives++,
  });
  return { opener, lives: () => lives };
}

async function storedFirsts(): Promise<string[]> {
  const inbox = openSqliteInbox({ folder, key: KEY, mode: 'open', random: randomBytes });
  const arrivals = await inbox.arrivals(0, SEGMENTS * 2);
  await inbox.close();
  return arrivals.map(({ first }) => String(first));
}

async function allOpened(opener: OpenerProcess): Promise<void> {
  for (;;) {
    opener.wake();
    const index = openIndex();
    const through = await index.opened.openedThrough({
      station: 'station-1',
      epoch: station.epoch,
    });
    await index.close();
    if (through === SEGMENTS * RECORDS) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function expectWhole(): Promise<void> {
  const index = openIndex();
  const seen: number[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof index.feed.page>> = await index.feed.page(cursor, 500);
    if (page.lines.length === 0) break;
    seen.push(...page.lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence));
    cursor = page.cursor;
  }
  await index.close();
  const expected = Array.from({ length: SEGMENTS * RECORDS }, (_, at) => at + 1);
  expect(seen.sort((one, other) => one - other)).toEqual(expected);
}

function openIndex() {
  const common = { folder, key: KEY, random: randomBytes, clock: systemClock };
  return openSqliteIndex({ ...common, mode: 'create' });
}
