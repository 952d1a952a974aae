import type { Check } from '../context.ts';
import { fault, good, type Told } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { relayHosts } from '../relay-hosts.ts';

/** Relay boards over the network stand on an interface of their own: nothing authenticates an order to them (security E7). */
export const networkCheck: Check = {
  name: 'network',
  run: ({ machine, config }) =>
    config === null ? [] : relayHosts(config).map(({ id, host }) => judge(machine, id, host)),
};

function judge(machine: Machine, id: string, host: string): Told {
  const subject = `network of board ${id}`;
  const address = ipv4(host);
  if (address === null) {
    return fault(subject, {
      found: `host is "${host}"`,
      cause: 'a name can lead anywhere; which interface it takes cannot be judged',
      next: "give the board a fixed IPv4 address, and put that into the board's host",
    });
  }
  if (address >>> 24 === LOOPBACK) return good(subject, 'on this machine itself');
  const routes = routesOf(machine);
  const outside = routes.filter(({ mask }) => mask === 0).map(({ name }) => name);
  const way = routes
    .filter(({ destination, mask }) => (address & mask) >>> 0 === destination)
    .toSorted((a, b) => b.mask - a.mask)[0];
  if (way === undefined) {
    return fault(subject, {
      found: `no interface leads to ${host}`,
      cause: 'the interface of the board has no address, or its cable is out',
      next: `ip address; give the board's interface an address of the board's network`,
    });
  }
  if (outside.includes(way.name)) {
    return fault(subject, {
      found: `${host} is reached over ${way.name}, which is also the way to everywhere else`,
      cause: 'whoever is on that network can open the barrier: Modbus asks nobody who he is',
      next: `put the board on an interface of its own, without a default route (a second port or a USB network adapter), or behind RS-485`,
    });
  }
  return good(subject, `${host} over ${way.name}, which leads nowhere else`);
}

const LOOPBACK = 127;

function ipv4(host: string): number | null {
  const parts = host.split('.').map(Number);
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(host) && parts.every((part) => part <= 255);
  return isAddress ? parts.reduce((all, part) => all * 256 + part, 0) : null;
}

type Route = { readonly name: string; readonly destination: number; readonly mask: number };

/** /proc/net/route: names, then addresses as hexadecimal words of the machine's order, which is little-endian on ours. */
function routesOf(machine: Machine): Route[] {
  const lines = (machine.readText('/proc/net/route') ?? '').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [name, destination, , flags, , , , mask] = line.trim().split(/\s+/);
    if (name === undefined || destination === undefined || mask === undefined) return [];
    const isUp = (Number.parseInt(flags ?? '0', 16) & 1) === 1;
    return isUp ? [{ name, destination: word(destination), mask: word(mask) }] : [];
  });
}

function word(hex: string): number {
  return Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE(0);
}
