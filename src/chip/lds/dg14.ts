import { needTlv, readTlvs } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';

/** EF.DG14 (ICAO 9303-10, 4.7.14): the bytes of its SecurityInfos, a SET. Throws ProtocolError. */
export function parseDg14(bytes: Uint8Array): Uint8Array {
  const objects = readTlvs(readWholeFile(dataGroupFile(14), bytes).value);
  return needTlv(objects, 0x31, 'EF.DG14').raw;
}
