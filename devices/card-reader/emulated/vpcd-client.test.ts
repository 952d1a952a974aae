import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { CardChannel } from '../../../src/chip/card-channel.ts';
import { CardSession } from '../../../src/chip/card-session.ts';
import { parseDg1 } from '../../../src/chip/lds/dg1.ts';
import { letIn, readWhole } from '../../../test/support/card-terminal.ts';
import { SAMPLE_PERSON, sampleCard, seededRandom } from '../../../test/support/sample-card.ts';
import type { CardFault } from './card-fault.ts';
import { EmulatedCard } from './emulated-card.ts';
import { CCCD_ATR, insertCard, type VpcdCard } from './vpcd-client.ts';
import { BODY_BYTES_MAX, CONTROL, encodeFrame, FrameReader } from './vpcd-frames.ts';

const SELECT_CARD_ACCESS = Buffer.from('00a4020c02011c', 'hex');
const OK = Buffer.from('9000', 'hex');
const cleanUp: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/** The reader's side, as vpcd has it: a listening socket, and one card on it at a time. */
class FakeVpcd implements CardChannel {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #bodies: Uint8Array[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (segment: Uint8Array) => {
      this.#bodies.push(...this.#frames.push(segment));
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#wake());
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  control(code: number): void {
    this.write(encodeFrame(Uint8Array.of(code)));
  }

  async next(): Promise<Uint8Array> {
    while (this.#bodies.length === 0) {
      if (this.#socket.closed) throw new Error('the card is gone');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#bodies.shift() ?? new Uint8Array(0);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.write(encodeFrame(command));
    return this.next();
  }

  leave(): void {
    this.#socket.destroy();
  }
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function insert(...faults: readonly CardFault[]): Promise<{
  reader: FakeVpcd;
  inserted: VpcdCard;
}> {
  const { server, port } = await listen();
  const accepted = once(server, 'connection');
  const card = new EmulatedCard(await sampleCard({ faults }), seededRandom('vpcd'));
  const inserted = await insertCard({ host: '127.0.0.1', port, card, atr: CCCD_ATR });
  cleanUp.push(() => inserted.pull());
  const [socket] = (await accepted) as [Socket];
  const reader = new FakeVpcd(socket);
  cleanUp.push(() => reader.leave());
  return { reader, inserted };
}

test('the answer to reset is given when it is asked for, power on and off are not answered', async () => {
  const { reader } = await insert();
  for (const code of [CONTROL.off, CONTROL.on, CONTROL.atr, CONTROL.reset]) reader.control(code);
  expect(Buffer.from(await reader.next()).equals(CCCD_ATR)).toBe(true);
  expect(Buffer.from(await reader.transmit(SELECT_CARD_ACCESS)).equals(OK)).toBe(true);
});

test('a whole reading goes through the virtual reader', async () => {
  const { reader } = await insert();
  reader.control(CONTROL.on);
  const session = new CardSession(reader);
  await letIn(session);
  expect(parseDg1(await readWhole(session, 0x0101)).personalNumber).toBe(SAMPLE_PERSON.number);
});

test('segments cut within length and body are put together', async () => {
  const { reader } = await insert();
  for (const byte of encodeFrame(SELECT_CARD_ACCESS)) reader.write(Uint8Array.of(byte));
  expect(Buffer.from(await reader.next()).equals(OK)).toBe(true);
});

test('a reset makes the card forget what was selected', async () => {
  const { reader } = await insert();
  const read = Buffer.from('00b0000004', 'hex');
  await reader.transmit(SELECT_CARD_ACCESS);
  expect(Buffer.from(await reader.transmit(read)).toString('hex')).toBe('3134300d9000');
  reader.control(CONTROL.reset);
  expect(Buffer.from(await reader.transmit(read)).toString('hex')).toBe('6986');
});

test('pulling the card closes the connection', async () => {
  const { reader, inserted } = await insert();
  await inserted.pull();
  await expect(reader.next()).rejects.toThrow('the card is gone');
  expect(await inserted.ended).toBe('pulled');
});

test('a card that pulls itself is gone from the reader', async () => {
  const { reader, inserted } = await insert({ kind: 'pull', afterApdus: 1, returns: false });
  await reader.transmit(SELECT_CARD_ACCESS);
  await expect(reader.transmit(SELECT_CARD_ACCESS)).rejects.toThrow('the card is gone');
  expect(await inserted.ended).toBe('pulled');
});

test('a mute card is answered for by nothing, until it is reset: then it is still there', async () => {
  const { reader } = await insert({ kind: 'mute', afterApdus: 0 });
  reader.write(encodeFrame(SELECT_CARD_ACCESS));
  reader.control(CONTROL.reset);
  reader.control(CONTROL.atr);
  expect(Buffer.from(await reader.next()).equals(CCCD_ATR)).toBe(true);
});

test('a reader that goes away ends the card', async () => {
  const { reader, inserted } = await insert();
  reader.leave();
  expect(await inserted.ended).toBe('reader-gone');
});

test.each([
  ['an empty body', encodeFrame(new Uint8Array(0))],
  ['a control nobody knows', encodeFrame(Uint8Array.of(0x7f))],
])('%s is no vpcd', async (_, bytes) => {
  const { reader, inserted } = await insert();
  reader.write(bytes);
  expect(await inserted.ended).toBe('garbled');
});

test('commands that do not wait for answers are not collected without end', async () => {
  const { reader, inserted } = await insert({ kind: 'mute', afterApdus: 0 });
  const frame = encodeFrame(SELECT_CARD_ACCESS);
  reader.write(Buffer.concat(Array.from({ length: 50 }, () => frame)));
  expect(await inserted.ended).toBe('garbled');
});

test('a mistake in the card is not taken for a pulled card', async () => {
  const { server, port } = await listen();
  const accepted = once(server, 'connection');
  const card = {
    transmit: () => Promise.reject(new TypeError('a mistake')),
    reset: () => undefined,
  };
  const { ended } = await insertCard({ host: '127.0.0.1', port, card, atr: CCCD_ATR });
  const told = expect(ended).rejects.toThrow(TypeError);
  const [socket] = (await accepted) as [Socket];
  socket.write(encodeFrame(SELECT_CARD_ACCESS));
  await told;
});

test('nobody listening is told with what to do', async () => {
  const { server, port } = await listen();
  await new Promise((resolve) => server.close(resolve));
  const card = new EmulatedCard(await sampleCard(), seededRandom('vpcd'));
  await expect(insertCard({ host: '127.0.0.1', port, card, atr: CCCD_ATR })).rejects.toMatchObject({
    name: 'DeviceFault',
    message: expect.stringContaining('pcscd'),
  });
});

test('frames come out as they went in, however they are cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 300 })), (sent, cuts) => {
      const reader = new FrameReader();
      const stream = Buffer.concat(sent.map((body) => encodeFrame(body)));
      const received: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        received.push(...reader.push(stream.subarray(at, at + cut)));
        at += cut;
      }
      expect(received.map((body) => [...body])).toEqual(sent.map((body) => [...body]));
    }),
  );
});

test('a body longer than two bytes can count is a fault, not a wrong length', () => {
  expect(() => encodeFrame(new Uint8Array(BODY_BYTES_MAX + 1))).toThrow(
    expect.objectContaining({ name: 'DeviceFault' }),
  );
});
