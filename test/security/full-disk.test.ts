import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StationBench } from '../support/station-process.ts';

let disk: string;
let bench: StationBench;
const obstacle = mountObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);

beforeAll(async () => {
  if (obstacle !== null) return;
  disk = mkdtempSync(join(tmpdir(), 'chot-full-'));
  // Too small for the ballast to grow, so that full is full.
  run('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk);
  const config = '[[lane]]\nid = "lane-1"\nname = "Làn 1"\nclear = "tap"\n';
  bench = await StationBench.make({ dataDir: join(disk, 'data'), config });
});
afterAll(async () => {
  if (obstacle !== null) return;
  await bench.remove();
  run('umount', disk);
  rmSync(disk, { recursive: true });
});

test.skipIf(obstacle !== null)(
  named('a full disk opens nothing, shows its verdicts as not recorded, and is told in one gap'),
  async () => {
    await bench.importRegister('f0', ['001200000001,active,2026-01-01,2099-12-31,CDC']);
    const station = await bench.start();
    const page = await station.enter();
    await page.act('confirm-time', null);

    // The control: with room on the disk this person's pass is recorded and told to the outside.
    await station.present('001200000009');
    const before = await page.until('a pass', ({ current }) => current?.verdict === 'pass');
    expect([before.current?.recorded, before.outward]).toEqual([true, 'go']);
    await page.act('crossed', before.current?.ordinal ?? null);
    await page.until('the lane is free', ({ current }) => current === null);

    // So small a disk is short of its thirty days, and able to work all the same.
    const short = { warnings: ['journal.room-short'] };
    expect(await station.ready()).toEqual({ status: 200, ready: true, problems: [], ...short });
    const junk = fill();
    // Known before anybody comes.
    expect(await station.ready()).toMatchObject({ status: 503, problems: ['journal.full'] });
    await station.present('001200000017');
    const full = await page.until('a verdict', ({ current }) => current !== null);
    expect(full.current).toMatchObject({ verdict: 'pass', recorded: false, passage: 0 });
    expect(full.outward).toBe('wait');
    expect(full.journal).toMatchObject({ state: 'not-writing', reason: 'journal.full' });
    expect(await page.act('let-pass', full.current?.ordinal ?? null)).toBe(204);
    await page.act('crossed', full.current?.ordinal ?? null);
    await page.until('the crossing is counted', ({ journal }) => journal.unrecorded === 1);
    await station.present('001200000001');
    const hit = await page.until('a stop', ({ current }) => current?.verdict === 'stop');
    expect([hit.current?.recorded, hit.outward]).toEqual([false, 'wait']);
    await page.act('turn-back', hit.current?.ordinal ?? null);

    expect((await station.ready()).problems).toContain('journal.not-writing');
    rmSync(junk);
    await page.until('it writes again', ({ journal }) => journal.state === 'writing');
    await station.present('001200000025');
    const after = await page.until(
      'a recorded pass',
      ({ current }) => current?.verdict === 'pass' && current.recorded,
    );
    expect(after.outward).toBe('go');
    expect(await station.ready()).toMatchObject({ status: 200, ready: true });
    expect(await station.stop()).toBe(0);

    expect(station.log().filter(({ event }) => event === 'journal-lost')).toHaveLength(1);
    expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
    const records = await bench.openJournal();
    const gaps = records.filter(({ type }) => type === 'gap');
    expect(gaps).toEqual([expect.objectContaining({ cause: 'full', decided: 2, crossed: 1 })]);
    expect(records.filter(({ type }) => type === 'passage')).toHaveLength(2);
  },
);

/** Writes until nothing more goes in. */
function fill(): string {
  const path = join(disk, 'junk');
  const handle = openSync(path, 'w');
  try {
    for (;;) writeSync(handle, Buffer.alloc(4096, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
  return path;
}

function mountObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  const folder = mkdtempSync(join(tmpdir(), 'chot-mount-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
    run('umount', folder);
    return null;
  } catch {
    return 'no right to mount';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'ignore', timeout: 30_000 });
}
