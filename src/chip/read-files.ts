import { type Response, SHORT_LE_MAX, SW } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import { definiteLengths } from './lds/ber.ts';
import type { LdsFile } from './lds/files.ts';
import type { ApduLimits } from './lds/master-files.ts';
import { ProtocolError } from './protocol-error.ts';
import { readHead } from './tlv.ts';

/**
 * How a kind of card wants to be read, as it was found out. It is kept beyond the card: the next of its kind is read in
 * the best way at once. The reader of files writes to it.
 */
export type ReadManner = {
  /** Whether long reads work. `readBytes`: how long; else as many as a short answer holds. */
  long: 'unknown' | 'works' | 'no';
  readBytes: number;
  /** How long a read is tried out. */
  probeBytes: number;
  /** A long read is under way that this card has not answered before. */
  trying: boolean;
  /** Whether files are read by short identifier, or have to be selected. */
  address: 'unknown' | 'short-id' | 'select';
  /** Whether a read beyond the end of a file is refused: then its head is read first. */
  headFirst: boolean;
  /** The most bytes of one short read; what a short answer holds, until less proves to be wanted. */
  shortBytes: number;
};

/** What was read of a file; reading goes on from there, in this session or the next. */
export type PartialFile = {
  bytes: Uint8Array;
  /** Bytes the file's own head announces; null before it was read, or where it does not say (X.690, 8.1.3.6). */
  total: number | null;
};

export type FileOutcome =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  /** Behind an access the terminal does not have (6982), or not there (6A82): normal outcomes. */
  | { readonly kind: 'refused'; readonly sw: number }
  /** What the card gave is no such file: `file.*`, `lds.*`, `tlv.*`. */
  | { readonly kind: 'broken'; readonly code: string };

export type ReadFileOptions = {
  readonly manner: ReadManner;
  readonly partial: PartialFile;
  /** Whether a long read may be tried out on this file: where a loss costs least. */
  readonly mayProbe: boolean;
  /** After every answer whose protection was right. */
  readonly onAnswer: () => void;
  /** After `partial` has grown. */
  readonly onBytes: () => void;
};

/**
 * The most asked for in one read. A long one is a loss of so much when the card moves, and no progress meanwhile: at
 * 106 kbit/s 0.2 s. Beyond it the turnaround of an APDU hardly counts any more.
 */
const LONG_READ_BYTES = 2_048;
/** A card that gives fewer in the middle of a file would be read for ever. */
const PROGRESS_BYTES_MIN = 64;
/** What secure messaging adds to an answer at most, status word and padding included. */
const PROTECTION_BYTES_MAX = 48;
const HEAD_BYTES = 8;
/** What every chip gives in one answer: where more is refused, so much is asked for. */
const SMALL_READ_BYTES = 112;
const WRONG_LENGTH = 0x6700;
/** Chips are in the field whose files end some bytes before what their heads announce: the hash is over what is there. */
export const LENGTH_SLACK_BYTES = 8;
/** An odd READ BINARY wraps its answer. */
const WRAPPING_BYTES = 4;
const ODD_READ_FROM = 0x8000;
const SHORT_OFFSET_MAX = 0xff;

export function newManner(): ReadManner {
  return {
    ...{ long: 'unknown', readBytes: 0, trying: false, address: 'unknown', headFirst: false },
    ...{ shortBytes: SHORT_LE_MAX, probeBytes: LONG_READ_BYTES },
  };
}

/**
 * What the card says it can answer (EF.ATR/INFO) makes the read that is tried out shorter, or needless; never longer, and that
 * it works is still to be seen.
 */
export function heed(manner: ReadManner, limits: ApduLimits | null): void {
  if (limits === null || manner.long !== 'unknown') return;
  const bytes = limits.responseBytesMax - PROTECTION_BYTES_MAX;
  if (bytes <= SHORT_LE_MAX) manner.long = 'no';
  else manner.probeBytes = Math.min(LONG_READ_BYTES, bytes);
}

/** To be called when the session was lost, with whether the card is still there: then a long read may be what it died of. */
export function afterLoss(manner: ReadManner, cardThere: boolean): void {
  if (manner.trying && cardThere) demote(manner);
  manner.trying = false;
}

/** What worked with others of its kind is tried out afresh; what never worked is not tried again. */
function demote(manner: ReadManner): void {
  manner.long = manner.long === 'works' ? 'unknown' : 'no';
}

/** What is wrong with a file and not with the conversation. */
class FileFault extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Reads a file of the selected application, from where `partial` ends. No read is for the length alone: the first tells
 * the head and has as much as fits. Throws what the session throws; `partial` and `manner` then say how far it came.
 */
export async function readFile(
  session: CardSession,
  file: LdsFile,
  options: ReadFileOptions,
): Promise<FileOutcome> {
  try {
    const refused = await begin(session, file, options);
    return refused ?? { kind: 'read', bytes: await readOn(session, file, options) };
  } catch (error) {
    if (error instanceof FileFault) return { kind: 'broken', code: error.code };
    throw error;
  }
}

/** The first read of a session, after which the file is selected; null when it went well. */
async function begin(
  session: CardSession,
  file: LdsFile,
  options: ReadFileOptions,
): Promise<FileOutcome | null> {
  const { manner, partial } = options;
  // A read by short identifier reaches 255; further on a few bytes are read again, and must be the same.
  const offset = partial.bytes.length > SHORT_OFFSET_MAX ? 0 : partial.bytes.length;
  const again = offset < partial.bytes.length;
  const le = again || manner.headFirst ? HEAD_BYTES : readLength(session, manner, partial, offset);
  const { data, sw } = await firstRead(session, file, options, offset, le);
  if (sw !== SW.ok && sw !== SW.endOfFile) return { kind: 'refused', sw };
  if (again) {
    if (startsWith(partial.bytes, data)) return null;
    throw new FileFault('file.changed');
  }
  // Where nothing longer could be had, the head came alone.
  append(file, partial, data, manner.headFirst ? HEAD_BYTES : le);
  options.onBytes();
  return null;
}

/** What does not work in the way that worked with others of its kind is tried in the other ways there are. */
async function firstRead(
  session: CardSession,
  file: LdsFile,
  options: ReadFileOptions,
  offset: number,
  le: number,
): Promise<Response> {
  const { manner } = options;
  if (manner.address === 'select') return selectAndRead(session, file, options, offset, le);
  const first = await readByShortId(session, file, options, offset, le);
  if (isRead(first)) manner.address = 'short-id';
  // That a group is not allowed is an answer. That it is not there is what a card says, too, that knows no short identifiers.
  if (isRead(first) || first.sw === SW.securityStatus) return first;
  const second = await selectAndRead(session, file, options, offset, le);
  return isRead(second) ? second : first;
}

async function readByShortId(
  session: CardSession,
  { sfi }: LdsFile,
  { manner, onAnswer }: ReadFileOptions,
  offset: number,
  le: number,
): Promise<Response> {
  for (let asked = le; ; asked = Math.min(le, session.shortDataMax, manner.shortBytes)) {
    manner.trying = asked > session.shortDataMax;
    const response = await session.readShortFile(sfi, offset, asked);
    manner.trying = false;
    onAnswer();
    const absent = response.sw === SW.securityStatus || response.sw === SW.fileNotFound;
    if (isRead(response) || absent) return response;
    if (!stepDown(session, manner, asked, response.sw)) return response;
  }
}

async function selectAndRead(
  session: CardSession,
  { fileId }: LdsFile,
  { manner, onAnswer }: ReadFileOptions,
  offset: number,
  le: number,
): Promise<Response> {
  const selected = await session.selectFile(fileId);
  onAnswer();
  if (selected.sw !== SW.ok) return selected;
  let response = await session.readBinary(offset, Math.min(le, session.shortDataMax));
  onAnswer();
  if (!isRead(response) && response.sw !== SW.securityStatus && le > HEAD_BYTES) {
    response = await session.readBinary(offset, HEAD_BYTES);
    onAnswer();
    manner.headFirst = isRead(response);
  }
  if (isRead(response)) manner.address = 'select';
  return response;
}

async function readOn(
  session: CardSession,
  file: LdsFile,
  options: ReadFileOptions,
): Promise<Uint8Array> {
  const { partial, manner, onAnswer, onBytes } = options;
  while (partial.total === null || partial.bytes.length < partial.total) {
    if (probes(options)) {
      await probe(session, file, options);
      continue;
    }
    const le = readLength(session, manner, partial, partial.bytes.length);
    const response = await session.readBinary(partial.bytes.length, le);
    onAnswer();
    if (isRead(response)) {
      append(file, partial, response.data, le);
      onBytes();
    }
    if (!isRead(response) && stepDown(session, manner, le, response.sw)) continue;
    if (isLast(response, partial, le)) break;
  }
  return whole(partial);
}

function isLast({ data, sw }: Response, { total }: PartialFile, le: number): boolean {
  // Of a file whose length nothing tells, a read that is not full is the last.
  return sw !== SW.ok || data.length === 0 || (total === null && data.length < le);
}

/** A read was refused; false where it was not for its length, or less cannot be asked for. */
function stepDown(session: CardSession, manner: ReadManner, le: number, sw: number): boolean {
  if (le > session.shortDataMax) demote(manner);
  else if (sw === WRONG_LENGTH && le > SMALL_READ_BYTES) manner.shortBytes = SMALL_READ_BYTES;
  else return false;
  return true;
}

/** Once with a kind of card, and where so much is left. */
function probes({ manner, partial, mayProbe }: ReadFileOptions): boolean {
  return mayProbe && manner.long === 'unknown' && left(partial) >= manner.probeBytes;
}

/** One long read of what is wanted anyway. A card that gives fewer than it was asked for gives what it can. */
async function probe(session: CardSession, file: LdsFile, options: ReadFileOptions): Promise<void> {
  const { partial, manner, onAnswer, onBytes } = options;
  manner.trying = true;
  const { data, sw } = await session.readBinary(partial.bytes.length, manner.probeBytes);
  manner.trying = false;
  const works = sw === SW.ok && data.length > session.shortDataMax;
  manner.long = works ? 'works' : 'no';
  manner.readBytes = data.length;
  onAnswer();
  if (!works) return;
  append(file, partial, data, manner.probeBytes);
  onBytes();
}

function readLength(
  session: CardSession,
  manner: ReadManner,
  partial: PartialFile,
  offset: number,
): number {
  const short = Math.min(session.shortDataMax, manner.shortBytes);
  const most = manner.long === 'works' ? manner.readBytes : short;
  const wrapping = offset >= ODD_READ_FROM ? WRAPPING_BYTES : 0;
  return Math.min(most, left(partial) + wrapping);
}

function left({ bytes, total }: PartialFile): number {
  return total === null ? Number.POSITIVE_INFINITY : total - bytes.length;
}

function append(file: LdsFile, partial: PartialFile, data: Uint8Array, le: number): void {
  const bytes = Buffer.concat([partial.bytes, data.subarray(0, le)]);
  const total = partial.total ?? announced(file, bytes);
  if ((total ?? bytes.length) > file.bytesMax) throw new FileFault('lds.too-large');
  const missing = (total ?? 0) - bytes.length;
  if (data.length < Math.min(le, PROGRESS_BYTES_MIN) && missing > LENGTH_SLACK_BYTES) {
    throw new FileFault('file.trickle');
  }
  partial.total = total;
  partial.bytes = total === null ? bytes : bytes.subarray(0, total);
}

/** Null for an indefinite length: such a file goes on until the card says that it ends. */
function announced(file: LdsFile, bytes: Uint8Array): number | null {
  if (bytes[0] !== file.tag) throw new FileFault('lds.tag');
  if (bytes[1] === 0x80) return null;
  const { headBytes, valueBytes } = understood(() => readHead(bytes));
  return headBytes + valueBytes;
}

function whole({ bytes, total }: PartialFile): Uint8Array {
  if (total === null) return bytes.subarray(0, understood(() => definiteLengths(bytes)).taken);
  if (bytes.length + LENGTH_SLACK_BYTES < total) throw new FileFault('file.short');
  return bytes;
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw new FileFault(error.code);
    throw error;
  }
}

function isRead({ data, sw }: Response): boolean {
  return data.length > 0 && (sw === SW.ok || sw === SW.endOfFile);
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.length > 0 && Buffer.from(bytes.subarray(0, start.length)).equals(start);
}
