import type { BlockCipher } from './crypto/block-ciphers.ts';
import { members, need, readOid, readUnsigned, TAG } from './der.ts';
import { ProtocolError } from './protocol-error.ts';
import { readTlv, type Tlv } from './tlv.ts';

/**
 * What a chip says it can do (ICAO 9303-11, 9.2): EF.CardAccess, whose bytes nobody signed, and EF.DG14 or EF.CardSecurity,
 * whose bytes are signed once they are verified.
 */
export type SecurityInfos = {
  readonly pace: readonly PaceInfo[];
  readonly paceDomainParameters: readonly PaceDomainParameterInfo[];
  readonly chipAuthentication: readonly ChipAuthenticationInfo[];
  readonly chipAuthenticationKeys: readonly ChipAuthenticationKeyInfo[];
  readonly activeAuthentication: readonly ActiveAuthenticationInfo[];
  readonly terminalAuthentication: readonly TerminalAuthenticationInfo[];
  /** Everything else, and what claims to be one of the above and is not formed like it. */
  readonly unknown: readonly UnknownInfo[];
  /** Every SecurityInfo as it came, these bytes and those above are the same. */
  readonly raw: readonly Uint8Array[];
};

export type Agreement = 'dh' | 'ecdh';
export type PaceMapping = 'generic' | 'integrated' | 'chip-authentication';

/** 9.2.1. */
export type PaceInfo = {
  readonly protocol: string;
  readonly agreement: Agreement;
  readonly mapping: PaceMapping;
  readonly cipher: BlockCipher;
  readonly version: number;
  readonly parameterId: number | null;
};

/** 9.2.2. */
export type PaceDomainParameterInfo = {
  readonly protocol: string;
  /** An AlgorithmIdentifier. */
  readonly domainParameter: Tlv;
  readonly parameterId: number | null;
};

/** 9.2.5. */
export type ChipAuthenticationInfo = {
  readonly protocol: string;
  readonly agreement: Agreement;
  readonly cipher: BlockCipher;
  readonly version: number;
  readonly keyId: number | null;
};

/** 9.2.6: ChipAuthenticationPublicKeyInfo. */
export type ChipAuthenticationKeyInfo = {
  readonly agreement: Agreement;
  readonly publicKeyInfo: Uint8Array;
  readonly keyId: number | null;
};

/** 9.2.4. */
export type ActiveAuthenticationInfo = { readonly signatureAlgorithm: string };

/** 9.2.8. */
export type TerminalAuthenticationInfo = { readonly version: number };

export type UnknownInfo = { readonly protocol: string; readonly raw: Uint8Array };

const SMARTCARD = '0.4.0.127.0.7.2.2';
const ACTIVE_AUTHENTICATION = '2.23.136.1.1.5';
/** 9.2.3 and 9.2.7: the last arc. */
const CIPHERS: readonly (BlockCipher | undefined)[] = [
  undefined,
  '3des',
  'aes128',
  'aes192',
  'aes256',
];
const AGREEMENTS: readonly (Agreement | undefined)[] = [undefined, 'dh', 'ecdh'];
/** 9.2.3: id-PACE 1 to 6; 5 is nobody's. */
const PACE_METHODS: readonly (readonly [Agreement, PaceMapping] | undefined)[] = [
  undefined,
  ['dh', 'generic'],
  ['ecdh', 'generic'],
  ['dh', 'integrated'],
  ['ecdh', 'integrated'],
  undefined,
  ['ecdh', 'chip-authentication'],
];

/**
 * SecurityInfos from the first byte of their SET; bytes behind it, as a file read to its end may have, are left. One info
 * that is not formed as it should be is among the unknown. Throws ProtocolError for anything that is no such SET.
 */
export function parseSecurityInfos(bytes: Uint8Array): SecurityInfos {
  const found = {
    pace: [] as PaceInfo[],
    paceDomainParameters: [] as PaceDomainParameterInfo[],
    chipAuthentication: [] as ChipAuthenticationInfo[],
    chipAuthenticationKeys: [] as ChipAuthenticationKeyInfo[],
    activeAuthentication: [] as ActiveAuthenticationInfo[],
    terminalAuthentication: [] as TerminalAuthenticationInfo[],
    unknown: [] as UnknownInfo[],
    raw: [] as Uint8Array[],
  };
  for (const info of members(readTlv(bytes), TAG.set, 'SecurityInfos')) {
    const [protocolObject, ...data] = members(info, TAG.sequence, 'SecurityInfo');
    const protocol = readOid(protocolObject, 'protocol');
    found.raw.push(info.raw);
    if (!addKnown(found, protocol, data)) found.unknown.push({ protocol, raw: info.raw });
  }
  return found;
}

type Collected = {
  [Kind in Exclude<keyof SecurityInfos, 'unknown' | 'raw'>]: SecurityInfos[Kind][number][];
};

function addKnown(found: Collected, protocol: string, data: readonly Tlv[]): boolean {
  try {
    return addKnownOrThrow(found, protocol, data);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function addKnownOrThrow(found: Collected, protocol: string, data: readonly Tlv[]): boolean {
  if (protocol === ACTIVE_AUTHENTICATION) {
    found.activeAuthentication.push({ signatureAlgorithm: readOid(data[1], 'algorithm') });
    return true;
  }
  if (!protocol.startsWith(`${SMARTCARD}.`)) return false;
  const [family, method = 0, cipherArc, ...more] = protocol
    .slice(SMARTCARD.length + 1)
    .split('.')
    .map(Number);
  if (more.length > 0) return false;
  const cipher = cipherArc === undefined ? undefined : CIPHERS[cipherArc];
  switch (family) {
    case 1:
      return addKey(found, AGREEMENTS[method], cipherArc, data);
    case 2:
      if (method !== 0) return false;
      found.terminalAuthentication.push({ version: readSmall(data[0], 'version') });
      return true;
    case 3:
      return addChipAuthentication(found, protocol, AGREEMENTS[method], cipher, data);
    case 4:
      return cipherArc === undefined
        ? addPaceParameters(found, protocol, PACE_METHODS[method], data)
        : addPace(found, protocol, PACE_METHODS[method], cipher, data);
    default:
      return false;
  }
}

function addKey(
  found: Collected,
  agreement: Agreement | undefined,
  more: number | undefined,
  [key, keyId]: readonly Tlv[],
): boolean {
  if (agreement === undefined || more !== undefined) return false;
  const publicKeyInfo = need(key, TAG.sequence, 'chip authentication key').raw;
  found.chipAuthenticationKeys.push({ agreement, publicKeyInfo, keyId: readOptional(keyId) });
  return true;
}

function addChipAuthentication(
  found: Collected,
  protocol: string,
  agreement: Agreement | undefined,
  cipher: BlockCipher | undefined,
  [version, keyId]: readonly Tlv[],
): boolean {
  if (agreement === undefined || cipher === undefined) return false;
  found.chipAuthentication.push({
    ...{ protocol, agreement, cipher },
    version: readSmall(version, 'version'),
    keyId: readOptional(keyId),
  });
  return true;
}

function addPace(
  found: Collected,
  protocol: string,
  method: readonly [Agreement, PaceMapping] | undefined,
  cipher: BlockCipher | undefined,
  [version, parameterId]: readonly Tlv[],
): boolean {
  if (method === undefined || cipher === undefined) return false;
  const [agreement, mapping] = method;
  // Table 3: none with 3DES.
  if (mapping === 'chip-authentication' && cipher === '3des') return false;
  found.pace.push({
    ...{ protocol, agreement, mapping, cipher },
    version: readSmall(version, 'version'),
    parameterId: readOptional(parameterId),
  });
  return true;
}

function addPaceParameters(
  found: Collected,
  protocol: string,
  method: readonly [Agreement, PaceMapping] | undefined,
  [parameters, parameterId]: readonly Tlv[],
): boolean {
  if (method === undefined) return false;
  const domainParameter = need(parameters, TAG.sequence, 'domain parameters');
  found.paceDomainParameters.push({
    ...{ protocol, domainParameter },
    parameterId: readOptional(parameterId),
  });
  return true;
}

function readOptional(object: Tlv | undefined): number | null {
  return object === undefined ? null : readSmall(object, 'identifier');
}

function readSmall(object: Tlv | undefined, what: string): number {
  const value = readUnsigned(object, what);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ProtocolError('der.integer', `${what}: a small number expected`);
  }
  return Number(value);
}

/** How many of the first's infos the second has not, byte for byte: EF.CardAccess against verified EF.DG14 (9.2.11). */
export function countMissing(cardAccess: SecurityInfos, verified: SecurityInfos): number {
  const signed = new Set(verified.raw.map((raw) => Buffer.from(raw).toString('hex')));
  return cardAccess.raw.filter((raw) => !signed.has(Buffer.from(raw).toString('hex'))).length;
}
