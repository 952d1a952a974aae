import { once } from 'node:events';
import { createServer } from 'node:net';
import { type FCallback, ServerTCP } from 'modbus-serial';
import type { SimRelays } from '../relay/sim/sim-relays.ts';

const NOT_THERE = Object.assign(new Error('no such coil'), { modbusErrorCode: 2 });

/** modbus-serial's server over simulated relays: what others make of the specification. */
export class ModbusServer {
  readonly #relays: SimRelays;
  #server: ServerTCP | null = null;
  #lost = 0;
  #port = 0;

  constructor(relays: SimRelays) {
    this.#relays = relays;
  }

  get port(): number {
    return this.#port;
  }

  loseOrders(orders: number): void {
    this.#lost = orders;
  }

  async plug(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const server = new ServerTCP(
      {
        getCoil: (address: number) => this.#relays.isClosed(address + 1),
        getDiscreteInput: (address: number) => this.#relays.inputs[address] === true,
        setCoil: (address: number, value: boolean, _unit: number, done: FCallback) =>
          this.#setCoil(address + 1, value, done),
      },
      { host: '127.0.0.1', port: this.#port, unitID: 1 },
    );
    server.on('socketError', () => {});
    await once(server, 'initialized');
    this.#server = server;
  }

  async unplug(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    for (const socket of server.socks.keys()) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #setCoil(channel: number, value: boolean, done: FCallback): void {
    if (this.#lost > 0) {
      this.#lost -= 1;
      return;
    }
    if (channel > this.#relays.outputs) done(NOT_THERE);
    else {
      if (value) this.#relays.close(channel, null);
      else this.#relays.release(channel);
      done(null);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
