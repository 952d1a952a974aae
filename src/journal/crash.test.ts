import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeCuttableDisk, powerCutObstacle } from '../../test/support/power-cut.ts';
import { toHex } from '../kernel/bytes.ts';
import { compiledEntry } from '../kernel/package-root.ts';
import { eachSegment, journalStatus } from './read-journal.ts';
import { generateRecipient, parseRecipientKey } from './recipient.ts';
import { openSegment } from './segment.ts';
import { verifyJournal } from './verify.ts';

/** The full campaign is 50 times as long. */
const SCALE = process.env['CHOT_SOAK'] === '1' ? 50 : 1;
const KILLS = 6 * SCALE;
const FAILURES = 2 * SCALE;
const CUTS = SCALE === 1 ? 1 : 25;
const HANG_MS = 30_000;
const TEST_MS = 2 * HANG_MS * SCALE;

const KEY = new Uint8Array(32).fill(5);
const { sealTo, privateKeyPem } = generateRecipient('test-1');
const privateKey = parseRecipientKey(privateKeyPem);
const { privateKey: signingKey } = generateKeyPairSync('ed25519');

const strace = straceObstacle();
const power = powerCutObstacle();
const named = (name: string, obstacle: string | null) =>
  obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;

let folder: string;
let sealedLog: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-crash-'));
  sealedLog = join(folder, 'sealed.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Ack = { readonly sequence: number; readonly atNs: bigint; readonly label: number };
type Life = { readonly acks: readonly Ack[]; readonly said: readonly string[] };

test.skipIf(strace !== null)(
  named('a kill at any sync loses no acknowledged record and seals no place twice', strace),
  async () => {
    const path = join(folder, 'journal.db');
    const acks: Ack[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      // Syncs of making the file come first; later ones fall into appending, closing and checkpoints.
      const at = kill < KILLS / 3 ? 1 + kill : 1 + ((kill * 37) % 120);
      const life = await live(path, 200, kill * 1_000, `signal=KILL:when=${at}`);
      acks.push(...life.acks);
      expect(life.said).not.toContain('done');
    }
    const last = await live(path, 10, KILLS * 1_000, null);
    expect(last.said).toContain('done');
    expectKept(path, [...acks, ...last.acks]);
    expect(acks.length).toBeGreaterThan(KILLS);
  },
  TEST_MS,
);

test.skipIf(strace !== null)(
  named(
    'a kill between receipts, pruning and new epochs loses nothing but what was stored',
    strace,
  ),
  async () => {
    const path = join(folder, 'journal.db');
    const said: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const when = 20 + ((kill * 53) % 230);
      said.push(...(await live(path, 400, kill * 1_000, `signal=KILL:when=${when}`, true)).said);
    }
    said.push(...(await live(path, 120, KILLS * 1_000, null, true)).said);
    const stored = said.flatMap((line) => {
      const [, first, last] = /^storing (\d+) (\d+)$/.exec(line) ?? [];
      return first === undefined ? [] : [{ first: Number(first), last: Number(last) }];
    });
    const { epochs } = journalStatus(path, KEY);
    const prunedFrom = epochs.filter(({ prunedThrough }) => prunedThrough !== null);
    expect(prunedFrom.length).toBeGreaterThan(0);
    const isPruned = (sequence: number) =>
      prunedFrom.some(
        ({ first, prunedThrough }) => sequence >= first && sequence <= (prunedThrough ?? 0),
      );
    const acks = said.flatMap((line) => ackOf(line) ?? []);
    const gone = acks.filter(({ sequence }) => isPruned(sequence));
    for (const { sequence } of gone) {
      expect(stored.some(({ first, last }) => first <= sequence && sequence <= last)).toBe(true);
    }
    expectKept(
      path,
      acks.filter(({ sequence }) => !isPruned(sequence)),
    );
    expect(gone.length).toBeGreaterThan(20);
  },
  TEST_MS,
);

test.skipIf(strace !== null)(
  named('a sync that fails is told as a fault, heals, and loses nothing acknowledged', strace),
  async () => {
    const path = join(folder, 'journal.db');
    const acks: Ack[] = [];
    for (let run = 0; run < FAILURES; run++) {
      const at = run === 0 ? '3' : `${4 + ((run * 31) % 90)}..${6 + ((run * 31) % 90)}`;
      const life = await live(path, 120, run * 1_000, `error=EIO:when=${at}`);
      acks.push(...life.acks);
      expect(life.said).toContain('fault io');
      expect(life.said.slice(life.said.lastIndexOf('fault io'))).toContain('healed');
      expect(life.said).toContain('done');
    }
    expectKept(path, acks);
    expect(acks).toHaveLength(120 * FAILURES);
  },
  TEST_MS,
);

test.skipIf(power !== null)(
  named('a power cut loses no acknowledged record', power),
  async () => {
    for (let cut = 0; cut < CUTS; cut++) {
      const { acks, lost } = await cutPower(cut, null);
      expect(acks).toBeGreaterThan(50);
      expect(lost).toBe(0);
      rmSync(sealedLog, { force: true });
    }
  },
  TEST_MS,
);

test.skipIf(power !== null || strace !== null)(
  named('control: the same power cut with syncs that do nothing loses records', power ?? strace),
  async () => {
    const { acks, lost } = await cutPower(0, 'retval=0');
    expect(acks).toBeGreaterThan(50);
    expect(lost).toBeGreaterThan(0);
  },
  TEST_MS,
);

/** How many records were acknowledged before the cut, and how many of those are gone after it. */
async function cutPower(
  round: number,
  injection: string | null,
): Promise<{ readonly acks: number; readonly lost: number }> {
  const disk = makeCuttableDisk(32);
  try {
    const path = join(disk.folder, 'journal.db');
    const acks: Ack[] = [];
    let cutAtNs: bigint | null = null;
    const forever = { count: Number.MAX_SAFE_INTEGER, label: 0, hub: false };
    await run(path, forever, injection, (line, child) => {
      const ack = ackOf(line);
      if (ack !== null) acks.push(ack);
      if (cutAtNs !== null || acks.length < 100 + round * 53) return;
      cutAtNs = disk.cut();
      kill(child);
    });
    disk.restore();
    const before = acks.filter(({ atNs }) => cutAtNs !== null && atNs < cutAtNs);
    const kept = injection === null ? expectKept(path, before) : labelsIn(path);
    const lost = before.filter(({ sequence, label }) => kept.get(sequence) !== label);
    return { acks: before.length, lost: lost.length };
  } finally {
    disk.remove();
  }
}

/** Every acknowledged record is there as it was, the chain is whole, and no place of a context was sealed twice. */
function expectKept(path: string, acks: readonly Ack[]): ReadonlyMap<number, number> {
  const found = verifyJournal({
    path,
    key: KEY,
    station: 'station-1',
    verifyingKey: createPublicKey(signingKey),
  });
  expect(found.damages).toEqual([]);
  const labels = labelsIn(path);
  for (const { sequence, label } of acks) expect(labels.get(sequence), `${sequence}`).toBe(label);
  const sealed = new Map<string, string>();
  for (const line of readFileSync(sealedLog, 'utf8').split('\n')) {
    const [enc, index, hash] = line.split(' ');
    if (hash === undefined) continue;
    expect(sealed.get(`${enc} ${index}`) ?? hash).toBe(hash);
    sealed.set(`${enc} ${index}`, hash);
  }
  return labels;
}

/** Labels by sequence, as far as the journal can be read at all. */
function labelsIn(path: string): ReadonlyMap<number, number> {
  const labels = new Map<number, number>();
  try {
    eachSegment(path, KEY, (segment) => {
      for (const record of openSegment(segment, privateKey)) {
        if (record.type === 'mode') labels.set(record.sequence, record.counted);
      }
    });
  } catch {
    // What cannot be read counts as lost.
  }
  return labels;
}

async function live(
  path: string,
  count: number,
  label: number,
  injection: string | null,
  hub = false,
): Promise<Life> {
  const said: string[] = [];
  await run(path, { count, label, hub }, injection, (line) => said.push(line));
  return { said, acks: said.flatMap((line) => ackOf(line) ?? []) };
}

/** One life of the writer, until it ends or is ended. */
async function run(
  path: string,
  asked: { readonly count: number; readonly label: number; readonly hub: boolean },
  injection: string | null,
  onLine: (line: string, child: ChildProcess) => void,
): Promise<void> {
  const orders = {
    ...{ path, key: toHex(KEY), sealTo, sealedLog, ...asked },
    signingKeyPem: signingKey.export({ format: 'pem', type: 'pkcs8' }),
  };
  const node = [
    fileURLToPath(compiledEntry('scripts/faults/journal-writer.ts')),
    JSON.stringify(orders),
  ];
  const calls = 'fsync,fdatasync';
  const tracer = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`];
  const child =
    injection === null
      ? spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
      : spawn(
          'strace',
          [...tracer, '-e', `inject=${calls}:${injection}`, process.execPath, ...node],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
            detached: true,
          },
        );
  const guard = setTimeout(() => kill(child), HANG_MS);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) onLine(line, child);
  await ended;
  clearTimeout(guard);
}

function ackOf(line: string): Ack | null {
  const match = /^ack (\d+) (\d+) (\d+)$/.exec(line);
  if (match === null) return null;
  return { sequence: Number(match[1]), atNs: BigInt(match[2] ?? 0), label: Number(match[3]) };
}

/** The tracer too: the child was started in a group of its own. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function straceObstacle(): string | null {
  try {
    execFileSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', 'true'], {
      timeout: HANG_MS,
    });
    return null;
  } catch {
    return 'strace cannot trace here';
  }
}
