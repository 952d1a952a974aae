import { ProtocolError } from '../protocol-error.ts';
import { readHead, readTlvs } from '../tlv.ts';
import { dataGroupFile, refuseOtherTag, refuseTooLarge } from './files.ts';
import {
  beginsPicture,
  type FacePicture,
  findPicture,
  readPicture,
  refuseLargePicture,
} from './picture.ts';

/** Chips are in the field whose lengths in DG2 are wrong by up to so much. */
const LENGTH_SLACK_BYTES = 8;
const OBJECTS_MAX = 20;
const PICTURES_MAX = 10;
const DEPTH_MAX = 12;
const NODES_MAX = 1_000;

const GROUP_TEMPLATE = 0x7f61;
const TEMPLATE = 0x7f60;
const DATA_BLOCKS: readonly number[] = [0x5f2e, 0x7f2e];

/** ISO/IEC 19794-5:2005, 5.4 to 5.7: bytes of the record header and of the parts of a facial record. */
const RECORD_HEADER_BYTES = 14;
const FACE_INFORMATION_BYTES = 20;
const FEATURE_POINT_BYTES = 8;
const IMAGE_INFORMATION_BYTES = 12;

/**
 * EF.DG2 (ICAO 9303-10, 4.7.2): the photographs in it, at least one, in order. Both record forms are read: ISO/IEC 19794-5
 * and ISO/IEC 39794-5. Pictures that are not understood are left out as long as one remains; else the first's
 * ProtocolError is thrown. Lengths wrong by up to 8 bytes are put up with.
 */
export function parseDg2(bytes: Uint8Array): readonly FacePicture[] {
  const file = dataGroupFile(2);
  refuseTooLarge(file, bytes);
  const { tag, headBytes, valueBytes } = readHead(bytes);
  refuseOtherTag(file, tag);
  if (Math.abs(headBytes + valueBytes - bytes.length) > LENGTH_SLACK_BYTES) {
    throw new ProtocolError(
      'dg2.length',
      `EF.DG2 of ${bytes.length} bytes: ${headBytes + valueBytes} announced`,
    );
  }
  const blocks = looseTlvs(bytes.subarray(headBytes))
    .filter((object) => object.tag === GROUP_TEMPLATE)
    .flatMap(({ value }) => looseTlvs(value).filter((object) => object.tag === TEMPLATE))
    .flatMap(({ value }) => looseTlvs(value).filter((object) => DATA_BLOCKS.includes(object.tag)));
  return understood(blocks.map(({ value }) => value));
}

function understood(blocks: readonly Uint8Array[]): FacePicture[] {
  const pictures: FacePicture[] = [];
  let firstFault: ProtocolError | null = null;
  for (const block of blocks) {
    try {
      pictures.push(...picturesIn(block).map(readPicture));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      firstFault ??= error;
    }
  }
  if (pictures.length > 0) return pictures.slice(0, PICTURES_MAX);
  throw firstFault ?? new ProtocolError('dg2.empty', 'EF.DG2: no picture in it');
}

type Loose = { readonly tag: number; readonly value: Uint8Array };

/** The objects on a level; the last may lack, or be followed by, as many bytes as lengths are known to be wrong. */
function looseTlvs(bytes: Uint8Array): Loose[] {
  const found: Loose[] = [];
  let rest = bytes;
  while (rest.length > (found.length === 0 ? 0 : LENGTH_SLACK_BYTES)) {
    const { tag, headBytes, valueBytes } = readHead(rest);
    const end = headBytes + valueBytes;
    if (end > rest.length + LENGTH_SLACK_BYTES || found.length >= OBJECTS_MAX) {
      throw new ProtocolError('dg2.length', `EF.DG2: object ${tag.toString(16)} does not fit`);
    }
    found.push({ tag, value: rest.subarray(headBytes, end) });
    rest = rest.subarray(end);
  }
  return found;
}

function picturesIn(block: Uint8Array): Uint8Array[] {
  const head = Buffer.from(block.subarray(0, 8)).toString('latin1');
  if (!head.startsWith('FAC\0')) return pictureOf39794(block);
  // Only the edition 9303 names has its layout known here; of another one, the picture is looked for.
  return head === 'FAC\x00010\0' ? facialRecords(block) : [pictureFrom(block, block.length)];
}

function facialRecords(block: Uint8Array): Uint8Array[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const need = (end: number) => {
    if (end > block.length) throw new ProtocolError('dg2.record', 'a facial record ends too soon');
  };
  need(RECORD_HEADER_BYTES);
  const count = view.getUint16(12);
  if (count < 1 || count > PICTURES_MAX) {
    throw new ProtocolError(
      'dg2.record',
      `a record of ${count} faces: 1 to ${PICTURES_MAX} expected`,
    );
  }
  const pictures: Uint8Array[] = [];
  let at = RECORD_HEADER_BYTES;
  for (let face = 1; face <= count; face++) {
    need(at + FACE_INFORMATION_BYTES);
    // The last record goes to the end: its length field is the one known to be wrong.
    const end = face === count ? block.length : at + view.getUint32(at);
    const image = at + FACE_INFORMATION_BYTES + FEATURE_POINT_BYTES * view.getUint16(at + 4);
    const picture = image + IMAGE_INFORMATION_BYTES;
    need(Math.max(picture, end));
    refuseLargePicture(view.getUint16(image + 2), view.getUint16(image + 4));
    pictures.push(pictureFrom(block.subarray(at, end), picture - at));
    at = end;
  }
  return pictures;
}

/** Where the header says, or else, in records of other editions, where a picture begins. */
function pictureFrom(record: Uint8Array, expected: number): Uint8Array {
  const announced = record.subarray(expected);
  if (beginsPicture(announced)) return announced;
  const found = findPicture(record);
  return found < 0 ? announced : record.subarray(found);
}

/** ISO/IEC 39794-5 is ASN.1: the picture is the content of the one OCTET STRING that begins like one. */
function pictureOf39794(block: Uint8Array): Uint8Array[] {
  const level = [{ bytes: block, depth: 0 }];
  let nodes = 0;
  for (let next = level.shift(); next !== undefined; next = level.shift()) {
    for (const { constructed, value } of readTlvs(next.bytes)) {
      nodes++;
      if (nodes > NODES_MAX || next.depth > DEPTH_MAX) {
        throw new ProtocolError('dg2.record', 'a face block of too many parts');
      }
      if (constructed) level.push({ bytes: value, depth: next.depth + 1 });
      else if (beginsPicture(value)) return [value];
    }
  }
  throw new ProtocolError('dg2.record', 'neither a facial record nor a face block with a picture');
}
