import { type Curve, findExplicitCurve } from '../crypto/curves.ts';
import { bigUnsigned, members, need, readOid, readUnsigned, TAG } from '../der.ts';
import type { Tlv } from '../tlv.ts';

const PRIME_FIELD = '1.2.840.10045.1.1';

/**
 * The curve of the list that explicit parameters (RFC 3279, 2.3.5: version, field, coefficients, with a seed at times,
 * generator, order, cofactor at times) spell out in full, else null. Throws ProtocolError `der.*` and `tlv.*`.
 */
export function readExplicitCurve(parameters: Tlv | undefined): Curve | null {
  const [, field, coefficients, generator, order, cofactor] = members(
    parameters,
    TAG.sequence,
    'curve parameters',
  );
  const [fieldType, prime] = members(field, TAG.sequence, 'field');
  if (readOid(fieldType, 'field') !== PRIME_FIELD) return null;
  const [a, b] = members(coefficients, TAG.sequence, 'coefficients');
  return findExplicitCurve({
    p: readUnsigned(prime, 'prime'),
    a: bigUnsigned(need(a, TAG.octetString, 'coefficient a').value),
    b: bigUnsigned(need(b, TAG.octetString, 'coefficient b').value),
    generator: need(generator, TAG.octetString, 'generator').value,
    order: readUnsigned(order, 'order'),
    cofactor: cofactor?.tag === TAG.integer ? readUnsigned(cofactor, 'cofactor') : null,
  });
}
