import { connect, type Socket } from 'node:net';
import type { Clock } from '../../src/ports/clock.ts';
import type { Link, LinkFault } from './link.ts';

/** With the time between two tries, well within 2 s of a cable's return. */
const CONNECT_MS = 700;

export type TcpAddress = { readonly host: string; readonly port: number };

/** A connection to a board. Never rejects. */
export function openTcpLink(
  { host, port }: TcpAddress,
  clock: Clock,
  onBytes: (bytes: Uint8Array) => void,
): Promise<Link | LinkFault> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const over = new AbortController();
    const failed = (detail: string) => {
      over.abort();
      socket.destroy();
      resolve({ cause: 'unreachable', detail: `${host}:${port}: ${detail}` });
    };
    void clock.sleep(CONNECT_MS, over.signal).then(() => {
      if (!over.signal.aborted) failed(`no connection within ${CONNECT_MS} ms`);
    });
    // Stays: a lost connection may tell of an error after its end.
    socket.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'no connection'));
    socket.on('data', onBytes);
    socket.once('connect', () => {
      over.abort();
      resolve(new TcpLink(socket));
    });
  });
}

class TcpLink implements Link {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once('end', () => socket.destroy());
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  async isThere(): Promise<boolean> {
    return !this.#socket.destroyed;
  }

  onClosed(listener: () => void): void {
    this.#socket.on('close', listener);
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }
}
