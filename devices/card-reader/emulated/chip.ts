import { type Response, SHORT_LE_MAX } from '../../../src/chip/apdu.ts';
import type { CardSpec, ChipKey } from './card-spec.ts';
import { type ChipAnswer, type Random, STATUS, status } from './chip-answer.ts';
import { answerBac } from './chip-bac.ts';
import { ChipFiles } from './chip-files.ts';
import type { ChipMessaging } from './chip-messaging.ts';
import { beginPace, type PaceRun } from './chip-pace.ts';
import {
  answerActiveAuthentication,
  answerChipAuthentication,
  answerKeyAgreement,
  selectChipKey,
} from './chip-proofs.ts';
import { decodeCommand, type ReceivedCommand } from './command-bytes.ts';

const EMPTY = new Uint8Array(0);
const CHALLENGE_BYTES = 8;
/** More than any command's data. */
const CHAIN_BYTES_MAX = 65_535;

/** GENERAL AUTHENTICATE belongs to what MANAGE SECURITY ENVIRONMENT began. */
type Begun =
  | { readonly kind: 'pace'; readonly run: PaceRun }
  | { readonly kind: 'chip'; readonly key: ChipKey };

/** What a chip knows from power-up to power-down; `answer` takes a command APDU and gives the response APDU. */
export class Chip {
  readonly #spec: CardSpec;
  readonly #random: Random;
  readonly #files: ChipFiles;
  #messaging: ChipMessaging | null = null;
  #granted = false;
  #begun: Begun | null = null;
  #challenge: Uint8Array | null = null;
  /** Of an answer too long for what was asked. */
  #rest: Response = { data: EMPTY, sw: STATUS.ok };
  #chain: Uint8Array = EMPTY;
  /** Set by each answer: a password was right, was wrong, or none was tried. */
  access: boolean | null = null;
  /** Fault `read-length`. */
  readOff = 0;

  constructor(spec: CardSpec, random: Random) {
    this.#spec = spec;
    this.#random = random;
    this.#files = new ChipFiles(spec);
  }

  answer(bytes: Uint8Array): Uint8Array {
    this.access = null;
    const command = decodeCommand(bytes);
    if (command === null || (command.extended && !this.#spec.manners.acceptsExtended)) {
      return encodeResponse(status(STATUS.wrongLength));
    }
    if ((command.cla & 0xe0) !== 0) return encodeResponse(status(STATUS.classUnknown));
    if (!command.secured && command.ins === 0xc0) return encodeResponse(this.#more(command));
    const whole = command.secured ? this.#answerSecured(command) : this.#answerPlain(command);
    return encodeResponse(this.#inPieces(command, whole));
  }

  #answerPlain(command: ReceivedCommand): Response {
    // 9303-11, 9.8.1: a command without protection ends secure messaging.
    if (this.#messaging !== null) this.#endSession();
    const answer = this.#answerChained(command, SHORT_LE_MAX);
    this.#apply(answer);
    return answer;
  }

  #answerSecured(received: ReceivedCommand): Response {
    const messaging = this.#messaging;
    if (messaging === null) return status(STATUS.noSecureMessaging);
    const command = messaging.unwrap(received);
    if (typeof command === 'number') {
      this.#endSession();
      return status(command);
    }
    const answer = this.#answerChained(command, messaging.shortAnswerMax);
    const { manners } = this.#spec;
    if (answer.sw === STATUS.wrongObjects && manners.longRead === 'session-lost') {
      this.#endSession();
      return answer;
    }
    const wrapped = messaging.wrap(answer, command.ins % 2 === 1);
    this.#apply(answer);
    return wrapped;
  }

  #apply({ messaging, access }: ChipAnswer): void {
    if (messaging !== undefined) this.#messaging = messaging;
    if (access !== undefined) {
      this.access = access;
      this.#granted = access;
    }
  }

  #endSession(): void {
    this.#messaging = null;
    this.#granted = false;
    this.#begun = null;
    this.#chain = EMPTY;
  }

  /** ISO/IEC 7816-4, 5.3.3: pieces of data are kept until the last. PACE uses the class for its own steps. */
  #answerChained(command: ReceivedCommand, shortRoom: number): ChipAnswer {
    const ofPace = command.ins === 0x86 && this.#begun?.kind === 'pace';
    if (ofPace) return this.#dispatch(command, shortRoom);
    const data = Buffer.concat([this.#chain, command.data]);
    this.#chain = EMPTY;
    if (data.length > CHAIN_BYTES_MAX) return status(STATUS.wrongLength);
    if (!command.chained) return this.#dispatch({ ...command, data }, shortRoom);
    this.#chain = data;
    return status(STATUS.ok);
  }

  #dispatch(command: ReceivedCommand, shortRoom: number): ChipAnswer {
    switch (command.ins) {
      case 0xa4:
        return this.#files.select(command, this.#granted);
      case 0xb0:
      case 0xb1: {
        const room = command.extended ? 65_000 : shortRoom;
        const { readOff: off } = this;
        return this.#files.read(command, { granted: this.#granted, room, off });
      }
      case 0x84:
        return this.#giveChallenge(command);
      case 0x82:
        return this.#externalAuthenticate(command);
      case 0x22:
        return this.#manageSecurityEnvironment(command);
      case 0x86:
        return this.#generalAuthenticate(command);
      case 0x88:
        return this.#internalAuthenticate(command);
      default:
        return status(STATUS.instructionUnknown);
    }
  }

  #giveChallenge({ le }: ReceivedCommand): ChipAnswer {
    if (!this.#spec.bac) return status(STATUS.instructionUnknown);
    if (!this.#files.inApplication) return status(STATUS.conditions);
    if (le !== CHALLENGE_BYTES) return status(STATUS.wrongLength);
    this.#challenge = this.#random(CHALLENGE_BYTES);
    return { data: this.#challenge, sw: STATUS.ok };
  }

  #externalAuthenticate({ data }: ReceivedCommand): ChipAnswer {
    const challenge = this.#challenge;
    this.#challenge = null;
    if (challenge === null) return status(STATUS.conditions);
    return answerBac(this.#spec.mrz, challenge, data, this.#random);
  }

  #manageSecurityEnvironment({ p1, p2, data, le }: ReceivedCommand): ChipAnswer {
    this.#begun = null;
    if (le !== null && !this.#spec.manners.acceptsLe) return status(STATUS.wrongLength);
    if (p1 === 0xc1 && p2 === 0xa4) {
      if (this.#files.inApplication) return status(STATUS.conditions);
      const run = beginPace(this.#spec, data, this.#random);
      if (typeof run === 'number') return status(run);
      this.#begun = { kind: 'pace', run };
      return status(STATUS.ok);
    }
    if (!this.#granted) return status(STATUS.securityStatus);
    if (p1 === 0x41 && p2 === 0xa6) return answerKeyAgreement(this.#spec, data);
    if (p1 !== 0x41 || p2 !== 0xa4) return status(STATUS.wrongParameters);
    const key = selectChipKey(this.#spec, data);
    if (typeof key === 'number') return status(key);
    this.#begun = { kind: 'chip', key };
    return status(STATUS.ok);
  }

  #generalAuthenticate({ data }: ReceivedCommand): ChipAnswer {
    const begun = this.#begun;
    if (begun === null) return status(STATUS.conditions);
    if (begun.kind === 'chip') {
      this.#begun = null;
      return answerChipAuthentication(begun.key, data);
    }
    const answer = begun.run.answer(data);
    if (answer.sw !== STATUS.ok || answer.access !== undefined) this.#begun = null;
    return answer;
  }

  #internalAuthenticate({ data }: ReceivedCommand): ChipAnswer {
    const { activeKey } = this.#spec;
    if (activeKey === null) return status(STATUS.instructionUnknown);
    if (!this.#granted) return status(STATUS.securityStatus);
    return answerActiveAuthentication(activeKey, data, this.#random);
  }

  /** An answer longer than a short one goes in pieces (ISO/IEC 7816-4, 5.3.4). */
  #inPieces({ extended }: ReceivedCommand, answer: Response): Response {
    this.#rest = { data: EMPTY, sw: STATUS.ok };
    if (extended || answer.data.length <= SHORT_LE_MAX) return answer;
    this.#rest = answer;
    return this.#next(SHORT_LE_MAX);
  }

  /** GET RESPONSE. */
  #more({ le }: ReceivedCommand): Response {
    if (this.#rest.data.length === 0) return status(STATUS.conditions);
    return this.#next(le ?? SHORT_LE_MAX);
  }

  #next(length: number): Response {
    const { data, sw } = this.#rest;
    this.#rest = { data: data.subarray(length), sw };
    const left = this.#rest.data.length;
    return {
      data: data.subarray(0, length),
      sw: left === 0 ? sw : 0x6100 + (left > 255 ? 0 : left),
    };
  }
}

function encodeResponse({ data, sw }: Response): Uint8Array {
  return Buffer.concat([data, Uint8Array.of(sw >> 8, sw & 0xff)]);
}
