import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../src/ports/clock.ts';
import type { ModbusUnit } from './modbus-unit.ts';

/** A Modbus/TCP board on a port of loopback. */
export class TcpSim {
  readonly #unit: ModbusUnit;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #isFrozen = false;

  constructor(unit: ModbusUnit, clock: Clock) {
    this.#unit = unit;
    this.#clock = clock;
  }

  /** The same each time it is plugged in. */
  get port(): number {
    return this.#port;
  }

  async plug(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => resolve());
    });
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.#port = address.port;
  }

  /** The board goes with all its connections. */
  async unplug(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  /** As a pulled network cable: what is connected stays so and nothing comes any more. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.unplug();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let held = Buffer.alloc(0);
    const isDead = this.#isFrozen;
    socket.on('data', (bytes) => {
      if (isDead || this.#isFrozen) return;
      held = Buffer.concat([held, bytes]);
      while (held.length >= 6 && held.length >= 6 + held.readUInt16BE(4)) {
        const frame = held.subarray(0, 6 + held.readUInt16BE(4));
        held = held.subarray(frame.length);
        void this.#answer(frame, socket);
      }
    });
  }

  async #answer(frame: Buffer, socket: Socket): Promise<void> {
    const isAsked = frame[6] === this.#unit.unit;
    const answer = isAsked ? this.#unit.answer(frame.subarray(7)) : null;
    if (answer === null) return;
    const head = Buffer.from(frame.subarray(0, 7));
    head.writeUInt16BE(answer.pdu.length + 1, 4);
    head.writeUInt8(answer.unit, 6);
    const sent = Buffer.concat([head, answer.pdu]);
    if (answer.isGarbled) sent[2] = 0x55;
    await this.#clock.sleep(answer.delayMs, this.#stop.signal);
    if (!socket.destroyed) socket.write(sent);
  }
}
