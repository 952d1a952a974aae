import { timingSafeEqual } from 'node:crypto';
import type { Response } from '../../../src/chip/apdu.ts';
import {
  BLOCK_BYTES,
  type BlockCipher,
  cbcDecrypt,
  cbcEncrypt,
  pad,
  unpad,
} from '../../../src/chip/crypto/block-ciphers.ts';
import { deriveSessionKeys } from '../../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../../src/chip/crypto/mac.ts';
import { ProtocolError } from '../../../src/chip/protocol-error.ts';
import { readTlvs, type Tlv, writeTlv } from '../../../src/chip/tlv.ts';
import type { ReceivedCommand } from './command-bytes.ts';

/** ICAO 9303-11, 9.8.7.2: objects expected are missing; objects are wrong. */
const SW_MISSING = 0x6987;
const SW_WRONG = 0x6988;
const EMPTY = new Uint8Array(0);

/** The chip's end of secure messaging (ICAO 9303-11, 9.8): `unwrap` a command, `wrap` the answer to it. */
export class ChipMessaging {
  /** The most bytes of an answer that fit a short APDU once they are protected: 223 for AES, 231 for 3DES. */
  readonly shortAnswerMax: number;
  readonly #cipher: BlockCipher;
  readonly #keyEnc: Uint8Array;
  readonly #keyMac: Uint8Array;
  readonly #blockBytes: number;
  #counter: bigint;

  constructor(cipher: BlockCipher, secret: Uint8Array, counter = 0n) {
    const { keyEnc, keyMac } = deriveSessionKeys(cipher, secret);
    this.#cipher = cipher;
    this.#keyEnc = keyEnc;
    this.#keyMac = keyMac;
    this.#blockBytes = BLOCK_BYTES[cipher];
    this.#counter = counter;
    // 256 less DO'99' and DO'8E' (14) and the head of DO'87' (4); at least one byte of padding.
    this.shortAnswerMax = Math.floor((256 - 18) / this.#blockBytes) * this.#blockBytes - 1;
  }

  /** The command as the terminal meant it, or the status word of a chip that cannot accept it. */
  unwrap(command: ReceivedCommand): ReceivedCommand | number {
    this.#counter++;
    const objects = objectsIn(command.data);
    const mac = objects?.at(-1);
    if (objects === null || mac?.tag !== 0x8e) return SW_MISSING;
    const signed = objects.slice(0, -1);
    const head = Uint8Array.of(command.cla, command.ins, command.p1, command.p2);
    const expected = this.#mac(pad(head, this.#blockBytes), ...signed.map(({ raw }) => raw));
    if (mac.value.length !== 8 || !timingSafeEqual(mac.value, expected)) return SW_WRONG;
    const data = this.#decrypt(signed);
    if (data === null) return SW_WRONG;
    const le = signed.find(({ tag }) => tag === 0x97)?.value;
    return { ...command, data, le: le === undefined ? null : expectedLength(le) };
  }

  wrap({ data, sw }: Response, oddInstruction: boolean): Response {
    this.#counter++;
    const status = writeTlv(0x99, Uint8Array.of(sw >> 8, sw & 0xff));
    const objects = Buffer.concat([this.#encrypt(data, oddInstruction), status]);
    return { data: Buffer.concat([objects, writeTlv(0x8e, this.#mac(objects))]), sw };
  }

  #encrypt(data: Uint8Array, oddInstruction: boolean): Uint8Array {
    if (data.length === 0) return EMPTY;
    const padded = pad(data, this.#blockBytes);
    const encrypted = cbcEncrypt(this.#cipher, this.#keyEnc, padded, this.#iv());
    return oddInstruction
      ? writeTlv(0x85, encrypted)
      : writeTlv(0x87, Uint8Array.of(0x01), encrypted);
  }

  /** Null: no data that this chip could have been sent. */
  #decrypt(objects: readonly Tlv[]): Uint8Array | null {
    const object = objects.find(({ tag }) => tag === 0x85 || tag === 0x87);
    if (object === undefined) return EMPTY;
    const encrypted = object.tag === 0x87 ? object.value.subarray(1) : object.value;
    const padded = object.tag === 0x87 && object.value[0] !== 0x01;
    if (padded || encrypted.length === 0 || encrypted.length % this.#blockBytes !== 0) return null;
    const decrypted = cbcDecrypt(this.#cipher, this.#keyEnc, encrypted, this.#iv());
    return unpad(decrypted, this.#blockBytes);
  }

  #mac(...parts: readonly Uint8Array[]): Uint8Array {
    const input = Buffer.concat([this.#counterBytes(), ...parts]);
    const whole = this.#cipher === '3des' ? input : pad(input, this.#blockBytes);
    return computeMac(this.#cipher, this.#keyMac, whole);
  }

  #iv(): Uint8Array {
    return this.#cipher === '3des'
      ? new Uint8Array(this.#blockBytes)
      : cbcEncrypt(this.#cipher, this.#keyEnc, this.#counterBytes());
  }

  #counterBytes(): Uint8Array {
    const bits = this.#blockBytes * 8;
    const digits = BigInt.asUintN(bits, this.#counter).toString(16);
    return Buffer.from(digits.padStart(bits / 4, '0'), 'hex');
  }
}

/** The objects that fill these bytes, or null. */
export function objectsIn(bytes: Uint8Array): readonly Tlv[] | null {
  try {
    return readTlvs(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** DO'97' of one byte or two; zero is the most there can be. */
function expectedLength(value: Uint8Array): number {
  const [high = 0, low = 0] = value;
  if (value.length === 1) return high === 0 ? 256 : high;
  return high * 256 + low || 65_536;
}
