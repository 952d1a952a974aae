import { ProtocolError } from '../protocol-error.ts';
import { readTlv, readTlvs } from '../tlv.ts';
import { definiteLengths } from './ber.ts';
import { EF_SOD, refuseOtherTag, refuseTooLarge } from './files.ts';
import {
  type Algorithm,
  parseSignedData,
  readAlgorithm,
  type SignedData,
  type Signer,
} from './signed-data.ts';
import { expectTlv, smallInteger, textOrNull } from './values.ts';

/** EF.SOD (ICAO 9303-10, 4.6.2), taken apart; nothing in it is verified yet. */
export type Sod = {
  /** As signed. Any but `LDS_SECURITY_OBJECT` (China has plain data, older Dutch passports their own) proves nothing (security C3). */
  readonly contentType: string;
  /** Raw bytes of the data groups are hashed with this. */
  readonly groupDigestAlgorithm: Algorithm;
  /** Hashes by number of data group: they decide what a chip owes. */
  readonly groupHashes: ReadonlyMap<number, Uint8Array>;
  /** 0 or 1, of the LDSSecurityObject. */
  readonly version: number;
  /** `0107`, in version 1 only; signed, unlike EF.COM's. */
  readonly ldsVersion: string | null;
  readonly unicodeVersion: string | null;
  /** The LDSSecurityObject as it came: the signer's message digest is over these bytes. */
  readonly content: Uint8Array;
  /** DER as they came. */
  readonly certificates: readonly Uint8Array[];
  readonly signer: Signer;
};

export const LDS_SECURITY_OBJECT = '2.23.136.1.1.1';
const GROUP_NUMBER_MAX = 16;

/**
 * Throws ProtocolError: `lds.too-large`, `lds.tag`, `lds.trailing`, `sod.*`, `cms.*`, `ber.*`, `tlv.*`. Indefinite
 * lengths and octets in segments are put up with anywhere.
 */
export function parseSod(bytes: Uint8Array): Sod {
  refuseTooLarge(EF_SOD, bytes);
  const { bytes: definite, taken } = definiteLengths(bytes);
  if (taken !== bytes.length) {
    throw new ProtocolError('lds.trailing', `EF.SOD: ${bytes.length - taken} bytes after its end`);
  }
  const file = readTlv(definite);
  refuseOtherTag(EF_SOD, file.tag);
  const signed = parseSignedData(file.value);
  const { content, contentType } = signed;
  return {
    ...readContent(signed),
    ...{ content, contentType },
    certificates: signed.certificates,
    signer: soleSigner(signed),
  };
}

function readContent({ content, contentType }: SignedData) {
  try {
    return readSecurityObject(content);
  } catch (error) {
    const other = error instanceof ProtocolError && contentType !== LDS_SECURITY_OBJECT;
    if (!other) throw error;
    throw new ProtocolError('sod.content-type', `content ${contentType} is no security object`, {
      cause: error,
    });
  }
}

function soleSigner({ signers }: SignedData): Signer {
  const [signer, ...more] = signers;
  if (signer === undefined || more.length > 0) {
    throw new ProtocolError('sod.signers', `EF.SOD: one signer expected, came ${signers.length}`);
  }
  return signer;
}

/** ICAO 9303-10, 4.6.2.3: version, hashAlgorithm, dataGroupHashValues, ldsVersionInfo (version 1). */
function readSecurityObject(content: Uint8Array) {
  const { bytes: definite, taken } = definiteLengths(content);
  if (taken !== content.length) {
    throw new ProtocolError('sod.trailing', 'bytes after the security object');
  }
  const [versionField, algorithm, hashes, info] = readTlvs(
    expectTlv(readTlv(definite), 0x30, 'LDSSecurityObject').value,
  );
  const version = smallInteger(expectTlv(versionField, 0x02, 'LDSSecurityObject, version'));
  if (version > 1) throw new ProtocolError('sod.version', `version ${version}: 0 or 1 expected`);
  const [ldsVersion, unicodeVersion] = info === undefined ? [] : readTlvs(info.value);
  return {
    version,
    groupDigestAlgorithm: readAlgorithm(algorithm),
    groupHashes: readGroupHashes(expectTlv(hashes, 0x30, 'data group hashes').value),
    ldsVersion: ldsVersion === undefined ? null : textOrNull(ldsVersion.value),
    unicodeVersion: unicodeVersion === undefined ? null : textOrNull(unicodeVersion.value),
  };
}

function readGroupHashes(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (const entry of readTlvs(bytes)) {
    const [number, hash] = readTlvs(expectTlv(entry, 0x30, 'data group hash').value);
    const group = smallInteger(expectTlv(number, 0x02, 'data group hash, number'));
    if (group < 1 || group > GROUP_NUMBER_MAX || found.has(group)) {
      throw new ProtocolError(
        'sod.group',
        `a hash of data group ${group}: 1 to 16 once each expected`,
      );
    }
    found.set(group, expectTlv(hash, 0x04, 'data group hash, value').value);
  }
  if (found.size === 0) throw new ProtocolError('sod.group', 'no data group hashes');
  return found;
}
