import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CCCD_ATR } from '../../devices/card-reader/emulated/vpcd-client.ts';
import {
  CONTROL,
  encodeFrame,
  FrameReader,
} from '../../devices/card-reader/emulated/vpcd-frames.ts';
import { guarded } from '../../test/support/guarded.ts';
import { parseCertificate } from '../chip/trust/certificate.ts';
import { emulateCommand } from './card-emulate.ts';

const SELECT_CARD_ACCESS = Buffer.from('00a4020c02011c', 'hex');

let folder: string;
let vpcd: Server;
let port: string;
let stop: AbortController;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-emulate-'));
  stop = new AbortController();
  vpcd = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(vpcd, 'listening');
  port = String((vpcd.address() as AddressInfo).port);
});
afterEach(() => {
  stop.abort();
  vpcd.close();
  rmSync(folder, { recursive: true, force: true });
});

function emulate(...args: readonly string[]) {
  const out: string[] = [];
  const told: string[] = [];
  let exit: number | null = null;
  const command = emulateCommand({
    stdin: Readable.from([]),
    out: (line) => out.push(line),
    tell: (line) => told.push(line),
    env: {},
    signal: stop.signal,
    exit: (code) => {
      exit = code;
    },
  }).exitOverride();
  command.configureOutput({ writeErr: (text) => told.push(text) });
  const ended = command
    .parseAsync(['--port', port, ...args], { from: 'user' })
    .then(() => null)
    .catch((error: unknown) => error);
  return { out, told, ended, exit: () => exit };
}

/** The reader's side of the next card. */
async function nextCard() {
  const [socket] = (await guarded('a card', once(vpcd, 'connection'))) as [Socket];
  const frames = new FrameReader();
  const closed = once(socket, 'close');
  return {
    closed,
    async ask(body: Uint8Array): Promise<string> {
      socket.write(encodeFrame(body));
      for (;;) {
        const [segment] = (await guarded('an answer', once(socket, 'data'))) as [Uint8Array];
        const [answer] = frames.push(segment);
        if (answer !== undefined) return Buffer.from(answer).toString('hex');
      }
    },
  };
}

test('a card lies on the reader until the signal, and what opens it is printed', async () => {
  const anchor = join(folder, 'csca.der');
  const { out, ended, exit } = emulate('--export-anchor', anchor);
  const card = await nextCard();
  expect(await card.ask(Uint8Array.of(CONTROL.atr))).toBe(Buffer.from(CCCD_ATR).toString('hex'));
  expect(await card.ask(SELECT_CARD_ACCESS)).toBe('9000');
  const [number] = out.flatMap((line) => /number +(\d{12})/.exec(line)?.[1] ?? []);
  expect(out).toContain(`  CAN      ${number?.slice(-6)}`);
  expect(out.filter((line) => line.length > 80)).toEqual([]);
  const certificate = parseCertificate(readFileSync(anchor));
  expect(certificate).toMatchObject({ basicConstraints: { ca: true }, subject: { country: 'VN' } });
  stop.abort();
  await guarded('the card is pulled', card.closed);
  expect(await ended).toBeNull();
  expect(exit()).toBe(0);
});

test('its issuer is another at each start, its people are the same', async () => {
  const seen: string[] = [];
  const people: (string | undefined)[] = [];
  for (const name of ['one', 'other']) {
    const anchor = join(folder, name);
    const { out, ended } = emulate('--person', '7', '--export-anchor', anchor);
    await nextCard();
    stop.abort();
    await ended;
    stop = new AbortController();
    seen.push(parseCertificate(readFileSync(anchor)).publicKeySha256);
    people.push(out[0]);
  }
  expect(new Set(seen).size).toBe(2);
  expect(people[0]).toBe(people[1]);
});

test('a card that slips is laid back', async () => {
  const { told, ended } = emulate('--fault', 'slip');
  const card = await nextCard();
  const back = nextCard();
  for (let count = 0; count < 10; count++) await card.ask(SELECT_CARD_ACCESS);
  void card.ask(SELECT_CARD_ACCESS).catch(() => undefined);
  await guarded('the card slips', card.closed);
  expect(await (await back).ask(SELECT_CARD_ACCESS)).toBe('9000');
  expect(told).toEqual(['chot card emulate: the card slipped, and is laid back']);
  stop.abort();
  await ended;
});

test('nobody who listens, and a reader that goes away, are faults', async () => {
  expect(await emulate('--port', '1').ended).toMatchObject({
    name: 'DeviceFault',
    message: expect.stringMatching(/no vpcd listens on 127\.0\.0\.1:1/),
  });
  const connected = once(vpcd, 'connection');
  const { ended } = emulate();
  const [socket] = (await guarded('a card', connected)) as [Socket];
  socket.end();
  expect(await guarded('the end', ended)).toMatchObject({ name: 'DeviceFault' });
});

for (const args of [
  ['--person', '21'],
  ['--person', '0'],
  ['--fault', 'fire'],
  ['--flaw', 'x'],
]) {
  test(`${args.join(' ')} is wrong usage, and the choices are told`, async () => {
    const { ended, told } = emulate(...args);
    // exitOverride lets the error through; its own code becomes 2 at the root.
    expect(await ended).toMatchObject({ code: 'commander.invalidArgument' });
    expect(told.join()).toMatch(/1 to 20|pull|cloned/);
  });
}
