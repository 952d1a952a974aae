import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { CardReader, InsertedCard } from '../../src/ports/card-reader.ts';
import { ReaderWatch } from './device-watch.ts';

export type CardReaderRig = {
  readonly reader: CardReader;
  /**
   * Lays down an identity card of whatever make, which has an EF.CardAccess (011C) in its master file; a mute one answers
   * to reset and to nothing else. The next one may be laid down once the removal of the last was heard.
   */
  readonly insert: (manner: 'sound' | 'mute') => Promise<void>;
  readonly remove: () => Promise<void>;
  /** Takes the reader from the system, whatever lies on it, and gives it back with that. */
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const SELECT_CARD_ACCESS = Buffer.from('00a4020c02011c', 'hex');
const READ_4_BYTES = Buffer.from('00b0000004', 'hex');
const OK = '9000';
/** No file is selected. */
const NO_CURRENT_FILE = '6986';
/** Long enough for whatever answers at all, and short enough to be waited for. */
const ANSWER_MS = 5_000;
const SHORT_MS = 300;

/** Every CardReader must pass this. */
export function describeCardReader(
  name: string,
  openRig: () => Promise<CardReaderRig>,
  obstacle: string | null = null,
): void {
  const title = obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;
  describe.skipIf(obstacle !== null)(title, () => {
    const stage = new Stage(openRig);
    beforeEach(() => stage.open());
    afterEach(() => stage.close());
    testPresence(stage);
    testConnections(stage);
  });
}

class Stage {
  readonly #openRig: () => Promise<CardReaderRig>;
  #opened: { readonly rig: CardReaderRig; readonly watch: ReaderWatch } | undefined;

  constructor(openRig: () => Promise<CardReaderRig>) {
    this.#openRig = openRig;
  }

  async open(): Promise<void> {
    const rig = await this.#openRig();
    this.#opened = { rig, watch: new ReaderWatch(rig.reader) };
    await this.watch.next('online');
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.rig.close();
  }

  get rig(): CardReaderRig {
    if (this.#opened === undefined) throw new Error('not opened');
    return this.#opened.rig;
  }

  get watch(): ReaderWatch {
    if (this.#opened === undefined) throw new Error('not opened');
    return this.#opened.watch;
  }

  async insertCard(manner: 'sound' | 'mute' = 'sound'): Promise<InsertedCard> {
    await this.rig.insert(manner);
    return this.watch.inserted();
  }
}

function testPresence(stage: Stage): void {
  test('is online once, and a card is told with one object from when it comes until it goes', async () => {
    const card = await stage.insertCard();
    await stage.rig.remove();
    const removed = await stage.watch.next('card-removed');
    expect(removed.card).toBe(card);
    expect(removed.deviceId).toBe(stage.rig.reader.deviceId);
    const next = await stage.insertCard();
    expect(next).not.toBe(card);
    expect(next.atr.length).toBeGreaterThan(0);
    expect(next.slot).not.toBe('');
    expect(stage.watch.words).toEqual(['online', 'card-inserted', 'card-removed', 'card-inserted']);
  });

  test('who begins to listen late hears what is now', async () => {
    const card = await stage.insertCard();
    const late = new ReaderWatch(stage.rig.reader);
    expect(await late.inserted()).toBe(card);
    expect(late.words).toEqual(['online', 'card-inserted']);
    await late.stop();
  });

  test('a reader that is unplugged is offline, and comes back by itself with what lies there', async () => {
    const card = await stage.insertCard();
    await stage.rig.unplug();
    await stage.watch.next('offline', ({ reason }) => reason === 'reader.not-found');
    await isFault(card.connect(SHORT_MS));
    await stage.rig.plug();
    await stage.watch.next('online');
    const again = await stage.watch.inserted();
    expect(again).not.toBe(card);
    await connectAndRead(again);
    expect(stage.watch.words.slice(0, 3)).toEqual(['online', 'card-inserted', 'card-removed']);
    for (const word of stage.watch.words) expect(word).toMatch(/^[a-z-]+( reader\.[a-z-]+)?$/);
  });

  test('stopped before it begins, it says nothing and ends', async () => {
    for await (const _ of stage.rig.reader.events(AbortSignal.abort())) expect.unreachable();
  });
}

function testConnections(stage: Stage): void {
  test('commands go there and answers come back as they are', async () => {
    const connection = await (await stage.insertCard()).connect(ANSWER_MS);
    expect(hex(await connection.transmit(SELECT_CARD_ACCESS, ANSWER_MS))).toBe(OK);
    expect(hex(await connection.transmit(READ_4_BYTES, ANSWER_MS))).toMatch(/^31.{6}9000$/);
    await connection.close();
  });

  test('each connection begins with a card that was reset', async () => {
    const card = await stage.insertCard();
    const first = await card.connect(ANSWER_MS);
    await first.transmit(SELECT_CARD_ACCESS, ANSWER_MS);
    await first.close();
    const second = await card.connect(ANSWER_MS);
    expect(hex(await second.transmit(READ_4_BYTES, ANSWER_MS))).toBe(NO_CURRENT_FILE);
    await second.close();
  });

  test('a second connection waits for the first to be closed, until its deadline', async () => {
    const card = await stage.insertCard();
    const first = await card.connect(ANSWER_MS);
    await isFault(card.connect(SHORT_MS));
    const waiting = card.connect(ANSWER_MS);
    expect(hex(await first.transmit(SELECT_CARD_ACCESS, ANSWER_MS))).toBe(OK);
    await first.close();
    const second = await waiting;
    expect(hex(await second.transmit(READ_4_BYTES, ANSWER_MS))).toBe(NO_CURRENT_FILE);
    await isFault(first.transmit(SELECT_CARD_ACCESS, ANSWER_MS));
    await second.close();
  });

  test('a card taken away in mid-command ends the command', async () => {
    const connection = await (await stage.insertCard('mute')).connect(ANSWER_MS);
    const command = isFault(connection.transmit(SELECT_CARD_ACCESS, 60_000));
    await stage.rig.remove();
    await command;
    await connection.close();
    await stage.watch.next('card-removed');
    await connectAndRead(await stage.insertCard());
  });

  test('a card that is gone is neither asked nor taken', async () => {
    const card = await stage.insertCard();
    const connection = await card.connect(ANSWER_MS);
    await stage.rig.remove();
    await stage.watch.next('card-removed');
    await isFault(connection.transmit(SELECT_CARD_ACCESS, ANSWER_MS));
    await isFault(card.connect(ANSWER_MS));
    await connection.close();
    await connection.close();
    await connectAndRead(await stage.insertCard());
  });

  test('a mute card is given up at the deadline, and the next card is read', async () => {
    const card = await stage.insertCard('mute');
    const connection = await card.connect(ANSWER_MS);
    await isFault(connection.transmit(SELECT_CARD_ACCESS, SHORT_MS));
    await isFault(connection.transmit(SELECT_CARD_ACCESS, SHORT_MS));
    await stage.rig.remove();
    expect((await stage.watch.next('card-removed')).card).toBe(card);
    await connection.close();
    await connectAndRead(await stage.insertCard());
    expect(stage.watch.words.filter((word) => word.startsWith('offline'))).toEqual([]);
  });
}

async function connectAndRead(card: InsertedCard): Promise<void> {
  const connection = await card.connect(ANSWER_MS);
  expect(hex(await connection.transmit(SELECT_CARD_ACCESS, ANSWER_MS))).toBe(OK);
  await connection.close();
}

function isFault(work: Promise<unknown>): Promise<void> {
  return expect(work).rejects.toBeInstanceOf(DeviceFault);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
