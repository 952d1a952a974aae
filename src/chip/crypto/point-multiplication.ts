import { createPrivateKey, createPublicKey } from 'node:crypto';
import { encodeOid } from '../der.ts';
import { writeTlv } from '../tlv.ts';
import type { CurveParameters } from './curve-parameters.ts';
import { byteLength, toBytes, toMinimalBytes } from './group.ts';

const PRIME_FIELD = '1.2.840.10045.1.1';
const TAG = { integer: 0x02, octets: 0x04, sequence: 0x30, parameters: 0xa0 } as const;
const ONE = integer(1n);

/**
 * Factor (1 to order - 1) times a point of the curve, both as 04 x y. It is the public key that belongs to the factor where the
 * point is the generator, and OpenSSL makes that in constant time and several times faster than numbers of JavaScript.
 * The point must have been checked to lie on the curve. Throws what node:crypto throws.
 */
export function multiplyPoint(
  curve: CurveParameters,
  factor: bigint,
  point: Uint8Array,
): Uint8Array {
  // RFC 5915, and X9.62's ECParameters for what RFC 3279 calls ecParameters.
  const privateKey = sequence(
    ONE,
    writeTlv(TAG.octets, toBytes(factor, byteLength(curve.n))),
    writeTlv(TAG.parameters, withGenerator(curve, point)),
  );
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'sec1' });
  const info = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(info.subarray(-point.length));
}

function withGenerator({ p, a, b, n }: CurveParameters, generator: Uint8Array): Uint8Array {
  const bytes = byteLength(p);
  return sequence(
    ONE,
    sequence(encodeOid(PRIME_FIELD), integer(p)),
    sequence(writeTlv(TAG.octets, toBytes(a, bytes)), writeTlv(TAG.octets, toBytes(b, bytes))),
    writeTlv(TAG.octets, generator),
    integer(n),
    ONE,
  );
}

function integer(value: bigint): Uint8Array {
  const bytes = toMinimalBytes(value);
  return writeTlv(
    TAG.integer,
    (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Uint8Array.of(0), bytes]),
  );
}

function sequence(...members: readonly Uint8Array[]): Uint8Array {
  return writeTlv(TAG.sequence, ...members);
}
