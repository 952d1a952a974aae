import {
  type Command,
  decodeResponse,
  EXTENDED_LE_MAX,
  encodeCommand,
  type Response,
  SHORT_DATA_MAX,
  SHORT_LE_MAX,
  SW,
} from './apdu.ts';
import type { CardChannel } from './card-channel.ts';
import { ProtocolError } from './protocol-error.ts';
import { isWholeAnswer, type SecureMessaging } from './secure-messaging.ts';
import { needTlv, readTlvs, writeTlv } from './tlv.ts';

/** A file of 200,000 bytes in reads of 112, and what goes with it, twice over. */
const APDUS_MAX = 5_000;
/** The longest answer there is in pieces of 256 bytes, and some smaller ones. */
const GET_RESPONSES_MAX = 300;
/** P1-P2 of READ BINARY has 15 bits for an offset. */
const EVEN_READ_OFFSET_MAX = 0x7fff;
const CLA_CHAINED = 0x10;
const CLA_CHANNEL = 0x03;
const NO_DATA = new Uint8Array(0);

/**
 * A conversation with one card, plain at first, secured after `switchTo`. One command at a time. Whatever goes wrong in
 * it (the card gone, a DeviceFault; the card breaking its protocol, a ProtocolError) ends it: a new one begins afresh.
 */
export class CardSession {
  readonly #channel: CardChannel;
  #secureMessaging: SecureMessaging | null = null;
  #state: 'ready' | 'busy' | 'ended' = 'ready';
  #apdus = 0;
  #extended = false;

  constructor(channel: CardChannel) {
    this.#channel = channel;
  }

  /** How many APDUs have gone to the card. */
  get apdus(): number {
    return this.#apdus;
  }

  /** The most bytes of data that a short command or a short answer holds as things stand. */
  get shortDataMax(): number {
    return this.#secureMessaging?.shortDataMax ?? SHORT_DATA_MAX;
  }

  /** From the next command on. */
  switchTo(secureMessaging: SecureMessaging): void {
    this.#secureMessaging = secureMessaging;
  }

  /** The card says it takes extended APDUs (EF.ATR/INFO): long commands go as one, not as a chain. */
  allowExtended(): void {
    this.#extended = true;
  }

  /**
   * Sends a command, gives the card's whole answer, whatever its status word. Long data goes in a chain of commands; an
   * answer in pieces (61xx) is put together; a wrong `le` (6Cxx) is corrected once. Throws DeviceFault or ProtocolError.
   */
  async send(command: Command): Promise<Response> {
    if (this.#state === 'busy') throw new Error('one command at a time to a card');
    if (this.#state === 'ended') {
      throw new ProtocolError('session.ended', 'this conversation with the card has ended');
    }
    this.#state = 'busy';
    try {
      const response = await this.#sendChain(command);
      this.#state = 'ready';
      return response;
    } finally {
      if (this.#state === 'busy') this.#state = 'ended';
    }
  }

  /** ICAO 9303-10, 3.6.2. */
  selectApplication(aid: Uint8Array): Promise<Response> {
    return this.send({ cla: 0, ins: 0xa4, p1: 0x04, p2: 0x0c, data: aid, le: null });
  }

  /** ICAO 9303-10, 3.6.3: an elementary file of the application, by its two-byte identifier. */
  selectFile(fileId: number): Promise<Response> {
    const data = Uint8Array.of(fileId >> 8, fileId & 0xff);
    return this.send({ cla: 0, ins: 0xa4, p1: 0x02, p2: 0x0c, data, le: null });
  }

  /** Selects a file by its short identifier (1 to 30) and reads at most `le` bytes from `offset` (up to 255). */
  readShortFile(shortFileId: number, offset: number, le: number): Promise<Response> {
    return this.send({ cla: 0, ins: 0xb0, p1: 0x80 | shortFileId, p2: offset, data: NO_DATA, le });
  }

  /**
   * Reads at most `le` bytes of the selected file. From offset 32,768 on the answer is wrapped (odd INS): up to 4 fewer.
   * Throws ProtocolError `tlv.*` when the wrapping is wrong.
   */
  async readBinary(offset: number, le: number): Promise<Response> {
    if (offset <= EVEN_READ_OFFSET_MAX) {
      const [p1, p2] = [offset >> 8, offset & 0xff];
      return this.send({ cla: 0, ins: 0xb0, p1, p2, data: NO_DATA, le });
    }
    const data = writeTlv(0x54, Uint8Array.of(offset >> 16, (offset >> 8) & 0xff, offset & 0xff));
    const { data: wrapped, sw } = await this.send({ cla: 0, ins: 0xb1, p1: 0, p2: 0, data, le });
    if (wrapped.length === 0) return { data: wrapped, sw };
    return { data: needTlv(readTlvs(wrapped), 0x53, 'READ BINARY').value, sw };
  }

  /** ISO/IEC 7816-4, 5.3.3: each command but the last is answered by 9000 alone. */
  async #sendChain(command: Command): Promise<Response> {
    let rest = command.data;
    while (rest.length > this.shortDataMax && !this.#extended) {
      const data = rest.subarray(0, this.shortDataMax);
      const link = { ...command, cla: command.cla | CLA_CHAINED, data, le: null };
      const response = await this.#sendOne(link);
      if (response.sw !== SW.ok) return response;
      rest = rest.subarray(data.length);
    }
    return this.#sendCorrected({ ...command, data: rest });
  }

  async #sendCorrected(command: Command): Promise<Response> {
    const response = await this.#sendOne(command);
    if (command.le === null || response.sw >> 8 !== 0x6c) return response;
    return this.#sendOne({ ...command, le: bytesToCome(response) });
  }

  async #sendOne(command: Command): Promise<Response> {
    const { cla } = command;
    const secureMessaging = this.#secureMessaging;
    if (secureMessaging === null) return this.#transmit(encodeCommand(command), cla, () => false);
    const exchange = async (next: Command) =>
      secureMessaging.open(
        await this.#transmit(secureMessaging.protect(next), next.cla, isWholeAnswer),
      );
    // A protected 61xx means a protected GET RESPONSE.
    return collect(await exchange(command), (le) => exchange(getResponse(cla, le)));
  }

  /** The answer as one, when it came in pieces that are protected only together, or not at all. */
  async #transmit(
    bytes: Uint8Array,
    cla: number,
    isWhole: (data: Uint8Array) => boolean,
  ): Promise<Response> {
    const first = await this.#transmitOne(bytes);
    const next = (le: number) => this.#transmitOne(encodeCommand(getResponse(cla, le)));
    return collect(first, next, isWhole);
  }

  async #transmitOne(bytes: Uint8Array): Promise<Response> {
    if (this.#apdus >= APDUS_MAX) {
      throw new ProtocolError('session.too-many', `more than ${APDUS_MAX} commands to one card`);
    }
    this.#apdus++;
    return decodeResponse(await this.#channel.transmit(bytes));
  }
}

/**
 * ISO/IEC 7816-4, 5.3.4: puts an answer together of which there is more as long as the status word is 61xx. Throws
 * ProtocolError `session.endless` when it never ends.
 */
async function collect(
  first: Response,
  next: (le: number) => Promise<Response>,
  isWhole: (data: Uint8Array) => boolean = () => false,
): Promise<Response> {
  let answer = first;
  for (let rounds = 0; answer.sw >> 8 === 0x61 && !isWhole(answer.data); rounds++) {
    const { data, sw } = await next(bytesToCome(answer));
    const nothing = data.length === 0 && sw >> 8 === 0x61;
    const total = answer.data.length + data.length;
    if (nothing || rounds >= GET_RESPONSES_MAX || total > EXTENDED_LE_MAX) {
      throw new ProtocolError('session.endless', 'the card has always more of its answer');
    }
    answer = { data: Buffer.concat([answer.data, data]), sw };
  }
  return answer;
}

function getResponse(cla: number, le: number): Command {
  return { cla: cla & CLA_CHANNEL, ins: 0xc0, p1: 0, p2: 0, data: NO_DATA, le };
}

/** 61xx and 6Cxx: how many bytes there are; 00 stands for 256 or more. */
function bytesToCome({ sw }: Response): number {
  return (sw & 0xff) === 0 ? SHORT_LE_MAX : sw & 0xff;
}
