import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { JournalsRig, sealFor } from '../../../test/support/journals-rig.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { toHex } from '../../kernel/bytes.ts';
import { proveStation, type StationProof, stationStanding } from './prove-station.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const record = () => actionRecord(null);

let folder: string;
let rig: JournalsRig;
let station: SealingStation;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-prove-'));
  rig = new JournalsRig(folder);
  station = new SealingStation('station-1', 1, privateKey);
  await rig.ingest.announce(station.claim());
});
afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

const proofs = async (key = station.known.verifyingKey): Promise<StationProof[]> => {
  const all: StationProof[] = [];
  for await (const proof of proveStation(rig.inbox, 'station-1', key)) all.push(proof);
  return all;
};

test('what is there from first to last is proven, epoch by epoch, with how they are joined', async () => {
  const one = sealFor(station, record, record);
  const two = sealFor(station, record);
  for (const made of [two, one]) await rig.send(station, made);
  const start = { first: 3, previous: one.link };
  const restored = new SealingStation('station-1', 2, privateKey, start);
  await rig.ingest.announce(restored.claim('behind'));
  await rig.send(restored, sealFor(restored, record, record));
  const loose = new SealingStation('station-1', 3, privateKey, { ...start, first: 50 });
  await rig.ingest.announce(loose.claim('lost'));
  const nothing = { gapCount: 0, misfitCount: 0 };
  expect(await proofs()).toMatchObject([
    {
      ...nothing,
      ...{ state: 'granted', records: 3, through: 3 },
      joint: { reason: 'first', follows: 'nothing', after: null },
      provenHead: { sequence: 3, link: toHex(two.link) },
    },
    {
      ...nothing,
      ...{ state: 'waiting', records: 2, through: 4 },
      joint: { follows: 'receipt', after: { epoch: '01'.repeat(16), sequence: 2 } },
    },
    { ...nothing, records: 0, through: 49, joint: { follows: 'unknown', after: null } },
  ]);
});

test('every gap is named, in the proof and at once', async () => {
  const made = Array.from({ length: 6 }, () => sealFor(station, record, record));
  for (const at of [0, 2, 5]) await rig.send(station, made[at] ?? sealFor(station));
  const gaps = [
    { from: 3, to: 4 },
    { from: 7, to: 10 },
  ];
  expect(await proofs()).toMatchObject([{ through: 2, gaps, gapCount: 2, misfitCount: 0 }]);
  const standing = await stationStanding(rig.inbox, async () => 1, 'station-1');
  expect(standing).toEqual([
    {
      ...{ epoch: '01'.repeat(16), state: 'granted', first: 1 },
      ...{ through: 2, last: 12, openedThrough: 1, gaps },
    },
  ]);
});

test('a segment that does not follow its neighbour, and a key that did not sign, are named', async () => {
  await rig.send(station, sealFor(station, record, record));
  const start = { first: 3, previous: new Uint8Array(32).fill(1) };
  const bent = new SealingStation('station-1', 1, privateKey, start);
  await rig.send(bent, sealFor(bent, record));
  expect(await proofs()).toMatchObject([
    { through: 2, misfits: [{ kind: 'link', from: 3, to: 3 }], misfitCount: 1 },
  ]);
  const { publicKey } = generateKeyPairSync('ed25519');
  const [proof] = await proofs(publicKey);
  expect(proof?.misfits.map(({ kind }) => kind)).toEqual(['signature', 'link', 'signature']);
});
