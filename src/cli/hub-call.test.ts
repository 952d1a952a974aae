import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { fastClock } from '../../test/support/fast-clock.ts';
import { guarded } from '../../test/support/guarded.ts';
import { type Issued, TestAuthority } from '../../test/support/test-authority.ts';
import { callHub, type HubRequest, NoConnection, NoReply } from './hub-call.ts';

let authority: TestAuthority;
let certificate: Issued;
beforeAll(() => {
  authority = new TestAuthority();
  certificate = authority.hub(['127.0.0.1']);
});
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const GET: HubRequest = { method: 'GET', path: '/' };

/** A hub that answers so; its port, and the tokens it was shown. */
async function hub(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const tokens: (string | undefined)[] = [];
  const key = certificate.key.export({ type: 'pkcs8', format: 'pem' });
  const server = createServer({ key, cert: certificate.pem }, (request, response) => {
    tokens.push(request.headers.authorization);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, tokens };
}

function call(port: number, request = GET, trusted = authority, clock = fastClock(1)) {
  const address = {
    ...{ url: new URL(`https://127.0.0.1:${port}`), token: 'secret' },
    authorities: [trusted.issued.der],
  };
  const within = { clock, signal: new AbortController().signal };
  return guarded('the call ends', callHub(address, request, within));
}

test('the token is shown to the hub, and to nobody who only stands at its address', async () => {
  const { port, tokens } = await hub((_request, response) => response.end('{}'));
  expect(await call(port)).toEqual({ status: 200, text: '{}' });
  await expect(call(port, GET, new TestAuthority('other'))).rejects.toThrow('signed by none');
  expect(tokens).toEqual(['Bearer secret']);
});

test('a hub that ends before its answer is whole may have done it all the same', async () => {
  const silent = await hub((request) => request.socket.destroy());
  await expect(call(silent.port)).rejects.toThrow(NoReply);
  const half = await hub((request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{', () => request.socket.destroy());
  });
  await expect(call(half.port)).rejects.toThrow(NoReply);
});

test('an answer without an end is given up', async () => {
  const { port } = await hub((_request, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(1_048_576)));
    };
    response.on('drain', more);
    more();
  });
  await expect(call(port)).rejects.toThrow('more than 16777216 bytes');
});

test('where no TLS comes back, and where nothing does, there is no connection', async () => {
  const mute = createPlainServer();
  const plain = createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  for (const server of [mute, plain]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
  }
  const portOf = (server: typeof mute) => (server.address() as AddressInfo).port;
  await expect(call(portOf(plain))).rejects.toThrow(NoConnection);
  // Ten seconds of a deadline in a tenth of one.
  await expect(call(portOf(mute), GET, authority, fastClock(100))).rejects.toThrow(
    'nothing within 10 s',
  );
});

test('what cannot be read in the middle of a body is told as it is', async () => {
  const { port } = await hub((request, response) => {
    request.resume();
    request.once('end', () => response.end('{}'));
  });
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('number');
    throw new Error('the stick is gone');
  }
  const request: HubRequest = {
    ...{ method: 'POST', path: '/', body: { type: 'text/csv', content: content() } },
  };
  await expect(call(port, request)).rejects.toThrow('the stick is gone');
});
