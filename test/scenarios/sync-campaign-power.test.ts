import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { proveStation } from '../../src/hub/inbox/prove-station.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { decodeSegment } from '../../src/journal/segment.ts';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import { guarded } from '../support/guarded.ts';
import { passageRecord } from '../support/journal-records.ts';
import { makeCuttableDisk, powerCutObstacle } from '../support/power-cut.ts';
import { SealingStation } from '../support/sealed-segments.ts';

const CUTS = process.env['CHOT_SOAK'] === '1' ? 25 : 2;
const SEGMENTS = 400;
const KEY = new Uint8Array(32).fill(5);
/** Syncs that say that they were done and do nothing: synchronous=OFF, for bodies and database alike. */
const NO_SYNC = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:retval=0'];

const power = powerCutObstacle();
const strace = straceObstacle();
const named = (name: string, obstacle: string | null) =>
  obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;

test.skipIf(power !== null)(
  named('a power cut at the hub loses no segment that was acknowledged', power),
  async () => {
    for (let cut = 0; cut < CUTS; cut++) {
      const { acknowledged, lost } = await cutPower(cut, 'synced');
      expect(acknowledged).toBeGreaterThan(20);
      expect(lost).toEqual([]);
    }
  },
  120_000 * CUTS,
);

test.skipIf(power !== null || strace !== null)(
  named('control: the same cut with syncs that do nothing loses segments', power ?? strace),
  async () => {
    const { acknowledged, lost } = await cutPower(0, 'unsynced');
    expect(acknowledged).toBeGreaterThan(20);
    expect(lost.length).toBeGreaterThan(0);
  },
);

/** What the hub's ingest had acknowledged before the cut, and what of that is not whole afterwards. */
async function cutPower(
  round: number,
  how: 'synced' | 'unsynced',
): Promise<{ readonly acknowledged: number; readonly lost: readonly number[] }> {
  const disk = makeCuttableDisk(64);
  try {
    const { station, verifyingKeyPem } = prepare(disk.folder);
    const acknowledged: { readonly first: number; readonly atNs: bigint }[] = [];
    let cutAtNs: bigint | null = null;
    const child = startIngest(disk.folder, round, how);
    child.on('message', (line: string) => {
      const [what, first, atNs] = line.split(' ');
      if (what === 'stored') acknowledged.push({ first: Number(first), atNs: BigInt(atNs ?? 0) });
      if (cutAtNs !== null || acknowledged.length < 60 + round * 37) return;
      cutAtNs = disk.cut();
      kill(child);
    });
    child.send(verifyingKeyPem);
    await guarded('the ingest ends', once(child, 'close'));
    disk.restore();
    const before = acknowledged.filter(({ atNs }) => cutAtNs !== null && atNs < cutAtNs);
    const whole = await wholeSegments(disk.folder, station);
    const lost = before.map(({ first }) => first).filter((first) => !whole.has(first));
    return { acknowledged: before.length, lost };
  } finally {
    disk.remove();
  }
}

/** Segments to send, on the disk for good. */
function prepare(folder: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const station = new SealingStation('station-1', 1, privateKey);
  const { recipient } = generateRecipient('test-1');
  mkdirSync(join(folder, 'segments'));
  for (let at = 0; at < SEGMENTS; at++) {
    const records = [1, 2, 3, 4].map(() => (sequence: number) => passageRecord(sequence));
    const { first, bytes } = station.seal(recipient, records);
    writeFileSync(join(folder, 'segments', String(first)), bytes);
  }
  execFileSync('sync', ['-f', folder]);
  return { station, verifyingKeyPem: publicKey.export({ format: 'pem', type: 'spki' }) as string };
}

function startIngest(folder: string, seed: number, how: 'synced' | 'unsynced'): ChildProcess {
  const writer = fileURLToPath(compiledEntry('scripts/faults/hub-ingest-writer.ts'));
  const command = [process.execPath, writer, folder, String(seed)];
  const traced =
    how === 'synced' ? command : ['strace', '-f', '-qq', '-o', '/dev/null', ...NO_SYNC, ...command];
  const [program = '', ...args] = traced;
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true });
}

/** First sequences of the segments whose row, leaves and body are all there and say the same. */
async function wholeSegments(folder: string, station: SealingStation): Promise<Set<number>> {
  const whole = new Set<number>();
  try {
    const inbox = openSqliteInbox({ folder, key: KEY, mode: 'open', random: randomBytes });
    for (const { arrival, first, last } of await inbox.arrivals(0, SEGMENTS)) {
      const body = await inbox.body(arrival).catch(() => null);
      if (body === null) continue;
      const segment = decodeSegment(body);
      if (segment.first === first && segment.sealed.length === last - first + 1) whole.add(first);
    }
    for await (const proof of proveStation(inbox, 'station-1', station.known.verifyingKey)) {
      expect(proof.misfits).toEqual([]);
    }
    await inbox.close();
  } catch {
    // What cannot be read counts as lost.
  }
  return whole;
}

/** The tracer too: the child was started in a group of its own. */
function kill(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
}

function straceObstacle(): string | null {
  try {
    const only = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', 'true'];
    execFileSync('strace', only, { timeout: 30_000 });
    return null;
  } catch {
    return 'strace cannot trace here';
  }
}
