import type { Network } from '../kernel/ip-address.ts';
import type { Machine } from './machine.ts';

export type Route = Network & {
  readonly name: string;
  /** To an address of this machine's own. */
  readonly isOwn: boolean;
};

const RTF_UP = 0x0001;
const RTF_REJECT = 0x0200;
const RTF_LOCAL = 0x8000_0000;

/** Every route that is up, of both families; whichever of them leads everywhere has no bits. */
export function routesOf(machine: Pick<Machine, 'readText'>): readonly Route[] {
  return [
    ...linesOf(machine, '/proc/net/route').slice(1).flatMap(route4),
    ...linesOf(machine, '/proc/net/ipv6_route').flatMap(route6),
  ];
}

function linesOf(machine: Pick<Machine, 'readText'>, file: string): readonly string[][] {
  const lines = (machine.readText(file) ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => line.split(/\s+/));
}

/** Addresses are hexadecimal words of the machine's order, which is little-endian on ours. */
function route4(fields: readonly string[]): Route[] {
  const [name = '', destination = '', , flags = '', , , , mask = ''] = fields;
  if (!isUsed(flags) || !WORD.test(destination) || !WORD.test(mask)) return [];
  const bits = [...Buffer.from(mask, 'hex')].reduce((all, byte) => all + onesIn(byte), 0);
  const network = [...Buffer.from(destination, 'hex')].reverse().join('.');
  return [{ name, family: 'ipv4', network, bits, isOwn: false }];
}

function route6(fields: readonly string[]): Route[] {
  const [destination = '', bits = '', , , , , , , flags = '', name = ''] = fields;
  if (!isUsed(flags) || !/^[0-9a-f]{32}$/.test(destination) || !/^[0-8][0-9a-f]$/.test(bits))
    return [];
  const network = destination.match(/.{4}/g)?.join(':') ?? '';
  const isOwn = (Number.parseInt(flags, 16) & RTF_LOCAL) !== 0;
  const known = { name, family: 'ipv6', network, isOwn } as const;
  return [{ ...known, bits: Math.min(128, Number.parseInt(bits, 16)) }];
}

const WORD = /^[0-9A-F]{8}$/i;

function isUsed(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}

function onesIn(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length;
}
