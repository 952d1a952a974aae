import { beforeEach, expect, test } from 'vitest';
import type { PcscSlot } from './native-pcsclite.ts';
import { ChildSlot } from './pcsc-slot.ts';

const PRESENT = 0x20;
const IN_USE = 0x100;
const EMPTY = 0x10;
const ATR = Uint8Array.of(0x3b);
/** The upper half of a state counts what came and went. */
const event = (count: number, flags: number) => (count << 16) | flags;

let calls: string[];
let answer: Uint8Array;
let error: Error | null;
let insertions: number;
let slot: ChildSlot;

beforeEach(() => {
  calls = [];
  answer = Uint8Array.of(0x90, 0x00);
  error = null;
  insertions = 0;
  const connector = {
    name: 'Reader 00 00',
    connected: true,
    connect(
      options: { share_mode: number },
      done: (error: Error | null, protocol: number) => void,
    ) {
      calls.push(`connect ${options.share_mode}${this.connected ? ', though connected' : ''}`);
      done(error, 2);
    },
    disconnect(disposition: number, done: (error: Error | null) => void) {
      calls.push(`disconnect ${disposition}`);
      done(new Error('whatever'));
    },
    transmit(
      _: Buffer,
      length: number,
      protocol: number,
      done: (e: Error | null, r: Buffer) => void,
    ) {
      calls.push(`transmit ${length} ${protocol}`);
      done(error, Buffer.from(answer));
    },
  };
  slot = new ChildSlot(connector as unknown as PcscSlot, () => ++insertions);
});

const connect = (insertion: number) => slot.run({ kind: 'connect', slot: '', insertion });
const transmit = () =>
  slot.run({ kind: 'transmit', slot: '', insertion: 1, apdu: Uint8Array.of(0, 0, 0, 0) });

test('a card that comes is an insertion, one that goes ends it', () => {
  expect(slot.observe(event(0, EMPTY), undefined)).toBe(false);
  expect(slot.observe(event(1, PRESENT), ATR)).toBe(true);
  expect(slot.state).toEqual({ name: 'Reader 00 00', insertion: 1, atr: ATR });
  expect(slot.observe(event(1, PRESENT | IN_USE), ATR)).toBe(false);
  expect(slot.observe(event(2, EMPTY), undefined)).toBe(true);
  expect(slot.state.insertion).toBeNull();
});

test('a card that went and came between two looks is another insertion', () => {
  slot.observe(event(1, PRESENT), ATR);
  expect(slot.observe(event(3, PRESENT), ATR)).toBe(true);
  expect(slot.state.insertion).toBe(2);
});

test('a reader that is unknown or unavailable holds no card', () => {
  slot.observe(event(1, PRESENT), ATR);
  expect(slot.observe(event(1, PRESENT | 0x8), ATR)).toBe(true);
  expect(slot.state.insertion).toBeNull();
});

test('a card that came under our eyes is taken exclusively, without another reset', async () => {
  slot.observe(event(0, EMPTY), undefined);
  slot.observe(event(1, PRESENT), ATR);
  expect((await connect(1)).kind).toBe('done');
  expect(calls).toEqual(['connect 1']);
});

test.each([
  ['lay there before', [event(1, PRESENT)]],
  ['was used by another', [event(0, EMPTY), event(1, PRESENT), event(1, PRESENT | IN_USE)]],
])('a card that %s is reset first', async (_, states) => {
  for (const state of states) slot.observe(state, ATR);
  await connect(1);
  expect(calls).toEqual(['connect 1', 'disconnect 1', 'connect 1']);
});

test('our own use is not taken for that of another', async () => {
  slot.observe(event(0, EMPTY), undefined);
  slot.observe(event(1, PRESENT), ATR);
  await connect(1);
  slot.observe(event(1, PRESENT | IN_USE), ATR);
  await slot.run({ kind: 'disconnect', slot: '', insertion: 1 });
  await connect(1);
  expect(calls).toEqual(['connect 1', 'disconnect 2', 'connect 1']);
});

test('an insertion that is over is not connected to', async () => {
  slot.observe(event(1, PRESENT), ATR);
  slot.observe(event(3, PRESENT), ATR);
  expect(await connect(1)).toMatchObject({ kind: 'failed', failure: 'no-card' });
  expect(calls).toEqual([]);
});

test('every answer has room for the longest, and an empty one is a card that was pulled', async () => {
  slot.observe(event(1, PRESENT), ATR);
  expect(await transmit()).toMatchObject({ kind: 'failed', failure: 'no-card' });
  await connect(1);
  expect(await transmit()).toEqual({ kind: 'done', response: Buffer.from(answer) });
  expect(calls.at(-1)).toBe('transmit 65538 2');
  answer = new Uint8Array(0);
  expect(await transmit()).toMatchObject({ kind: 'failed', failure: 'no-card' });
});

test('errors are failures with their text, and the next command is carried out', async () => {
  slot.observe(event(1, PRESENT), ATR);
  error = new Error('SCardConnect error: Sharing violation.(0x8010000b)');
  expect(await connect(1)).toEqual({ kind: 'failed', failure: 'busy', detail: error.message });
  error = null;
  expect((await connect(1)).kind).toBe('done');
});
