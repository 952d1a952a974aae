import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubRig, type StationClient } from '../../test/support/hub-rig.ts';
import { runHubCommand } from '../../test/support/run-hub-command.ts';
import { SealingStation } from '../../test/support/sealed-segments.ts';
import type { EpochReason } from '../journal/epoch-store.ts';
import { toHex } from '../kernel/bytes.ts';
import { systemClock } from '../station/system-clock.ts';
import { epochProofBytes } from '../sync/protocol/proofs.ts';

let rig: HubRig;
let station: StationClient;
beforeAll(async () => {
  rig = await HubRig.start(systemClock);
  station = await rig.enrol('cua-ngo-1');
  for (const role of ['publisher', 'admin'] as const) {
    const token = await rig.operator(role, role);
    writeFileSync(join(rig.folder, role), `${token}\n`, { mode: 0o600 });
  }
});
afterAll(async () => {
  station.close();
  await rig[Symbol.asyncDispose]();
});

const epoch = (who: string, ...args: readonly string[]) => hub(who, 'epoch', ...args);
const hub = (who: string, ...args: readonly string[]) =>
  runHubCommand(args, {
    ...{ CHOT_HUB_DATA: rig.directory.path, CHOT_HUB_URL: rig.hub.origin },
    CHOT_HUB_TOKEN_FILE: join(rig.folder, who),
  });

async function announce(name: number, reason: EpochReason, first: number): Promise<string> {
  const previous = new Uint8Array(32).fill(first === 1 ? 0 : name);
  const claim = new SealingStation('cua-ngo-1', name, station.signing, { first, previous }).claim(
    reason,
  );
  const answer = await station.ask('/v1/epochs', {
    json: {
      ...{ epoch: toHex(claim.epoch), first, previous: toHex(previous), reason },
      proof: station.sign(epochProofBytes(claim)),
    },
  });
  expect(answer.status).toBe(201);
  return toHex(claim.epoch);
}

test('an epoch that waits is listed with why it began and what it follows, and is granted', async () => {
  await announce(7, 'first', 1);
  expect(await epoch('publisher', 'list')).toMatchObject({ code: 0, stdout: 'no epoch waits\n' });
  const waiting = await announce(8, 'lost', 5);
  const listed = await epoch('publisher', 'list');
  expect(listed.code).toBe(3);
  expect(listed.stdout).toMatch(
    new RegExp(`\\ncua-ngo-1 +${waiting} +waiting +lost +UNKNOWN +- +\\d{4}-\\S+\\n$`),
  );
  const refused = await epoch('publisher', 'grant', 'cua-ngo-1', waiting);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('admin or above')]);
  expect(await epoch('admin', 'grant', 'cua-ngo-1', waiting)).toMatchObject({ code: 0 });
  expect((await epoch('publisher', 'list')).code).toBe(0);
  const all = (await epoch('publisher', 'list', '--all', '--json')).stdout.trim().split('\n');
  expect(all.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { station: 'cua-ngo-1', state: 'granted', reason: 'first', follows: 'nothing' },
    { station: 'cua-ngo-1', state: 'granted', reason: 'lost', follows: 'unknown' },
  ]);
  const again = await epoch('admin', 'grant', 'cua-ngo-1', waiting);
  expect([again.code, again.stderr]).toEqual([4, 'no such epoch waits\n']);
});

test('a station is shown as it reported last, with what is held of its journal, and what needs a look', async () => {
  const silent = await hub('publisher', 'station', 'show', 'cua-ngo-1');
  expect([silent.code, silent.stdout]).toEqual([
    0,
    expect.stringMatching(/^station +cua-ngo-1 of hcm, active: .*\nreported +not yet\n/s),
  ]);
  await station.ask('/v1/reports', { json: REPORT });
  const shown = await hub('publisher', 'station', 'show', 'cua-ngo-1');
  expect(shown.code).toBe(3);
  expect(shown.stdout).toMatch(
    /\nin place +manifest 3, roles 1, .*\nto send +2 segments, the oldest of 2026-.*\ntime +carried, known to 10 s\n.*\nproblems +register.absent.f1\nwarnings +none\nepoch +07/s,
  );
  const unknown = await hub('publisher', 'station', 'show', 'cua-ngo-x');
  expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('no such station')]);
});

test('an incident is listed until somebody closes it', async () => {
  const listed = await hub('publisher', 'incident', 'list');
  expect(listed.code).toBe(3);
  const [, id = ''] =
    /\n +(\d+) +\d{4}-\S+ +cua-ngo-1 +epoch.waiting +- /.exec(listed.stdout) ?? [];
  const closed = await hub('publisher', 'incident', 'close', id);
  expect([closed.code, closed.stderr]).toEqual([0, `incident ${id} is closed\n`]);
  expect(await hub('publisher', 'incident', 'list')).toMatchObject({
    ...{ code: 0, stdout: 'no incident is open\n' },
  });
  const all = (await hub('publisher', 'incident', 'list', '--all', '--json')).stdout;
  expect(JSON.parse(all)).toMatchObject({ code: 'epoch.waiting', closedBy: 'publisher' });
  const twice = await hub('publisher', 'incident', 'close', id);
  expect([twice.code, twice.stderr]).toEqual([4, 'no incident that is open has this number\n']);
  expect((await hub('publisher', 'incident', 'close', 'epoch.waiting')).code).toBe(4);
});

const REPORT = {
  ...{ software: '0.1.0', bootId: '0'.repeat(16), unsent: 2, oldestUnsentMs: 1_790_000_000_000 },
  versions: { manifest: 3, roles: 1, policy: 1, mandate: 1, generation: 1 },
  ...{ head: null, keyGrade: 'file', problems: ['register.absent.f1'], warnings: [] },
  time: { earliestMs: 1_790_000_000_000, latestMs: 1_790_000_009_500, trust: 'carried' },
};
