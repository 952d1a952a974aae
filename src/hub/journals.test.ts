import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guarded } from '../../test/support/guarded.ts';
import { endRecord, passageRecord } from '../../test/support/journal-records.ts';
import { SealingStation } from '../../test/support/sealed-segments.ts';
import { generateRecipient } from '../journal/recipient.ts';
import { toHex } from '../kernel/bytes.ts';
import { systemClock } from '../station/system-clock.ts';
import type { Incident } from './ingest-port.ts';
import { type Journals, type JournalsNews, openJournals } from './journals.ts';

const ours = generateRecipient('test-1');
const strange = generateRecipient('test-2');

let folder: string;
let journals: Journals;
let incidents: Incident[];
let news: JournalsNews[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-journals-'));
  mkdirSync(join(folder, 'recipients'));
  writeFileSync(join(folder, 'recipients', 'test-1.pem'), ours.privateKeyPem);
  writeFileSync(join(folder, 'recipients', 'spoiled.pem'), 'no key');
  incidents = [];
  news = [];
  journals = await openJournals({
    ...{ folder, key: new Uint8Array(32).fill(2), recipientsFolder: join(folder, 'recipients') },
    recipients: () => new Set(['test-1', 'test-2']),
    ...{ days: { passages: 30, lookUps: 30, service: 365 }, erasureCopies: [], clock: systemClock },
    raise: (incident) => incidents.push(incident),
    tell: (what) => news.push(what),
  });
});
afterEach(async () => {
  await journals.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const wait = async () => {
    while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
  };
  await guarded(what, wait());
}

test('a stop that a station sends is a case that the station can ask for', async () => {
  const station = new SealingStation('station-1', 1);
  expect(await journals.ingest.announce(station.claim())).toBe('announced');
  const made = station.seal(ours.recipient, [
    (at) => passageRecord(at, { verdict: 'stop' }),
    (at) => endRecord(at - 1, 'no'),
  ]);
  const address = { epoch: station.epoch, first: 1 };
  expect(await journals.ingest.accept(station.known, address, made.bytes)).toMatchObject({
    kind: 'stored',
  });
  const passage = { epoch: toHex(station.epoch), sequence: 1 };
  const cases = () => journals.cases.casesOf('station-1', [passage]);
  await until('the case is open', async () => (await cases()).length > 0);
  const [found] = await cases();
  expect(found).toMatchObject({ ...passage, state: 'open', outcome: null });
  await journals.index.cases.closeCase(found?.code ?? '', 'transfer', 'nurse-1', 5);
  expect(await cases()).toMatchObject([{ state: 'closed', outcome: 'transfer' }]);
  await until('the mark moves', async () => {
    const [epoch] = await journals.standing('station-1');
    return epoch?.openedThrough === 2;
  });
  expect(await journals.ingest.heads('station-1')).toMatchObject([
    { through: 2, openedThrough: 2 },
  ]);
});

test('what the opener meets is told: a key file that is none, a segment that it cannot open', async () => {
  const station = new SealingStation('station-1', 1);
  await journals.ingest.announce(station.claim());
  const { bytes } = station.seal(strange.recipient, [(at) => passageRecord(at)]);
  await journals.ingest.accept(station.known, { epoch: station.epoch, first: 1 }, bytes);
  await until('the incident comes', () => incidents.length > 0);
  expect(incidents).toMatchObject([
    { station: 'station-1', code: 'segment.not-opened', detail: { reason: 'key.missing' } },
  ]);
  expect(news).toContainEqual({ kind: 'expired', records: 0, bodies: 0 });
  expect(news.find(({ kind }) => kind === 'key-unfit')).toMatchObject({ file: 'spoiled.pem' });
});
