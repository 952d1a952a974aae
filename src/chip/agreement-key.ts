import { CURVES, type Curve, findCurve } from './crypto/curves.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import { type Group, toMinimalBytes } from './crypto/group.ts';
import { explicitModpGroup, MODP_GROUPS } from './crypto/modp-groups.ts';
import { members, readBitBytes, readOid, readUnsigned, TAG } from './der.ts';
import { ProtocolError } from './protocol-error.ts';
import type { Tlv } from './tlv.ts';
import { readTlv } from './tlv.ts';
import { readExplicitCurve } from './trust/explicit-curve.ts';

/** A key that keys are agreed with: its group, and an element of that group. */
export type AgreementKey = { readonly group: Group; readonly publicKey: Uint8Array };

const ALGORITHM = {
  ecPublicKey: '1.2.840.10045.2.1',
  /** PKCS #3. */
  dhKeyAgreement: '1.2.840.113549.1.3.1',
  /** X9.42: some chips write it instead (ICAO 9303-11, 8.5, note 2). */
  dhPublicNumber: '1.2.840.10046.2.1',
  /** 9303-11, 9.5.1. */
  standardizedDomainParameters: '0.4.0.127.0.7.1.2',
} as const;

/**
 * The key of a SubjectPublicKeyInfo, on a curve of the list (named, numbered or written out) or modulo a prime. Throws
 * ProtocolError: `group.unsupported` for an algorithm or a curve that is not known, `group.element` for a key that is none of
 * its group, `der.*` and `tlv.*`.
 */
export function readAgreementKey(publicKeyInfo: Uint8Array): AgreementKey {
  const [algorithm, bits] = members(readTlv(publicKeyInfo), TAG.sequence, 'public key');
  const group = readGroup(algorithm);
  const key = readBitBytes(bits, 'public key');
  const publicKey =
    group.kind === 'ecdh' ? key : toMinimalBytes(readUnsigned(readTlv(key), 'public key'));
  group.check(publicKey);
  return { group, publicKey: Uint8Array.from(publicKey) };
}

/** The group that an AlgorithmIdentifier tells (9303-11, 9.5). Throws ProtocolError. */
export function readGroup(algorithmIdentifier: Tlv | undefined): Group {
  const [oid, parameters] = members(algorithmIdentifier, TAG.sequence, 'algorithm');
  const algorithm = readOid(oid, 'algorithm');
  switch (algorithm) {
    case ALGORITHM.ecPublicKey:
      return readCurve(parameters);
    case ALGORITHM.dhKeyAgreement:
    case ALGORITHM.dhPublicNumber: {
      const [p, g, q] = members(parameters, TAG.sequence, 'DH parameters');
      return explicitModpGroup({
        p: readUnsigned(p, 'prime'),
        g: readUnsigned(g, 'generator'),
        q: algorithm === ALGORITHM.dhPublicNumber ? readUnsigned(q, 'order') : null,
      });
    }
    case ALGORITHM.standardizedDomainParameters: {
      const group = standardizedGroup(Number(readUnsigned(parameters, 'domain parameter ID')));
      if (group === null) throw unsupported('domain parameters of an unknown ID');
      return group;
    }
    default:
      throw unsupported(`the algorithm ${algorithm}`);
  }
}

/** 9303-11, 9.2.2: parameters nobody signed are used only when they are known to be secure, which is when they are listed. */
export function isListedGroup(group: Group): boolean {
  return [...CURVES, ...MODP_GROUPS].some((listed) => listed === group);
}

function readCurve(parameters: Tlv | undefined): Curve {
  const curve =
    parameters?.tag === TAG.oid
      ? findCurve(readOid(parameters, 'curve'))
      : readExplicitCurve(parameters);
  if (curve === null) throw unsupported('a curve that is not on the list');
  return curve;
}

function unsupported(what: string): ProtocolError {
  return new ProtocolError('group.unsupported', `${what} is not supported`);
}
