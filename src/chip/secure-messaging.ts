import { timingSafeEqual } from 'node:crypto';
import {
  type Command,
  encodeCommand,
  type Response,
  SHORT_DATA_MAX,
  SHORT_LE_MAX,
} from './apdu.ts';
import {
  BLOCK_BYTES,
  type BlockCipher,
  cbcDecrypt,
  cbcEncrypt,
  pad,
  unpad,
} from './crypto/block-ciphers.ts';
import type { SessionKeys } from './crypto/key-derivation.ts';
import { computeMac, MAC_BYTES } from './crypto/mac.ts';
import { ProtocolError } from './protocol-error.ts';
import { findTlv, needTlv, readTlvs, type Tlv, writeTlv } from './tlv.ts';

/**
 * Secure messaging (ICAO 9303-11, 9.8; ISO/IEC 7816-4, 10). One command at a time: `protect`, then `open` with the answer
 * to it. After the first answer that is not what a chip holding the keys would send, nothing is protected or opened again.
 */
export interface SecureMessaging {
  /** The most bytes of data, in either direction, that a short APDU holds once they are protected. */
  readonly shortDataMax: number;
  /** The protected command, encoded. Throws ProtocolError `sm.ended` when an earlier answer failed or never came. */
  protect(command: Command): Uint8Array;
  /** Data and status word as the chip meant them. Throws ProtocolError `sm.*` and ends. */
  open(response: Response): Response;
}

export type SecureMessagingOptions = SessionKeys & {
  readonly cipher: BlockCipher;
  /** Send sequence counter, one block; zero unless given (as after PACE and chip authentication, 9.8.6). */
  readonly ssc?: Uint8Array;
};

const CLA_SECURED = 0x0c;
const TAG = { data: 0x87, dataOfOddIns: 0x85, le: 0x97, status: 0x99, mac: 0x8e } as const;
/** Padding-content indicator: padded by method 2. DO'85' has none. */
const PADDED = 0x01;
const STATUS_BYTES = 2;
/** What a short APDU of protected data holds besides DO'87': DO'8E', and DO'97' or DO'99'. */
const SHORT_OVERHEAD_BYTES = 2 + MAC_BYTES + 2 + STATUS_BYTES;
/** DO'87' of 128 bytes or more: tag, two bytes of length, padding-content indicator. */
const LONG_HEAD_BYTES = 4;

export function openSecureMessaging(options: SecureMessagingOptions): SecureMessaging {
  const { cipher, keyEnc, keyMac } = options;
  const blockBytes = BLOCK_BYTES[cipher];
  const ssc = Uint8Array.from(options.ssc ?? new Uint8Array(blockBytes));
  if (ssc.length !== blockBytes) {
    throw new RangeError(`a counter of ${blockBytes} bytes expected: ${ssc.length}`);
  }
  let state: 'ready' | 'waiting' | 'ended' = 'ready';

  // 9.8.6.1: no IV for 3DES; 9.8.6.2: for AES the encrypted counter.
  const iv = () =>
    cipher === '3des' ? new Uint8Array(blockBytes) : cbcEncrypt(cipher, keyEnc, ssc);

  function macOver(...parts: readonly Uint8Array[]): Uint8Array {
    const input = Buffer.concat([ssc, ...parts]);
    // 9.8.6: what is MACed is padded; the retail MAC does it itself.
    return computeMac(cipher, keyMac, cipher === '3des' ? input : pad(input, blockBytes));
  }

  function protect(command: Command): Uint8Array {
    if (state !== 'ready') throw new ProtocolError('sm.ended', 'secure messaging has ended');
    state = 'waiting';
    increment(ssc);
    const head = Uint8Array.of(command.cla | CLA_SECURED, command.ins, command.p1, command.p2);
    const objects = Buffer.concat([dataObject(command), leObject(command.le)]);
    const mac = macOver(pad(head, blockBytes), objects);
    const data = Buffer.concat([objects, writeTlv(TAG.mac, mac)]);
    const extended = data.length > SHORT_DATA_MAX || (command.le ?? 0) > SHORT_LE_MAX;
    return encodeCommand({
      ...command,
      cla: command.cla | CLA_SECURED,
      data,
      le: extended ? 65_536 : 256,
    });
  }

  function dataObject({ ins, data }: Command): Uint8Array {
    if (data.length === 0) return data;
    const encrypted = cbcEncrypt(cipher, keyEnc, pad(data, blockBytes), iv());
    return ins % 2 === 1
      ? writeTlv(TAG.dataOfOddIns, encrypted)
      : writeTlv(TAG.data, Uint8Array.of(PADDED), encrypted);
  }

  function open(response: Response): Response {
    if (state !== 'waiting') throw new ProtocolError('sm.ended', 'secure messaging has ended');
    state = 'ended';
    increment(ssc);
    const objects = readObjects(response);
    verifyMac(objects);
    const sw = statusOf(objects, response.sw);
    const data = dataOf(objects);
    state = 'ready';
    return { data, sw };
  }

  function verifyMac(objects: readonly Tlv[]): void {
    const { value: given } = needTlv(objects.slice(-1), TAG.mac, 'the end of a protected answer');
    const mac = macOver(...objects.slice(0, -1).map(({ raw }) => raw));
    if (given.length !== MAC_BYTES || !timingSafeEqual(given, mac)) {
      throw new ProtocolError('sm.mac', 'the MAC of a protected answer is wrong');
    }
  }

  function dataOf(objects: readonly Tlv[]): Uint8Array {
    const encrypted = encryptedBytes(objects);
    if (encrypted === null) return new Uint8Array(0);
    if (encrypted.length === 0 || encrypted.length % blockBytes !== 0) {
      throw new ProtocolError('sm.data', `encrypted data of ${encrypted.length} bytes`);
    }
    const data = unpad(cbcDecrypt(cipher, keyEnc, encrypted, iv()), blockBytes);
    if (data === null) throw new ProtocolError('sm.padding', 'decrypted data is not padded');
    return data;
  }

  const room = SHORT_DATA_MAX + 1 - SHORT_OVERHEAD_BYTES - LONG_HEAD_BYTES;
  const shortDataMax = Math.floor(room / blockBytes) * blockBytes - 1;
  return { shortDataMax, protect, open };
}

/** Whether `data` has all objects of a protected answer, and is not a piece of one. */
export function isWholeAnswer(data: Uint8Array): boolean {
  try {
    return readTlvs(data).at(-1)?.tag === TAG.mac;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** The counter is a number, highest byte first, and goes round. */
function increment(counter: Uint8Array): void {
  for (let index = counter.length - 1; index >= 0; index--) {
    const next = ((counter[index] ?? 0) + 1) & 0xff;
    counter[index] = next;
    if (next !== 0) return;
  }
}

function leObject(le: number | null): Uint8Array {
  if (le === null) return new Uint8Array(0);
  const value = le <= SHORT_LE_MAX ? [le & 0xff] : [(le >> 8) & 0xff, le & 0xff];
  return writeTlv(TAG.le, Uint8Array.from(value));
}

/** ICAO 9303-11, 9.8.4: [DO'85' or DO'87'] DO'99' DO'8E', each at most once, and nothing else. */
function readObjects({ data, sw }: Response): readonly Tlv[] {
  if (data.length === 0) {
    throw new ProtocolError('sm.unprotected', `answered without protection: ${sw.toString(16)}`);
  }
  const objects = readTlvs(data);
  const tags = objects.map(({ tag }) => tag);
  const [first, ...rest] = tags[0] === TAG.status ? [TAG.data, ...tags] : tags;
  const known = first === TAG.data || first === TAG.dataOfOddIns;
  if (!known || rest.length !== 2 || rest[0] !== TAG.status || rest[1] !== TAG.mac) {
    throw new ProtocolError('sm.objects', 'not the objects of a protected answer');
  }
  return objects;
}

function statusOf(objects: readonly Tlv[], plain: number): number {
  const { value } = needTlv(objects, TAG.status, 'a protected answer');
  const [sw1 = 0, sw2 = 0] = value;
  const sw = sw1 * 256 + sw2;
  if (value.length !== STATUS_BYTES || sw !== plain) {
    throw new ProtocolError('sm.status', 'the status word is not the protected one');
  }
  return sw;
}

function encryptedBytes(objects: readonly Tlv[]): Uint8Array | null {
  const padded = findTlv(objects, TAG.data);
  if (padded === null) return findTlv(objects, TAG.dataOfOddIns)?.value ?? null;
  if (padded.value[0] !== PADDED) {
    throw new ProtocolError('sm.data', "DO'87' does not begin with 01");
  }
  return padded.value.subarray(1);
}
