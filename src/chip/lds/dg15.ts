import { needTlv, readTlv, readTlvs } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { oidText } from './values.ts';

/** The public key of Active Authentication. */
export type Dg15 = {
  /** SubjectPublicKeyInfo in DER, as it came. */
  readonly publicKeyInfo: Uint8Array;
  /** Object identifier of the key's algorithm: `1.2.840.113549.1.1.1` is RSA, `1.2.840.10045.2.1` an EC key. */
  readonly algorithm: string;
};

/** EF.DG15 (ICAO 9303-10, 4.7.15). Throws ProtocolError. */
export function parseDg15(bytes: Uint8Array): Dg15 {
  const { value } = readWholeFile(dataGroupFile(15), bytes);
  const info = needTlv(readTlvs(value), 0x30, 'EF.DG15');
  const parts = readTlvs(info.value);
  const algorithm = needTlv(parts, 0x30, 'EF.DG15, algorithm');
  needTlv(parts, 0x03, 'EF.DG15, key');
  return { publicKeyInfo: info.raw, algorithm: oidText(readTlv(algorithm.value)) };
}
