import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The line between the demo's station and its hub, with a pair of pliers. */
export type DemoLine = {
  /** Where the station reaches the hub: `https://127.0.0.1:<port>`. */
  readonly url: string;
  readonly isCut: () => boolean;
  /** As a cable that was pulled: nothing arrives any more, and nobody is told. */
  readonly cut: () => void;
  /** As a router that starts anew: what was open is gone, new connections go through. */
  readonly restore: () => void;
  readonly close: () => Promise<void>;
};

/** Listens on a free port of loopback and carries bytes to the hub's `port`, unread. */
export async function openDemoLine(port: number): Promise<DemoLine> {
  const pairs = new Set<readonly [Socket, Socket | null]>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: false }, (near) => {
    const far = isCut ? null : connect(port, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far?.destroy();
    };
    for (const socket of [near, far]) socket?.on('error', end).on('close', end);
    if (far !== null) near.pipe(far).pipe(near);
  });
  const ownPort = await listening(server);
  const drop = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far?.destroy();
    }
  };
  return {
    url: `https://127.0.0.1:${ownPort}`,
    isCut: () => isCut,
    cut: () => {
      isCut = true;
      for (const [near, far] of pairs) {
        near.unpipe().pause();
        far?.unpipe().pause();
      }
    },
    restore: () => {
      isCut = false;
      drop();
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
