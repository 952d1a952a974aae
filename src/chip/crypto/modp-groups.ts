import { mod, pow } from '@noble/curves/abstract/modular.js';
import { ProtocolError } from '../protocol-error.ts';
import {
  byteLength,
  type Group,
  toBigInt,
  toBytes,
  toMinimalBytes,
  wrongElement,
} from './group.ts';
import { MODP_PARAMETERS, type ModpParameters } from './modp-parameters.ts';

/** A longer prime costs seconds, and no document has one. */
const PRIME_BITS_MAX = 4_096;
const PRIME_BITS_MIN = 1_024;

/** Numbers modulo a prime: an element is an unsigned integer, checked to be of the generator's subgroup (RFC 2631, 2.1.5). */
export class ModpGroup implements Group {
  readonly kind = 'dh';
  readonly name: string;
  readonly prime: bigint;
  readonly order: bigint;
  readonly #generator: bigint;
  /** Null: not told, so that only the range of an element can be checked. */
  readonly #subgroup: bigint | null;
  readonly #primeBytes: number;

  constructor({ name, p, g, q }: ModpParameters) {
    this.name = name;
    this.prime = p;
    this.order = q ?? p - 1n;
    this.#generator = g;
    this.#subgroup = q;
    this.#primeBytes = byteLength(p);
  }

  publicKey(privateKey: bigint, generator: Uint8Array | null): Uint8Array {
    const base = generator === null ? this.#generator : this.#decode(generator);
    return this.#encode(this.#power(base, privateKey));
  }

  agree(privateKey: bigint, theirs: Uint8Array): Uint8Array {
    const common = this.#power(this.#decode(theirs), privateKey);
    if (common <= 1n) throw wrongElement(this.name, 'the common number is 1');
    // RFC 2631, 2.1.2: leading zeros are kept, as many bytes as the prime has.
    return toBytes(common, this.#primeBytes);
  }

  same(one: Uint8Array, other: Uint8Array): boolean {
    return toBigInt(one) === toBigInt(other);
  }

  mapGeneric(nonce: bigint, privateKey: bigint, theirs: Uint8Array): Uint8Array {
    const common = this.#power(this.#decode(theirs), privateKey);
    return this.#encode(
      mod(pow(this.#generator, mod(nonce, this.order), this.prime) * common, this.prime),
    );
  }

  mapIntegrated(element: bigint): Uint8Array {
    return this.#encode(pow(mod(element, this.prime), (this.prime - 1n) / this.order, this.prime));
  }

  check(element: Uint8Array): void {
    this.#decode(element);
  }

  #power(base: bigint, exponent: bigint): bigint {
    if (exponent <= 0n || exponent >= this.order) {
      throw wrongElement(this.name, 'an exponent from 1 to order - 1 expected');
    }
    return pow(base, exponent, this.prime);
  }

  #decode(bytes: Uint8Array): bigint {
    if (bytes.length > this.#primeBytes + 1) {
      throw wrongElement(
        this.name,
        `a number of ${this.#primeBytes} bytes expected, came ${bytes.length}`,
      );
    }
    const element = toBigInt(bytes);
    if (element < 2n || element > this.prime - 2n) {
      throw wrongElement(this.name, 'a number from 2 to p - 2 expected');
    }
    if (this.#subgroup !== null && pow(element, this.#subgroup, this.prime) !== 1n) {
      throw wrongElement(this.name, 'a number of another subgroup');
    }
    return element;
  }

  #encode(element: bigint): Uint8Array {
    // 9303-11, 4.4.3.3.2: implementations must check that it is not 1.
    if (element <= 1n) throw wrongElement(this.name, 'the element 1 makes nothing');
    return toMinimalBytes(element);
  }
}

export const MODP_GROUPS: readonly ModpGroup[] = MODP_PARAMETERS.map(
  (parameters) => new ModpGroup(parameters),
);

/**
 * The group that a signed file writes out: one of the list if it is one, else as written, within limits. Not for files nobody signed
 * (9303-11, 9.2.2). Throws ProtocolError `group.unsupported`.
 */
export function explicitModpGroup(parameters: Omit<ModpParameters, 'name'>): ModpGroup {
  const { p, g, q } = parameters;
  const known = MODP_PARAMETERS.findIndex((listed) => listed.p === p && listed.g === g);
  const listed = MODP_GROUPS[known];
  if (listed !== undefined) return listed;
  const bits = p.toString(2).length;
  const usable =
    bits >= PRIME_BITS_MIN && bits <= PRIME_BITS_MAX && p % 2n === 1n && g > 1n && g < p - 1n;
  if (!usable || (q !== null && (q < 2n || (p - 1n) % q !== 0n || pow(g, q, p) !== 1n))) {
    throw new ProtocolError(
      'group.unsupported',
      `a prime of ${PRIME_BITS_MIN} to ${PRIME_BITS_MAX} bits and its generator expected, came ${bits} bits`,
    );
  }
  return new ModpGroup({ ...parameters, name: `explicit MODP-${bits}` });
}
