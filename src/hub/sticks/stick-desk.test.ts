import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubRig, REGION, type StationClient } from '../../../test/support/hub-rig.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { encodeUpReport, type UpReport } from '../../sync/bundle/up-report.ts';
import { StickSocket } from './stick-socket.ts';

let rig: HubRig;
let one: StationClient;
let two: StationClient;
beforeAll(async () => {
  rig = await HubRig.start(new VirtualClock());
  one = await rig.enrol('cua-1');
  two = await rig.enrol('cua-2');
});
afterAll(async () => {
  for (const client of [one, two]) client.close();
  await rig[Symbol.asyncDispose]();
});

const NOTHING: UpReport = {
  ...{ region: REGION, station: 'cua-1', atMs: 1, manifest: 0, head: null, epochs: [] },
};
function give(report: Partial<UpReport>, by = one) {
  const sign = (bytes: Uint8Array) => Buffer.from(by.sign(bytes), 'hex');
  const port = new StickSocket(rig.directory.stickSocket);
  return port.report(encodeUpReport({ ...NOTHING, ...report }, sign));
}
const seen = async () => (await rig.store.regions())[0]?.manifestSeen;

test('a restored hub hears from a stick above which manifest it has to publish', async () => {
  expect(await give({ manifest: 50 })).toMatchObject({ kind: 'taken', head: 0 });
  expect(await seen()).toBe(50);
  expect(await give({ manifest: 1_000_000 })).toMatchObject({ kind: 'taken' });
  expect(await seen()).toBe(50);
  expect(await rig.incidents()).toEqual(['manifest.over-advanced']);
});

test('a report that another station signed says nothing', async () => {
  const before = await seen();
  expect(await give({ manifest: 70 }, two)).toMatchObject({ code: 'report.signature' });
  expect(await give({ manifest: 70, region: 'hue' })).toMatchObject({ code: 'report.signature' });
  expect(await seen()).toBe(before);
});

test('an epoch without its proof is counted, and not announced', async () => {
  const epoch = { epoch: Buffer.alloc(16, 1), first: 1, previous: Buffer.alloc(32) };
  const claim = { ...epoch, reason: 'first' as const, proof: Buffer.alloc(64) };
  expect(await give({ epochs: [claim] })).toMatchObject({ kind: 'taken', refusedEpochs: 1 });
});

test('a station that is revoked, or was never here, is refused by name', async () => {
  await rig.hub.desks.actions.revoke('cua-2', 'stolen');
  expect(await give({ station: 'cua-2' }, two)).toMatchObject({ code: 'station.revoked' });
  expect(await give({ station: 'cua-3' })).toMatchObject({ code: 'station.unknown' });
  const place = { station: 'cua-2', epoch: Buffer.alloc(16, 1), first: 1 };
  const port = new StickSocket(rig.directory.stickSocket);
  expect(await port.segment(place, Buffer.from('x'))).toMatchObject({ code: 'station.revoked' });
});
