import { beforeEach, expect, test } from 'vitest';
import type { CardReaderEvent } from '../../../src/ports/card-reader.ts';
import { sampleCard, seededRandom } from '../../../test/support/sample-card.ts';
import { settle, VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { CardFault } from './card-fault.ts';
import { EmulatedCard } from './emulated-card.ts';
import { EmulatedReader } from './emulated-reader.ts';

const SELECT_CARD_ACCESS = Buffer.from('00a4020c02011c', 'hex');
const READ_4_BYTES = Buffer.from('00b0000004', 'hex');
const isFault = (message: RegExp) =>
  expect.objectContaining({ name: 'DeviceFault', message: expect.stringMatching(message) });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let clock: VirtualClock;
let reader: EmulatedReader;

beforeEach(() => {
  clock = new VirtualClock();
  reader = new EmulatedReader('test', clock);
});

async function makeCard(...faults: readonly CardFault[]): Promise<EmulatedCard> {
  return new EmulatedCard(await sampleCard({ faults }), seededRandom('reader'));
}

/** What a consumer who takes `count` events is told. */
async function told(count: number): Promise<readonly string[]> {
  const events: string[] = [];
  for await (const event of reader.events(new AbortController().signal)) {
    events.push(event.kind === 'offline' ? `offline ${event.reason}` : event.kind);
    if (events.length === count) break;
  }
  return events;
}

test('a mute card is given up at the deadline, not before, and reset by the next connection', async () => {
  const card = await makeCard({ kind: 'mute', afterApdus: 1 });
  const inserted = reader.insert(card);
  const connection = await inserted.connect(1_000);
  await connection.transmit(SELECT_CARD_ACCESS, 1_000);
  let isOver = false;
  const command = expect(
    connection.transmit(READ_4_BYTES, 500).finally(() => {
      isOver = true;
    }),
  ).rejects.toThrow(isFault(/within 500 ms/));
  await clock.advance(499);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await command;
  await expect(connection.transmit(READ_4_BYTES, 500)).rejects.toThrow(isFault(/connect again/));
  await connection.close();
  await (await inserted.connect(1_000)).close();
});

test('a slow card is waited for within the deadline', async () => {
  const faults = [{ kind: 'slow', afterApdus: 0, milliseconds: 400 }] as const;
  const signal = new AbortController().signal;
  const spec = await sampleCard({ faults });
  const card = new EmulatedCard(spec, seededRandom('slow'), (ms) => clock.sleep(ms, signal));
  const connection = await reader.insert(card).connect(1_000);
  const answer = connection.transmit(SELECT_CARD_ACCESS, 401);
  await clock.advance(400);
  expect(hex(await answer)).toBe('9000');
});

test('a second connection is refused at its deadline, or had as soon as the first is closed', async () => {
  const inserted = reader.insert(await makeCard());
  const first = await inserted.connect(1_000);
  const refused = expect(inserted.connect(300)).rejects.toThrow(isFault(/within 300 ms/));
  await clock.advance(300);
  await refused;
  const second = inserted.connect(1_000);
  await first.close();
  await (await second).close();
});

test('a card that pulls itself is removed, and is a new insertion when it is laid down again', async () => {
  const card = await makeCard({ kind: 'pull', afterApdus: 1, returns: true });
  const inserted = reader.insert(card);
  const events: CardReaderEvent[] = [];
  const stop = new AbortController();
  const listening = (async () => {
    for await (const event of reader.events(stop.signal)) events.push(event);
  })();
  const connection = await inserted.connect(1_000);
  await connection.transmit(SELECT_CARD_ACCESS, 1_000);
  await expect(connection.transmit(READ_4_BYTES, 1_000)).rejects.toThrow(isFault(/no card/));
  await expect(inserted.connect(1_000)).rejects.toThrow(isFault(/no card/));
  await settle();
  const again = reader.insert(card);
  expect(hex(await (await again.connect(1_000)).transmit(SELECT_CARD_ACCESS, 1_000))).toBe('9000');
  stop.abort();
  await listening;
  expect(events.map(({ kind }) => kind)).toEqual([
    ...['online', 'card-inserted', 'card-removed', 'card-inserted'],
  ]);
});

test('the next card takes the place of the last', async () => {
  const first = reader.insert(await makeCard());
  reader.insert(await makeCard());
  await expect(first.connect(1_000)).rejects.toThrow(isFault(/no card/));
  expect(await told(2)).toEqual(['online', 'card-inserted']);
});

test('a card laid on a reader without cable is seen once that is plugged in', async () => {
  reader.unplug();
  const inserted = reader.insert(await makeCard());
  await expect(inserted.connect(1_000)).rejects.toThrow(isFault(/no card/));
  expect(await told(1)).toEqual(['offline reader.not-found']);
  reader.plug();
  expect(await told(2)).toEqual(['online', 'card-inserted']);
  await (await inserted.connect(1_000)).close();
});

test('who dawdles is told of an outage that is over, and of no more than one', async () => {
  const events = reader.events(new AbortController().signal)[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ kind: 'online' });
  for (let times = 0; times < 3; times++) {
    reader.unplug();
    reader.plug();
  }
  expect((await events.next()).value).toMatchObject({ kind: 'offline' });
  expect((await events.next()).value).toMatchObject({ kind: 'online' });
  reader.insert(await makeCard());
  expect((await events.next()).value).toMatchObject({ kind: 'card-inserted' });
});

test('what a card throws that is no fault is not hidden', async () => {
  const card = await makeCard();
  card.transmit = () => Promise.reject(new TypeError('a mistake'));
  const connection = await reader.insert(card).connect(1_000);
  await expect(connection.transmit(READ_4_BYTES, 1_000)).rejects.toThrow(TypeError);
});
