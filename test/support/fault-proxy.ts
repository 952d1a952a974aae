import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can lose a line the way lines are lost: without a word to either side. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'forward' | 'silent' | 'refuse' = 'forward';
  accepted = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      this.accepted++;
      if (this.#mode === 'refuse') {
        near.destroy();
        return;
      }
      const far = connect({ host: '127.0.0.1', port: targetPort });
      this.#keep(near);
      this.#keep(far);
      near.on('data', (bytes) => this.#pass(bytes, far));
      far.on('data', (bytes) => this.#pass(bytes, near));
      near.on('close', () => this.#mode === 'forward' && far.destroy());
      far.on('close', () => this.#mode === 'forward' && near.destroy());
    });
  }

  static async before(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections stay, and nothing goes through them any more. */
  goSilent(): void {
    this.#mode = 'silent';
  }

  /** As a cable pulled and a machine that says so: what there is breaks, what comes is refused. */
  cut(): void {
    this.#mode = 'refuse';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  heal(): void {
    this.#mode = 'forward';
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(bytes: Uint8Array, to: Socket): void {
    if (this.#mode === 'forward') to.write(bytes);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
