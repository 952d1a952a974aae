import { ProtocolError } from '../protocol-error.ts';
import { readTlv, type Tlv } from '../tlv.ts';

/** A file of a travel document's chip (ICAO 9303-10, table 38 and 4.7). */
export type LdsFile = {
  /** As 9303 writes it: `EF.COM`, `EF.DG1`, `EF.SOD`. */
  readonly name: string;
  readonly fileId: number;
  /** Short file identifier, for reading without selecting. */
  readonly sfi: number;
  /** The one object the file consists of. */
  readonly tag: number;
  /** 1 to 16, or null for the files that are no data group. */
  readonly group: number | null;
  /** Most bytes taken from a card; far above what issuers write, far below what would hurt. */
  readonly bytesMax: number;
};

const SMALL_BYTES_MAX = 4_096;
const TEXT_BYTES_MAX = 32_768;
/** DG11, DG12: text, and scans of papers. */
const SCAN_BYTES_MAX = 200_000;
/** A portrait is 10 to 30 kB as a rule. */
const PICTURE_BYTES_MAX = 200_000;

export const EF_COM: LdsFile = file('EF.COM', 0x011e, 0x60, null, SMALL_BYTES_MAX);
export const EF_SOD: LdsFile = file('EF.SOD', 0x011d, 0x77, null, 65_536);

/** DG1 to DG16 in order. */
export const DATA_GROUP_FILES: readonly LdsFile[] = [
  group(1, 0x61, SMALL_BYTES_MAX),
  group(2, 0x75, PICTURE_BYTES_MAX),
  group(3, 0x63, PICTURE_BYTES_MAX),
  group(4, 0x76, PICTURE_BYTES_MAX),
  group(5, 0x65, PICTURE_BYTES_MAX),
  group(6, 0x66, PICTURE_BYTES_MAX),
  group(7, 0x67, PICTURE_BYTES_MAX),
  group(8, 0x68, TEXT_BYTES_MAX),
  group(9, 0x69, TEXT_BYTES_MAX),
  group(10, 0x6a, TEXT_BYTES_MAX),
  group(11, 0x6b, SCAN_BYTES_MAX),
  group(12, 0x6c, SCAN_BYTES_MAX),
  group(13, 0x6d, TEXT_BYTES_MAX),
  group(14, 0x6e, TEXT_BYTES_MAX),
  group(15, 0x6f, SMALL_BYTES_MAX),
  group(16, 0x70, TEXT_BYTES_MAX),
];

/** The file of data group `number`, 1 to 16. */
export function dataGroupFile(number: number): LdsFile {
  const found = DATA_GROUP_FILES[number - 1];
  if (found === undefined) throw new RangeError(`data group ${number}: 1 to 16 expected`);
  return found;
}

/**
 * The object that is the whole of `file`. Throws ProtocolError: `lds.too-large`, `lds.tag`, `lds.trailing`, `tlv.*`. Bytes
 * after it are refused: nobody would have hashed or signed them.
 */
export function readWholeFile(file: LdsFile, bytes: Uint8Array): Tlv {
  refuseTooLarge(file, bytes);
  const whole = readTlv(bytes);
  refuseOtherTag(file, whole.tag);
  if (whole.raw.length !== bytes.length) {
    const after = bytes.length - whole.raw.length;
    throw new ProtocolError('lds.trailing', `${file.name}: ${after} bytes after its end`);
  }
  return whole;
}

export function refuseTooLarge(file: LdsFile, bytes: Uint8Array): void {
  if (bytes.length > file.bytesMax) {
    throw new ProtocolError(
      'lds.too-large',
      `${file.name} of ${bytes.length} bytes: ${file.bytesMax} at most`,
    );
  }
}

export function refuseOtherTag(file: LdsFile, tag: number): void {
  if (tag !== file.tag) {
    throw new ProtocolError(
      'lds.tag',
      `${file.name}: object ${file.tag.toString(16)} expected, came ${tag.toString(16)}`,
    );
  }
}

function group(number: number, tag: number, bytesMax: number): LdsFile {
  return file(`EF.DG${number}`, 0x0100 + number, tag, number, bytesMax);
}

function file(
  name: string,
  fileId: number,
  tag: number,
  number: number | null,
  bytesMax: number,
): LdsFile {
  // 9303-10, 4.7: within the application every SFI is the low byte of the file's identifier.
  return { name, fileId, sfi: fileId & 0xff, tag, group: number, bytesMax };
}
