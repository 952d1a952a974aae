import { needTlv, readTlvs } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { type Mrz, parseMrz } from './mrz.ts';

/** EF.DG1 (ICAO 9303-10, 4.7.1): the machine-readable zone. Throws ProtocolError. */
export function parseDg1(bytes: Uint8Array): Mrz {
  const objects = readTlvs(readWholeFile(dataGroupFile(1), bytes).value);
  const { value } = needTlv(objects, 0x5f1f, 'EF.DG1');
  return parseMrz(Buffer.from(value).toString('latin1'));
}
