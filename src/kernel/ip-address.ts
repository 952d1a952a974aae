import { BlockList, isIP } from 'node:net';

type Family = 'ipv4' | 'ipv6';

/** An address of the internet protocol, as far as it can be told where it leads. */
export type Address = {
  readonly family: Family;
  /** In its shortest form; an IPv4 address inside an IPv6 one is an IPv4 address. */
  readonly text: string;
  /** The interface that a link-local address names behind `%`. */
  readonly zone: string | null;
};

export type Network = {
  readonly family: Family;
  readonly network: string;
  /** Of the network's own part. */
  readonly bits: number;
};

/** Null for what is no address, as a name. */
export function parseAddress(host: string): Address | null {
  const [bare = '', zone = null] = host.split('%');
  const version = isIP(host);
  if (version === 4) return { family: 'ipv4', text: host, zone: null };
  if (version !== 6) return null;
  const text = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (mapped === null) return { family: 'ipv6', text, zone };
  const bytes = mapped.slice(1).flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
  return { family: 'ipv4', text: bytes.join('.'), zone: null };
}

export function isWithin(address: Address, network: Network) {
  if (address.family !== network.family) return false;
  const list = new BlockList();
  list.addSubnet(network.network, network.bits, network.family);
  return list.check(address.text, address.family);
}
