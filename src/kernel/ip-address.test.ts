import { expect, test } from 'vitest';
import { isWithin, parseAddress } from './ip-address.ts';

test.each([
  ['192.168.99.7', 'ipv4', '192.168.99.7'],
  ['::ffff:192.168.99.7', 'ipv4', '192.168.99.7'],
  ['::FFFF:C0A8:6307', 'ipv4', '192.168.99.7'],
  ['::ffff:0:0', 'ipv4', '0.0.0.0'],
  ['FD00:0:0:0:0:0:0:1', 'ipv6', 'fd00::1'],
  ['::1', 'ipv6', '::1'],
])('%s is an %s address, %s', (host, family, text) => {
  expect(parseAddress(host)).toEqual({ family, text, zone: null });
});

test('a link-local address keeps the interface that it names', () => {
  expect(parseAddress('fe80::10%eth1')).toEqual({
    ...{ family: 'ipv6', text: 'fe80::10', zone: 'eth1' },
  });
});

test.each(['board.example', '192.168.099.7', '1.2.3', '', ':', '::g', 'localhost', '1.2.3.4%eth0'])(
  '"%s" is none',
  (host) => {
    expect(parseAddress(host)).toBeNull();
  },
);

test('an address is in a network of its own family alone', () => {
  const six = parseAddress('fd00:1::10');
  const four = parseAddress('10.1.2.3');
  if (six === null || four === null) throw new Error('both are addresses');
  const everywhere = { family: 'ipv4', network: '0.0.0.0', bits: 0 } as const;
  expect(isWithin(four, everywhere)).toBe(true);
  expect(isWithin(six, everywhere)).toBe(false);
  expect(isWithin(six, { family: 'ipv6', network: 'fd00:1::', bits: 64 })).toBe(true);
  expect(isWithin(six, { family: 'ipv6', network: 'fd00:2::', bits: 64 })).toBe(false);
  expect(isWithin(four, { family: 'ipv4', network: '10.0.0.0', bits: 9 })).toBe(true);
});
