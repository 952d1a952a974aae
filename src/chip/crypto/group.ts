import { ProtocolError } from '../protocol-error.ts';

/** Cryptographic randomness: that many unpredictable bytes. */
export type RandomBytes = (bytes: number) => Uint8Array;

/**
 * A group in which two sides agree on a key (ICAO 9303-11, 9.6): an elliptic curve or numbers modulo a prime. Public keys and
 * generators are bytes as they travel (9.4.5): a point 04 x y, or an unsigned integer without leading zeros. Every
 * method validates what it is given and throws ProtocolError `group.*` for bytes that are no element of the group.
 */
export interface Group {
  readonly name: string;
  readonly kind: 'ecdh' | 'dh';
  /** The field's prime, p. */
  readonly prime: bigint;
  /** How many elements the generator makes: private keys are 1 to order - 1. */
  readonly order: bigint;
  /** Throws ProtocolError `group.element` unless these bytes are an element. */
  check(element: Uint8Array): void;
  /** Private key times generator; null is the group's own. */
  publicKey(privateKey: bigint, generator: Uint8Array | null): Uint8Array;
  /** The shared secret: x of the common point (TR-03111, ECKA), or the common number, as long as the prime. */
  agree(privateKey: bigint, theirs: Uint8Array): Uint8Array;
  /** Whether both are the same element, however they are written. */
  same(one: Uint8Array, other: Uint8Array): boolean;
  /** 9303-11, 4.4.3.3.1: the generator nonce times G plus H, H what both sides agree on. */
  mapGeneric(nonce: bigint, privateKey: bigint, theirs: Uint8Array): Uint8Array;
  /** 9303-11, 4.4.3.3.2: the generator that a field element leads to. */
  mapIntegrated(element: bigint): Uint8Array;
}

export type KeyPair = { readonly privateKey: bigint; readonly publicKey: Uint8Array };

/** Half of all draws fall outside the worst group's order: 128 in a row mean that `random` is broken. */
const DRAWS_MAX = 128;

export function newKeyPair(
  group: Group,
  random: RandomBytes,
  generator: Uint8Array | null,
): KeyPair {
  const privateKey = newPrivateKey(group.order, random);
  return { privateKey, publicKey: group.publicKey(privateKey, generator) };
}

/** Evenly from 1 to order - 1: numbers of the order's length are drawn until one is within. */
function newPrivateKey(order: bigint, random: RandomBytes): bigint {
  const bits = order.toString(2).length;
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const candidate = BigInt.asUintN(bits, toBigInt(random(Math.ceil(bits / 8))));
    if (candidate > 0n && candidate < order) return candidate;
  }
  throw new Error(`no number below the group's order in ${DRAWS_MAX} draws: randomness is broken`);
}

/** Big-endian, unsigned; of no bytes 0. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** Big-endian in exactly so many bytes, which must hold it. */
export function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'));
}

/** Big-endian in as few bytes as hold it (9303-11, 9.4.1). */
export function toMinimalBytes(value: bigint): Uint8Array {
  return toBytes(value, byteLength(value));
}

export function byteLength(value: bigint): number {
  return Math.ceil(value.toString(16).length / 2);
}

export function wrongElement(group: string, problem: string): ProtocolError {
  return new ProtocolError('group.element', `${group}: ${problem}`);
}
