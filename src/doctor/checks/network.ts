import { type Address, isWithin, type Network, parseAddress } from '../../kernel/ip-address.ts';
import type { Check, Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { relayHosts } from '../relay-hosts.ts';
import { type Route, routesOf } from '../routes.ts';

/** Relay boards over the network stand on an interface of their own: nothing authenticates an order to them (security E7). */
export const networkCheck: Check = {
  name: 'network',
  run: async ({ machine, config }) => {
    if (config === null) return [];
    const hosts = relayHosts(config).map(({ id, host }) => look(machine, id, host));
    return (await Promise.all(hosts)).flat();
  },
};

async function look(
  machine: Context['machine'],
  id: string,
  host: string,
): Promise<readonly Told[]> {
  const subject = `network of board ${id}`;
  const address = parseAddress(host);
  if (address !== null) return [judge(machine, subject, address, host)];
  const found = await machine.addresses(host);
  if (found === null || found.length === 0) return [unresolved(subject, host)];
  const judged = found.map((text) => {
    const each = parseAddress(text);
    return each === null ? unresolved(subject, host) : judge(machine, subject, each, text);
  });
  const bad = judged.filter(({ state }) => state !== 'good');
  if (bad.length > 0) return bad;
  return isFixed(machine, host) ? judged : [byName(subject, host, found)];
}

const PUT_ADDRESS =
  "give the board a fixed address, and put that into the board's host in the configuration";

function unresolved(subject: string, host: string): Told {
  return fault(subject, {
    found: `host is "${host}", which is no address and leads to none from here`,
    cause:
      'so which interface it takes could not be judged, and the station will not find the board either',
    next: `getent hosts ${host}; ${PUT_ADDRESS}`,
  });
}

/** All is well as long as the name leads where it leads now. */
function byName(subject: string, host: string, found: readonly string[]): Told {
  return warning(subject, {
    found: `host is "${host}", which is ${found.join(', ')} now, over an interface of its own`,
    cause: 'whoever answers for the name can lead the orders to another machine',
    next: `${PUT_ADDRESS}, or the name into /etc/hosts`,
  });
}

/** In this machine's own list of names. */
function isFixed(machine: Machine, host: string): boolean {
  return (machine.readText('/etc/hosts') ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
    .some(([, ...names]) => names.includes(host.toLowerCase()));
}

const net = (family: Network['family'], network: string, bits: number): Network => ({
  ...{ family, network, bits },
});
const LOOPBACK = [net('ipv4', '127.0.0.0', 8), net('ipv6', '::1', 128)];
const LINK_LOCAL = net('ipv6', 'fe80::', 10);
/** RFC 4193. */
const UNIQUE_LOCAL = net('ipv6', 'fc00::', 7);

function judge(machine: Machine, subject: string, address: Address, host: string): Told {
  if (LOOPBACK.some((loopback) => isWithin(address, loopback))) {
    return good(subject, 'on this machine itself');
  }
  if (isWithin(address, LINK_LOCAL)) return judgeLink(machine, subject, address, host);
  if (address.family === 'ipv6' && !isWithin(address, UNIQUE_LOCAL)) {
    return fault(subject, {
      found: `${host} is an address that the whole network can use`,
      cause: 'only addresses that lead nowhere else are for boards: fd00::/8, fe80::/10, or IPv4',
      next: `give the board and its interface addresses of one network in fd00::/8, as fd4c:686f:7400::10, and put the board's into host`,
    });
  }
  const routes = routesOf(machine);
  const fitting = routes.filter((route) => isWithin(address, route));
  const bits = Math.max(...fitting.map((route) => route.bits));
  const narrowest = fitting.filter((route) => route.bits === bits);
  if (narrowest.some(({ isOwn }) => isOwn)) return good(subject, 'on this machine itself');
  const ways = [...new Set(narrowest.map(({ name }) => name))];
  if (ways.length === 0) return noWay(subject, host);
  return judgeWays(subject, { host, ways, routes });
}

/** Every interface has these addresses: the zone says which one is meant. */
function judgeLink(machine: Machine, subject: string, { zone }: Address, host: string): Told {
  if (zone === null) {
    return fault(subject, {
      found: `${host} does not say on which interface`,
      cause: 'every interface has addresses that begin with fe80',
      next: `ip -6 neigh; put the interface behind it: host = "${host}%eth1"`,
    });
  }
  const routes = routesOf(machine);
  if (!routes.some(({ name, family }) => name === zone && family === 'ipv6')) {
    return noWay(subject, host);
  }
  return judgeWays(subject, { host, ways: [zone], routes });
}

function noWay(subject: string, host: string): Told {
  return fault(subject, {
    found: `no interface leads to ${host}`,
    cause: 'the interface of the board has no address, or its cable is out',
    next: `ip address; give the board's interface an address of the board's network`,
  });
}

type Ways = {
  readonly host: string;
  readonly ways: readonly string[];
  readonly routes: readonly Route[];
};

/** An interface that is the way to everywhere by one family is so for the other too. */
function judgeWays(subject: string, { host, ways, routes }: Ways): Told {
  const outside = new Set(routes.filter(({ bits }) => bits === 0).map(({ name }) => name));
  const open = ways.find((name) => outside.has(name));
  if (open === undefined) {
    return good(subject, `${host} over ${ways.join(', ')}, which leads nowhere else`);
  }
  return fault(subject, {
    found: `${host} is reached over ${open}, which is also the way to everywhere else`,
    cause: 'whoever is on that network can open the barrier: Modbus asks nobody who he is',
    next: `put the board on an interface of its own, without a default route (a second port or a USB network adapter), or behind RS-485`,
  });
}
