import type { Command, Response } from '../../src/chip/apdu.ts';
import {
  BLOCK_BYTES,
  type BlockCipher,
  cbcDecrypt,
  cbcEncrypt,
  pad,
  unpad,
} from '../../src/chip/crypto/block-ciphers.ts';
import type { SessionKeys } from '../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../src/chip/crypto/mac.ts';
import { findTlv, readTlvs, writeTlv } from '../../src/chip/tlv.ts';

/** The chip's end of secure messaging (ICAO 9303-11, 9.8): its steps are written apart from the reader's. */
export class ChipMessaging {
  readonly #cipher: BlockCipher;
  readonly #keys: SessionKeys;
  #counter: bigint;

  constructor(cipher: BlockCipher, keys: SessionKeys, counter = 0n) {
    this.#cipher = cipher;
    this.#keys = keys;
    this.#counter = counter;
  }

  /** The command inside a protected one. Throws Error when it is not what a chip would take. */
  open(bytes: Uint8Array): Command {
    this.#counter++;
    const { cla, ins, p1, p2, data } = decodeCommand(bytes);
    const objects = readTlvs(data);
    const mac = objects.at(-1);
    const head = pad(bytes.subarray(0, 4), this.#blockBytes);
    const wanted = this.#mac(head, ...objects.slice(0, -1).map(({ raw }) => raw));
    if (mac?.tag !== 0x8e || !Buffer.from(wanted).equals(mac.value)) throw new Error('6988');
    const wrapped = findTlv(objects, ins % 2 === 0 ? 0x87 : 0x85)?.value;
    const le = findTlv(objects, 0x97)?.value;
    return {
      ...{ cla: cla & ~0x0c, ins, p1, p2 },
      data: wrapped === undefined ? new Uint8Array(0) : this.#decrypt(ins, wrapped),
      le: le === undefined ? null : decodeLe(le),
    };
  }

  /** `dataTag` 85 is for commands with an odd INS. */
  protect({ data, sw }: Response, dataTag: 0x85 | 0x87 = 0x87): Uint8Array {
    this.#counter++;
    const status = writeTlv(0x99, Uint8Array.of(sw >> 8, sw & 0xff));
    if (data.length === 0) return this.seal([status], sw);
    const indicator = Uint8Array.from(dataTag === 0x87 ? [1] : []);
    return this.seal([writeTlv(dataTag, indicator, this.encrypt(data)), status], sw);
  }

  /** Any objects with a right MAC over them, the counter as it is. */
  seal(objects: readonly Uint8Array[], sw: number): Uint8Array {
    const mac = writeTlv(0x8e, this.#mac(...objects));
    return Buffer.concat([...objects, mac, Uint8Array.of(sw >> 8, sw & 0xff)]);
  }

  /** One further, as before an answer. */
  count(): void {
    this.#counter++;
  }

  encrypt(data: Uint8Array): Uint8Array {
    return cbcEncrypt(this.#cipher, this.#keys.keyEnc, pad(data, this.#blockBytes), this.#iv());
  }

  #decrypt(ins: number, wrapped: Uint8Array): Uint8Array {
    if (ins % 2 === 0 && wrapped[0] !== 1) throw new Error('6988');
    const encrypted = wrapped.subarray(ins % 2 === 0 ? 1 : 0);
    const padded = cbcDecrypt(this.#cipher, this.#keys.keyEnc, encrypted, this.#iv());
    const data = unpad(padded, this.#blockBytes);
    if (data === null) throw new Error('6988');
    return data;
  }

  #mac(...parts: readonly Uint8Array[]): Uint8Array {
    const input = Buffer.concat([this.#ssc(), ...parts]);
    const aes = this.#cipher !== '3des';
    return computeMac(this.#cipher, this.#keys.keyMac, aes ? pad(input, 16) : input);
  }

  #iv(): Uint8Array {
    if (this.#cipher === '3des') return new Uint8Array(8);
    return cbcEncrypt(this.#cipher, this.#keys.keyEnc, this.#ssc());
  }

  #ssc(): Uint8Array {
    const digits = this.#blockBytes * 2;
    const counter = BigInt.asUintN(this.#blockBytes * 8, this.#counter);
    return Buffer.from(counter.toString(16).padStart(digits, '0'), 'hex');
  }

  get #blockBytes(): number {
    return BLOCK_BYTES[this.#cipher];
  }
}

/** ISO/IEC 7816-4, 5.1, short and extended. Throws Error. */
export function decodeCommand(bytes: Uint8Array): Command {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, first] = bytes;
  const head = { cla, ins, p1, p2 };
  const body = bytes.subarray(4);
  const none = new Uint8Array(0);
  if (first === undefined) return { ...head, data: none, le: null };
  if (body.length === 1) return { ...head, data: none, le: decodeLe(body) };
  if (first !== 0) return { ...head, ...decodeBody(body.subarray(1), first) };
  if (body.length === 3) return { ...head, data: none, le: decodeLe(body.subarray(1)) };
  return { ...head, ...decodeBody(body.subarray(3), (body[1] ?? 0) * 256 + (body[2] ?? 0)) };
}

function decodeBody(rest: Uint8Array, lc: number): Pick<Command, 'data' | 'le'> {
  if (lc === 0 || rest.length < lc || rest.length > lc + 2) throw new Error('6700');
  const le = rest.subarray(lc);
  return { data: rest.subarray(0, lc), le: le.length === 0 ? null : decodeLe(le) };
}

function decodeLe(bytes: Uint8Array): number {
  const [first = 0, second] = bytes;
  if (second === undefined) return first || 256;
  return first * 256 + second || 65_536;
}
