import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureOfMessage } from './pcsc-code.ts';
import {
  type ChildMessage,
  FAILURES,
  type HostMessage,
  parseChildMessage,
  parseHostMessage,
  RESPONSE_BYTES_MAX,
  shortDetail,
} from './pcsc-messages.ts';

/** As it comes out of the channel between the two. */
const sent = (message: unknown): unknown => deserialize(serialize(message));
const atr = Uint8Array.of(0x3b, 0x00);
const slot = { name: 'Reader 00 00', insertion: 1, atr };

test.each<ChildMessage>([
  { kind: 'slots', slots: [] },
  { kind: 'slots', slots: [slot, { name: 'Đầu đọc', insertion: null, atr: new Uint8Array(0) }] },
  { kind: 'service-down', detail: 'none' },
  { kind: 'service-lost', detail: '' },
  { kind: 'result', id: 7, result: { kind: 'done', response: new Uint8Array(RESPONSE_BYTES_MAX) } },
  { kind: 'result', id: 7, result: { kind: 'failed', failure: 'busy', detail: 'held' } },
])('what a child says is understood ($kind)', (message) => {
  expect(parseChildMessage(sent(message))).toEqual(message);
});

test.each<HostMessage>([
  { id: 1, command: { kind: 'ping' } },
  { id: 1, command: { kind: 'connect', slot: 'a', insertion: 1 } },
  {
    id: 1,
    command: { kind: 'transmit', slot: 'a', insertion: 1, apdu: Uint8Array.of(0, 1, 2, 3) },
  },
  { id: 1, command: { kind: 'disconnect', slot: 'a', insertion: 1 } },
])('what a host says is understood ($command.kind)', (message) => {
  expect(parseHostMessage(sent(message))).toEqual(message);
});

const result = (each: unknown) => ({ kind: 'result', id: 1, result: each });
test.each<[string, unknown]>([
  [
    'an answer too long',
    result({ kind: 'done', response: new Uint8Array(RESPONSE_BYTES_MAX + 1) }),
  ],
  ['an answer that is text', result({ kind: 'done', response: '9000' })],
  ['a failure nobody knows', result({ kind: 'failed', failure: 'bored', detail: '' })],
  ['a detail too long', { kind: 'service-down', detail: 'x'.repeat(301) }],
  ['a result of nothing', { kind: 'result', id: -1, result: { kind: 'done', response: atr } }],
  ['too many slots', { kind: 'slots', slots: Array.from({ length: 65 }, () => slot) }],
  ['slots that are none', { kind: 'slots', slots: { length: 1 } }],
  ['a name too long', { kind: 'slots', slots: [{ ...slot, name: 'x'.repeat(201) }] }],
  ['an answer to reset too long', { kind: 'slots', slots: [{ ...slot, atr: new Uint8Array(37) }] }],
  ['half an insertion', { kind: 'slots', slots: [{ ...slot, insertion: 0.5 }] }],
])('%s is refused', (_, message) => {
  expect(parseChildMessage(sent(message))).toBeNull();
});

test('anything else is refused by both, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.anything(), (message) => {
      expect(parseChildMessage(message)).toBeNull();
      expect(parseHostMessage(message)).toBeNull();
    }),
  );
});

test('parts of a message in wrong places never pass for a whole one', () => {
  const word = fc.constantFrom('slots', 'result', 'done', 'failed', 'service-down', ...FAILURES);
  const part = fc.oneof(word, fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.constant(null));
  const keys = ['kind', 'id', 'slots', 'result', 'detail', 'response', 'failure'];
  const record = fc.dictionary(fc.constantFrom(...keys), part);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), fc.oneof(part, record)), (message) => {
      const parsed = parseChildMessage(message);
      if (parsed !== null) expect(message).toMatchObject(parsed);
    }),
  );
});

test('a detail is cut to what is accepted', () => {
  const message = { kind: 'service-lost', detail: shortDetail('x'.repeat(10_000)) };
  expect(parseChildMessage(message)).toEqual(message);
});

test.each([
  ['SCardConnect error: Sharing violation.(0x8010000b)', 'busy'],
  ['SCardConnect error: No smart card inserted.(0x8010000c)', 'no-card'],
  ['SCardTransmit error: Card was removed.(0x80100069)', 'no-card'],
  ['SCardTransmit error: Transaction failed.(0x80100016)', 'unresponsive'],
  ['SCardConnect error: Unknown reader specified.(0x80100009)', 'no-reader'],
  ['SCardGetStatusChange error: RPC transport error.(0x80100013)', 'no-service'],
  ['SCardTransmit error: Sharing violation.(0xffffffff8010000b)', 'busy'],
  ['SCardConnect error: Something new.(0x801000ff)', 'refused'],
  ['no code at all', 'refused'],
])('%s is %s', (message, failure) => {
  expect(failureOfMessage(message)).toBe(failure);
});
