import { createECDH, getCurves, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CURVE_PARAMETERS } from './curve-parameters.ts';
import { CURVES, findCurve, findExplicitCurve } from './curves.ts';
import { standardizedGroup } from './domain-parameters.ts';
import { type Group, newKeyPair, toBigInt, toBytes } from './group.ts';
import { explicitModpGroup, MODP_GROUPS } from './modp-groups.ts';
import { MODP_PARAMETERS } from './modp-parameters.ts';

const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));
const fails = (code: string) => expect.objectContaining({ name: 'ProtocolError', code });
const groups: readonly Group[] = [...MODP_GROUPS, ...CURVES];

// ICAO 9303-11, 9.5.1, table 12.
test.each([
  [0, 'MODP-1024', 1024],
  [1, 'MODP-2048-224', 2048],
  [2, 'MODP-2048-256', 2048],
  [8, 'secp192r1', 192],
  [9, 'brainpoolP192r1', 192],
  [10, 'secp224r1', 224],
  [11, 'brainpoolP224r1', 224],
  [12, 'secp256r1', 256],
  [13, 'brainpoolP256r1', 256],
  [14, 'brainpoolP320r1', 320],
  [15, 'secp384r1', 384],
  [16, 'brainpoolP384r1', 384],
  [17, 'brainpoolP512r1', 512],
  [18, 'secp521r1', 521],
])('standardized domain parameters %i are %s', (id, name, bits) => {
  const group = standardizedGroup(id);
  expect(group?.name).toBe(name);
  expect(group?.prime.toString(2)).toHaveLength(bits);
});

test.each([3, 7, 19, 31, 255, 2 ** 40])('parameter ID %i is nobody', (id) => {
  expect(standardizedGroup(id)).toBeNull();
});

for (const parameters of CURVE_PARAMETERS) {
  const { name, opensslName, oid } = parameters;
  const curve = findCurve(oid);
  if (curve === null) throw new Error(name);

  test(`${name}: public keys and secrets are those of OpenSSL`, () => {
    expect(getCurves()).toContain(opensslName);
    const { privateKey, publicKey } = newKeyPair(curve, random, null);
    const other = createECDH(opensslName);
    other.generateKeys();
    const own = createECDH(opensslName);
    own.setPrivateKey(toBytes(privateKey, orderBytes(curve)));
    expect(publicKey).toEqual(Uint8Array.from(own.getPublicKey()));
    const secret = curve.agree(privateKey, other.getPublicKey());
    expect(secret).toEqual(Uint8Array.from(own.computeSecret(other.getPublicKey())));
    // The same by our own arithmetic: the other's point as a generator.
    const point = curve.publicKey(privateKey, other.getPublicKey());
    expect(point.subarray(1, 1 + secret.length)).toEqual(secret);
  });

  test(`${name}: written out it is known, with another generator, order or cofactor it is not`, () => {
    const generator = curve.publicKey(1n, null);
    const { p, a, b, n: order } = parameters;
    const explicit = { p, a, b, generator, order, cofactor: 1n };
    expect(findExplicitCurve(explicit)).toBe(curve);
    expect(findExplicitCurve({ ...explicit, cofactor: null })).toBe(curve);
    const compressed = Uint8Array.of(2 + ((generator.at(-1) ?? 0) & 1), ...half(generator));
    expect(findExplicitCurve({ ...explicit, generator: compressed })).toBe(curve);
    for (const changed of [
      { generator: curve.publicKey(2n, null) },
      { order: order - 2n },
      { cofactor: 2n },
      { b: b + 1n },
      { p: p + 2n },
      { generator: new Uint8Array(0) },
    ]) {
      expect(findExplicitCurve({ ...explicit, ...changed })).toBeNull();
    }
  });
}

function half(point: Uint8Array): Uint8Array {
  return point.subarray(1, 1 + (point.length - 1) / 2);
}

function orderBytes({ order }: Group): number {
  return Math.ceil(order.toString(2).length / 8);
}

test.each(MODP_PARAMETERS.map((parameters) => [parameters.name, parameters] as const))(
  '%s: its generator makes a subgroup of that order',
  (_, { p, g, q }) => {
    const group = explicitModpGroup({ p, g, q: null });
    expect(MODP_GROUPS).toContain(group);
    expect(q).not.toBeNull();
    expect((p - 1n) % (q ?? p)).toBe(0n);
    expect(power(g, q ?? 0n, p)).toBe(1n);
  },
);

for (const group of groups) {
  test(`${group.name}: both sides agree, on the group's generator and on a mapped one`, () => {
    const [one, other] = [newKeyPair(group, random, null), newKeyPair(group, random, null)];
    const nonce = toBigInt(random(16));
    const generator = group.mapGeneric(nonce, one.privateKey, other.publicKey);
    expect(group.mapGeneric(nonce, other.privateKey, one.publicKey)).toEqual(generator);
    expect(group.mapGeneric(nonce + 1n, other.privateKey, one.publicKey)).not.toEqual(generator);
    const [a, b] = [newKeyPair(group, random, generator), newKeyPair(group, random, generator)];
    const secret = group.agree(a.privateKey, b.publicKey);
    expect(group.agree(b.privateKey, a.publicKey)).toEqual(secret);
    expect(secret).toHaveLength(Math.ceil(group.prime.toString(2).length / 8));
  });

  test(`${group.name}: integrated mapping leads into the group, where it exists`, () => {
    if (group.name === 'secp224r1') {
      expect(() => group.mapIntegrated(5n)).toThrow(fails('group.unsupported'));
      return;
    }
    for (const element of [2n, 5n, toBigInt(random(20)), group.prime - 2n]) {
      group.check(group.mapIntegrated(element));
    }
    expect(() => group.mapIntegrated(0n)).toThrow(fails('group.element'));
  });

  test(`${group.name}: bytes that are no element are refused, with a reason and nothing else`, () => {
    const length = group.publicKey(3n, null).length;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: length, maxLength: length }),
          fc
            .uint8Array({ minLength: length - 1, maxLength: length - 1 })
            .map((rest) => Uint8Array.of(4, ...rest)),
          fc.uint8Array({ maxLength: 2 * length }),
        ),
        (bytes) => {
          for (const use of [
            () => group.check(bytes),
            () => group.agree(7n, bytes),
            () => group.publicKey(7n, bytes),
            () => group.mapGeneric(1n, 7n, bytes),
          ]) {
            expect(use).toThrow(fails('group.element'));
          }
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  test(`${group.name}: private keys from 1 to order - 1 only`, () => {
    for (const key of [0n, -1n, group.order, group.order + 1n]) {
      expect(() => group.publicKey(key, null)).toThrow(fails('group.element'));
    }
  });
}

test.each(CURVES.map((curve) => [curve.name, curve] as const))(
  '%s: infinity, a compressed point, a negated y off the curve, a coordinate of p are no points',
  (_, curve) => {
    const point = curve.publicKey(5n, null);
    const size = (point.length - 1) / 2;
    const p = toBytes(curve.prime, size);
    for (const wrong of [
      Uint8Array.of(0),
      new Uint8Array(0),
      new Uint8Array(point.length),
      Uint8Array.of(4, ...new Uint8Array(2 * size)),
      Uint8Array.of(2, ...half(point)),
      Uint8Array.of(4, ...p, ...point.subarray(1 + size)),
      Uint8Array.of(6 + ((point.at(-1) ?? 0) & 1), ...point.subarray(1)),
      point.with(-1, (point.at(-1) ?? 0) ^ 1),
    ]) {
      expect(() => curve.check(wrong)).toThrow(fails('group.element'));
    }
  },
);

test.each(MODP_GROUPS.map((group) => [group.name, group] as const))(
  '%s: 0, 1, p - 1, p and numbers of other subgroups are no elements',
  (_, group) => {
    for (const wrong of [0n, 1n, 2n, group.prime - 1n, group.prime, group.prime + 4n]) {
      const bytes = toBytes(wrong, Math.ceil(wrong.toString(16).length / 2));
      expect(() => group.check(bytes)).toThrow(fails('group.element'));
    }
  },
);

test('mapping to infinity is refused: the nonce is minus the logarithm of what was agreed on', () => {
  for (const group of groups) {
    const theirs = group.publicKey(3n, null);
    expect(() => group.mapGeneric(group.order - 6n, 2n, theirs)).toThrow(fails('group.element'));
  }
});

test('a prime of the file alone is used within limits: size, oddness, generator, order', () => {
  const p = 2n ** 1279n - 1n;
  const group = explicitModpGroup({ p, g: 3n, q: null });
  const [one, other] = [newKeyPair(group, random, null), newKeyPair(group, random, null)];
  expect(group.agree(one.privateKey, other.publicKey)).toEqual(
    group.agree(other.privateKey, one.publicKey),
  );
  for (const wrong of [
    { p: 2n ** 521n - 1n, g: 2n, q: null },
    { p: 2n ** 4423n - 1n, g: 2n, q: null },
    { p: p - 1n, g: 2n, q: null },
    { p, g: 1n, q: null },
    { p, g: p - 1n, q: null },
    { p, g: 3n, q: 5n },
    { p, g: 3n, q: 0n },
  ]) {
    expect(() => explicitModpGroup(wrong)).toThrow(fails('group.unsupported'));
  }
});

test('broken randomness is noticed instead of tried for ever', () => {
  expect(() => newKeyPair(groups[0] as Group, (bytes) => new Uint8Array(bytes), null)).toThrow(
    /randomness is broken/,
  );
});

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (
    let bits = exponent, square = base;
    bits > 0n;
    bits >>= 1n, square = (square * square) % modulus
  ) {
    if ((bits & 1n) === 1n) result = (result * square) % modulus;
  }
  return result;
}
