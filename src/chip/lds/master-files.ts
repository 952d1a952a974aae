import { ProtocolError, understand } from '../protocol-error.ts';
import { findTlv, readTlv, type Tlv } from '../tlv.ts';
import { smallInteger } from './values.ts';

/** What a card says of itself in its master file, unsigned and readable by everybody: EF.ATR/INFO and EF.DIR. */

/** Most bytes of a whole command APDU and of a whole response APDU (ISO/IEC 7816-4, 12.7.1). */
export type ApduLimits = { readonly commandBytesMax: number; readonly responseBytesMax: number };

export const EF_ATR_INFO = 0x2f01;
export const EF_DIR = 0x2f00;
const EXTENDED_LENGTH = 0x7f66;
const INTEGER = 0x02;
const APPLICATION_TEMPLATE = 0x61;
const APPLICATION_ID = 0x4f;
const OBJECTS_MAX = 64;
/** ISO/IEC 7816-4, 8.2.1.2. */
const APPLICATION_ID_BYTES_MAX = 16;

/** ICAO 9303-10, 3.11.1: DO'7F66' with two INTEGERs. Null where the file, or its beginning, does not hold it. */
export function readApduLimits(atrInfo: Uint8Array): ApduLimits | null {
  const template = findTlv(objectsOf(atrInfo), EXTENDED_LENGTH);
  const numbers = template === null ? [] : objectsOf(template.value);
  const [command, response] = numbers.filter(({ tag }) => tag === INTEGER).map(numberOrNull);
  if ((command ?? null) === null || (response ?? null) === null) return null;
  return { commandBytesMax: command ?? 0, responseBytesMax: response ?? 0 };
}

/** ISO/IEC 7816-4, 12.2.2: application identifiers, lower-case hex, in the order of EF.DIR. */
export function readApplications(dir: Uint8Array): readonly string[] {
  return objectsOf(dir)
    .filter(({ tag }) => tag === APPLICATION_TEMPLATE)
    .map(({ value }) => findTlv(objectsOf(value), APPLICATION_ID)?.value ?? new Uint8Array(0))
    .filter(({ length }) => length > 0 && length <= APPLICATION_ID_BYTES_MAX)
    .map((id) => Buffer.from(id).toString('hex'));
}

/** As far as they go: fillers follow, and a file may be longer than what was read of it. */
function objectsOf(bytes: Uint8Array): readonly Tlv[] {
  const found: Tlv[] = [];
  try {
    for (let rest = bytes; rest.length > 0 && found.length < OBJECTS_MAX; ) {
      const object = readTlv(rest);
      found.push(object);
      rest = rest.subarray(object.raw.length);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return found;
}

function numberOrNull(object: Tlv): number | null {
  return understand(() => smallInteger(object));
}
