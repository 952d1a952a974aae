import { SHORT_LE_MAX } from '../../../src/chip/apdu.ts';
import { writeTlv } from '../../../src/chip/tlv.ts';
import type { CardSpec } from './card-spec.ts';
import { type ChipAnswer, STATUS, status } from './chip-answer.ts';
import { objectsIn } from './chip-messaging.ts';
import type { ReceivedCommand } from './command-bytes.ts';

const APPLICATION = Buffer.from('a0000002471001', 'hex');
const MASTER_FILE = 0x3f00;
const SHORT_ID_OF_CARD_ACCESS = 0x1c;

/** What a read may give under the circumstances it is asked in. */
export type ReadLimits = {
  readonly granted: boolean;
  /** Bytes that fit the answer. */
  readonly room: number;
  /** Fault `read-length`: bytes more or fewer. */
  readonly off: number;
};

/** The files of a chip: which one is selected, and what of it is read (ISO/IEC 7816-4, 7.1 and 7.2). */
export class ChipFiles {
  readonly #spec: CardSpec;
  #inApplication = false;
  #selected: Uint8Array | null = null;

  constructor(spec: CardSpec) {
    this.#spec = spec;
  }

  get inApplication(): boolean {
    return this.#inApplication;
  }

  select({ p1, p2, data, le }: ReceivedCommand, granted: boolean): ChipAnswer {
    const { manners } = this.#spec;
    if (le !== null && !manners.acceptsLe) return status(STATUS.wrongLength);
    if (p1 === 0x04) return this.#selectApplication(data, p2);
    if (data.length !== 2) return status(STATUS.wrongData);
    const fileId = Buffer.from(data).readUInt16BE();
    if (p1 === 0x00 && fileId === MASTER_FILE) {
      const sw = manners.selectMasterFile;
      if (sw === STATUS.ok) this.#leaveApplication();
      return status(sw);
    }
    if (p1 !== 0x02 && p1 !== 0x00) return status(STATUS.wrongParameters);
    return status(this.#selectFile(fileId, granted));
  }

  #selectApplication(aid: Uint8Array, p2: number): ChipAnswer {
    if (!APPLICATION.equals(aid)) return status(STATUS.fileNotFound);
    this.#inApplication = true;
    this.#selected = null;
    // P2 0C asks for no answer, 00 for the file control information.
    if ((p2 & 0x0c) === 0x0c) return status(STATUS.ok);
    return { data: writeTlv(0x6f, writeTlv(0x84, APPLICATION)), sw: STATUS.ok };
  }

  #leaveApplication(): void {
    this.#inApplication = false;
    this.#selected = null;
  }

  #selectFile(fileId: number, granted: boolean): number {
    this.#selected = null;
    const { masterFiles, files, forbidden } = this.#spec;
    if (!this.#inApplication) {
      this.#selected = masterFiles.get(fileId) ?? null;
      return this.#selected === null ? STATUS.fileNotFound : STATUS.ok;
    }
    if (!granted || forbidden.includes(fileId)) return STATUS.securityStatus;
    this.#selected = files.get(fileId) ?? null;
    return this.#selected === null ? STATUS.fileNotFound : STATUS.ok;
  }

  /** READ BINARY: B0 with an offset or a short identifier, B1 with the offset in an object. */
  read(command: ReceivedCommand, limits: ReadLimits): ChipAnswer {
    const { ins, p1, p2 } = command;
    if (ins === 0xb1) return this.#readOdd(command, limits);
    if ((p1 & 0x80) === 0) return this.#readSelected(p1 * 256 + p2, command.le, limits);
    if (!this.#spec.manners.shortFileIds) return status(STATUS.wrongParameters);
    const sw = this.#selectFile(this.#byShortId(p1 & 0x1f), limits.granted);
    return sw === STATUS.ok ? this.#readSelected(p2, command.le, limits) : status(sw);
  }

  #byShortId(shortId: number): number {
    // 9303-10, 4.7: the low byte of the identifier.
    if (!this.#inApplication && shortId !== SHORT_ID_OF_CARD_ACCESS) return 0;
    return 0x0100 + shortId;
  }

  #readOdd({ data, le, p1, p2 }: ReceivedCommand, limits: ReadLimits): ChipAnswer {
    const offset = objectsIn(data)?.find(({ tag }) => tag === 0x54)?.value;
    if (p1 !== 0 || p2 !== 0 || offset === undefined || offset.length > 4) {
      return status(STATUS.wrongData);
    }
    // Le counts the object that wraps what is read: its head is 4 bytes at most.
    const wanted = le === null ? null : Math.max(1, le - 4);
    const answer = this.#readSelected(
      Number(`0x${Buffer.from(offset).toString('hex') || '0'}`),
      wanted,
      { ...limits, room: limits.room - 4 },
    );
    if (answer.data.length === 0) return answer;
    return { data: writeTlv(0x53, answer.data), sw: answer.sw };
  }

  #readSelected(offset: number, le: number | null, { granted, room, off }: ReadLimits): ChipAnswer {
    const file = this.#selected;
    if (file === null) return status(STATUS.noFileSelected);
    if (this.#inApplication && !granted) return status(STATUS.securityStatus);
    if (le === null) return status(STATUS.wrongLength);
    if (offset >= file.length) return status(STATUS.wrongOffset);
    const { readMax, longRead } = this.#spec.manners;
    if (le > readMax && longRead !== 'shortened') {
      return status(longRead === 'refused' ? STATUS.wrongLength : STATUS.wrongObjects);
    }
    const length = Math.max(0, Math.min(le, room, readMax) + off);
    const data = file.subarray(offset, offset + length);
    const everything = le === SHORT_LE_MAX || le === 65_536;
    const ends = offset + le > file.length && !everything;
    return { data, sw: ends ? STATUS.endOfFile : STATUS.ok };
  }
}
