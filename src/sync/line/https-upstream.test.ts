import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { fastClock } from '../../../test/support/fast-clock.ts';
import { FaultProxy } from '../../../test/support/fault-proxy.ts';
import { type Issued, TestAuthority } from '../../../test/support/test-authority.ts';
import {
  type HubBehaviour,
  type UpstreamRig,
  upstreamContract,
} from '../../../test/support/upstream-contract.ts';
import type { UpstreamRequest } from '../../ports/upstream.ts';
import { HttpsUpstream, type HttpsUpstreamOptions } from './https-upstream.ts';

const NOW = {
  earliestMs: Date.UTC(2026, 0, 1),
  latestMs: Date.UTC(2026, 0, 2),
  trust: 'carried',
} as const;
const GET: UpstreamRequest = { method: 'GET', path: '/', answerBytesMax: 1_000 };
const never = new AbortController().signal;
/** Ten seconds of a deadline in a fifth of one. */
const clock = fastClock(50);

let authority: TestAuthority;
let other: TestAuthority;
let certificate: Issued;
beforeAll(async () => {
  authority = new TestAuthority();
  other = new TestAuthority('other');
  certificate = authority.hub(['127.0.0.1', 'localhost']);
});

upstreamContract('https', () => openRig());

describe('the line over https', () => {
  test('is not the hub when another authority signed it', async () => {
    await refused({ trusted: listed(other) }, 'signed by none of the authorities');
  });

  test('is not the hub under another name', async () => {
    const elsewhere = authority.hub(['hub.example']);
    await refused({}, 'does not name "127.0.0.1"', elsewhere);
  });

  test.each([
    ['has surely ended', 2024, NOW.earliestMs],
    ['has surely not begun', 2040, NOW.latestMs],
  ] as const)(
    'gets nothing when its certificate %s, and both dates are named',
    async (_, year, hereMs) => {
      const term = { fromMs: Date.UTC(year, 0, 1), untilMs: Date.UTC(year + 1, 0, 1) };
      const shown = authority.hub(['127.0.0.1'], term);
      const dates = [term.fromMs, term.untilMs].map((ms) =>
        new Date(ms).toISOString().slice(0, 10),
      );
      const here = new Date(hereMs).toISOString().slice(0, 10);
      const message = `this machine's date is ${here}, but the hub's certificate holds from ${dates.join(' to ')}`;
      await refused({}, message, shown, 'other-time');
    },
  );

  test('a station that does not know the date still reaches its hub', async () => {
    const unset = {
      earliestMs: Date.UTC(2024, 5, 1),
      latestMs: Date.UTC(2124, 0, 1),
      trust: 'unset',
    } as const;
    const ended = authority.hub(['127.0.0.1'], {
      fromMs: Date.UTC(2024, 0, 1),
      untilMs: Date.UTC(2025, 0, 1),
    });
    const rig = await openRig({ time: () => unset }, ended);
    rig.behave({ kind: 'answer', status: 200 });
    expect(await rig.upstream.ask(GET, never)).toMatchObject({ status: 200 });
    await rig.close();
  });

  test('a line that dies without a word is noticed in the middle of a long poll', async () => {
    const rig = await openRig();
    const proxy = await FaultProxy.before(rig.port);
    const upstream = new HttpsUpstream({ ...optionsOf(proxy.port), clock });
    rig.behave({ kind: 'answer', status: 200 });
    expect(await upstream.ask(GET, never)).toMatchObject({ status: 200 });
    proxy.goSilent();
    const polled = upstream.ask({ ...GET, waitMs: 5_000 }, never);
    expect(await polled).toMatchObject({ kind: 'unreachable', reason: 'silent' });
    // The dead connection is not used again.
    proxy.heal();
    rig.behave({ kind: 'answer', status: 200 });
    expect(await upstream.ask(GET, never)).toMatchObject({ status: 200 });
    upstream.close();
    await proxy.close();
    await rig.close();
  });

  test('nobody there is no connection', async () => {
    const rig = await openRig();
    await rig.close();
    const upstream = new HttpsUpstream({ ...optionsOf(rig.port), clock });
    expect(await upstream.ask(GET, never)).toMatchObject({ reason: 'connect' });
    upstream.close();
  });

  test('an idle connection that the hub closed costs nothing', async () => {
    const rig = await openRig();
    rig.behave({ kind: 'answer', status: 200 });
    await rig.upstream.ask(GET, never);
    for (const socket of rig.sockets) socket.destroy();
    expect(await rig.upstream.ask(GET, never)).toMatchObject({ status: 200 });
    await rig.close();
  });

  test('a station shows its certificate, and a new one from the next connection on', async () => {
    const rig = await openRig({ identity: null });
    rig.behave({ kind: 'answer', status: 200 });
    for (const id of ['cua-1', 'cua-2']) {
      const { pem, key } = authority.station(id, 'hcm');
      rig.upstream.use({ trusted: listed(authority), identity: { certificatePem: pem, key } });
      await rig.upstream.ask(GET, never);
    }
    expect(rig.peers).toEqual(['cua-1', 'cua-2']);
    await rig.close();
  });

  async function refused(
    options: Partial<HttpsUpstreamOptions>,
    message: string,
    shown = certificate,
    reason = 'not-the-hub',
  ): Promise<void> {
    const rig = await openRig(options, shown);
    const result = await rig.upstream.ask(GET, never);
    expect(result).toMatchObject({ kind: 'unreachable', reason });
    expect(result.kind === 'unreachable' && result.message).toContain(message);
    expect(rig.arrived).toEqual([]);
    await rig.close();
  }
});

const listed = (each: TestAuthority) =>
  ({ kind: 'listed', authorities: [each.issued.der] }) as const;

function optionsOf(port: number) {
  const url = new URL(`https://127.0.0.1:${port}`);
  return { url, trusted: listed(authority), identity: null, time: () => NOW };
}

type HttpsRig = UpstreamRig & {
  readonly upstream: HttpsUpstream;
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  readonly peers: readonly string[];
};

async function openRig(
  options: Partial<HttpsUpstreamOptions> = {},
  shown: Issued = certificate,
): Promise<HttpsRig> {
  const arrived: {
    method: string;
    path: string;
    headers: Record<string, string>;
    body: Uint8Array;
  }[] = [];
  const sockets = new Set<Socket>();
  const peers: string[] = [];
  let next: HubBehaviour = { kind: 'silent' };
  const server: Server = createServer({
    ...{ key: shown.key.export({ type: 'pkcs8', format: 'pem' }), cert: shown.pem },
    ...{ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const subject = socket.getPeerCertificate().subject;
    if (subject !== undefined) peers.push(String(subject.CN));
  });
  server.on('request', async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    const headers = request.headers as Record<string, string>;
    const { method = '', url: path = '' } = request;
    arrived.push({ method, path, headers, body: Buffer.concat(parts) });
    const behaviour = next;
    switch (behaviour.kind) {
      case 'answer':
        response.writeHead(behaviour.status, behaviour.headers);
        response.end(behaviour.body);
        return;
      case 'cut':
        response.writeHead(200, { 'content-length': behaviour.body.length });
        response.write(behaviour.body.subarray(0, behaviour.after), () => {
          // What was written is to arrive before the end does.
          setImmediate(() => request.socket.end());
        });
        return;
      case 'stall':
        response.writeHead(200, { 'content-length': behaviour.body.length });
        response.write(behaviour.body.subarray(0, behaviour.after));
        return;
      case 'drip': {
        response.writeHead(200, { 'content-length': 900 });
        const timer = setInterval(() => response.write('x'), 20);
        request.socket.on('close', () => clearInterval(timer));
        return;
      }
      case 'reset':
        request.socket.destroy();
        return;
      case 'garbage':
        request.socket.end('this is not HTTP at all\r\n\r\n');
        return;
      case 'silent':
        return;
      default:
        return behaviour satisfies never;
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const upstream = new HttpsUpstream({ ...optionsOf(port), clock, ...options });
  return {
    ...{ upstream, port, sockets, peers, arrived },
    behave: (behaviour) => {
      next = behaviour;
    },
    close: async () => {
      upstream.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
