import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type DemoLine, openDemoLine } from './line.ts';

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** A server that answers every byte with the same byte, and the line to it. */
async function echoOverLine(): Promise<DemoLine> {
  const server = createServer((socket) => socket.pipe(socket).on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  toClose.push(() => server.close());
  const line = await openDemoLine((server.address() as AddressInfo).port);
  toClose.push(() => line.close());
  return line;
}

function dial(line: DemoLine): Socket {
  const socket = connect(Number(new URL(line.url).port), '127.0.0.1');
  toClose.push(() => socket.destroy());
  return socket.on('error', () => {});
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

test('the line carries bytes both ways', async () => {
  expect(await echo(dial(await echoOverLine()), 'xin')).toBe('xin');
});

test('a cut line swallows what is sent and tells nobody; restored, new connections go through', async () => {
  const line = await echoOverLine();
  const before = dial(line);
  await echo(before, 'a');
  line.cut();
  const during = dial(line);
  await once(during, 'connect');
  let heard = '';
  for (const socket of [before, during]) socket.on('data', (bytes) => (heard += bytes));
  before.write('b');
  during.write('c');
  const closed = Promise.all([before, during].map(closing));
  line.restore();
  await closed;
  expect(heard).toBe('');
  expect(await echo(dial(line), 'd')).toBe('d');
});

/** Whether with an error or not: what counts is that it is gone. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
