import { randomBytes } from 'node:crypto';
import type { Command, Response } from '../../src/chip/apdu.ts';
import type { CardChannel } from '../../src/chip/card-channel.ts';
import {
  type BlockCipher,
  cbcEncrypt,
  KEY_BYTES,
  pad,
} from '../../src/chip/crypto/block-ciphers.ts';
import { type Group, newKeyPair, toBigInt, toBytes } from '../../src/chip/crypto/group.ts';
import { deriveKey, deriveSessionKeys } from '../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../src/chip/crypto/mac.ts';
import { encodeOid } from '../../src/chip/der.ts';
import { mapIntegrated } from '../../src/chip/pace-mapping.ts';
import type { PaceMapping } from '../../src/chip/security-infos.ts';
import { findTlv, readTlvs, writeTlv } from '../../src/chip/tlv.ts';
import { ChipMessaging, decodeCommand } from './chip-messaging.ts';

export type StaticKey = { readonly privateKey: bigint; readonly publicKey: Uint8Array };

export type AuthenticatingChipOptions = {
  readonly pace: {
    readonly protocol: string;
    readonly group: Group;
    readonly mapping: PaceMapping;
    readonly cipher: BlockCipher;
    /** What K_pi is derived from. */
    readonly secret: Uint8Array;
  } | null;
  readonly chipAuthentication: {
    readonly group: Group;
    readonly cipher: BlockCipher;
    readonly key: StaticKey;
    /** 8.5, note 1: knows MSE:Set AT only. */
    readonly noKeyAgreementTemplate?: boolean;
  } | null;
  /** Answers INTERNAL AUTHENTICATE; null knows it not. */
  readonly sign: ((challenge: Uint8Array) => Uint8Array) | null;
  /** A chance to put something else in the place of an answer, before it is protected. */
  readonly tamper?: (step: string, response: Response) => Response;
};

const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));
const OK = 0x9000;

/** The card's side of PACE, Chip Authentication and Active Authentication; it answers a read of any file with AA BB. */
export class AuthenticatingChip implements CardChannel {
  readonly commands: Command[] = [];
  readonly #options: AuthenticatingChipOptions;
  #messaging: ChipMessaging | null;
  #next: ChipMessaging | null = null;
  #nonce = new Uint8Array(0);
  #mapping: StaticKey | null = null;
  #generator = new Uint8Array(0);
  #agreed: { own: Uint8Array; theirs: Uint8Array; secret: Uint8Array } | null = null;
  #selected: 'pace' | 'chip-authentication' | null = null;

  /** `messaging`: secured already. */
  constructor(options: AuthenticatingChipOptions, messaging: ChipMessaging | null = null) {
    this.#options = options;
    this.#messaging = messaging;
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const messaging = this.#messaging;
    const command = openCommand(messaging, bytes);
    if (command === null) return Uint8Array.of(0x69, 0x88);
    this.commands.push(command);
    const { step, response } = this.#answer(command);
    const { data, sw } = this.#options.tamper?.(step, response) ?? response;
    const answer =
      messaging === null
        ? Buffer.concat([data, Uint8Array.of(sw >> 8, sw & 0xff)])
        : messaging.protect({ data, sw });
    if (this.#next !== null && sw === OK) this.#messaging = this.#next;
    this.#next = null;
    return answer;
  }

  #answer(command: Command): { step: string; response: Response } {
    const say = (step: string, data = new Uint8Array(0), sw = OK) => ({
      step,
      response: { data, sw },
    });
    const kind = `${command.ins.toString(16)} ${command.p1.toString(16)}${command.p2.toString(16)}`;
    const { chipAuthentication, pace, sign } = this.#options;
    switch (kind) {
      case '22 c1a4':
        if (pace === null) return say('select', undefined, 0x6a80);
        this.#selected = 'pace';
        return say('select');
      case '22 41a4':
        this.#selected = 'chip-authentication';
        return say('select');
      case '22 41a6': {
        if (chipAuthentication?.noKeyAgreementTemplate === true)
          return say('key', undefined, 0x6a80);
        const key = findTlv(readTlvs(command.data), 0x91)?.value ?? new Uint8Array(0);
        this.#changeKeys(key);
        return say('key');
      }
      case '86 00':
        return this.#generalAuthenticate(command);
      case '88 00':
        return sign === null
          ? say('sign', undefined, 0x6d00)
          : say('sign', Uint8Array.from(sign(command.data)));
      default:
        return command.ins === 0xb0
          ? say('read', Uint8Array.of(0xaa, 0xbb))
          : say('?', undefined, 0x6d00);
    }
  }

  #generalAuthenticate({ data }: Command): { step: string; response: Response } {
    const [object] = readTlvs(readTlvs(data)[0]?.value ?? data);
    const answer = (step: string, ...objects: Uint8Array[]) => ({
      step,
      response: { data: writeTlv(0x7c, ...objects), sw: OK },
    });
    if (this.#selected === 'chip-authentication') {
      this.#changeKeys(object?.value ?? new Uint8Array(0));
      return answer('authenticate');
    }
    const value = Uint8Array.from(object?.value ?? []);
    switch (object?.tag) {
      case undefined:
        return answer('nonce', writeTlv(0x80, this.#encryptedNonce()));
      case 0x81:
        return answer('mapping', writeTlv(0x82, this.#map(value)));
      case 0x83:
        return answer('agreement', writeTlv(0x84, this.#agree(value)));
      case 0x85:
        return this.#finish(value);
      default:
        return { step: '?', response: { data: new Uint8Array(0), sw: 0x6a80 } };
    }
  }

  get #pace() {
    if (this.#options.pace === null) throw new Error('no PACE');
    return this.#options.pace;
  }

  #encryptedNonce(): Uint8Array {
    const { cipher, secret } = this.#pace;
    this.#nonce = random(KEY_BYTES[cipher] > 16 ? 32 : 16);
    return cbcEncrypt(cipher, deriveKey(cipher, secret, 'password'), this.#nonce);
  }

  #map(theirs: Uint8Array): Uint8Array {
    const { group, mapping, cipher } = this.#pace;
    if (mapping === 'integrated') {
      this.#generator = Uint8Array.from(mapIntegrated(group, cipher, this.#nonce, theirs));
      return new Uint8Array(0);
    }
    this.#mapping = newKeyPair(group, random, null);
    const { privateKey, publicKey } = this.#mapping;
    this.#generator = Uint8Array.from(group.mapGeneric(toBigInt(this.#nonce), privateKey, theirs));
    return publicKey;
  }

  #agree(theirs: Uint8Array): Uint8Array {
    const { group } = this.#pace;
    const own = newKeyPair(group, random, this.#generator);
    const secret = group.agree(own.privateKey, theirs);
    this.#agreed = { own: own.publicKey, theirs, secret };
    return own.publicKey;
  }

  #finish(token: Uint8Array): { step: string; response: Response } {
    const { cipher, protocol, group } = this.#pace;
    if (this.#agreed === null) throw new Error('no keys');
    const { own, theirs, secret } = this.#agreed;
    const keys = deriveSessionKeys(cipher, secret);
    const tokenOver = (key: Uint8Array) => {
      const value = writeTlv(group.kind === 'dh' ? 0x84 : 0x86, key);
      return computeMac(cipher, keys.keyMac, writeTlv(0x7f49, encodeOid(protocol), value));
    };
    if (!Buffer.from(tokenOver(own)).equals(token)) {
      return { step: 'token', response: { data: new Uint8Array(0), sw: 0x6300 } };
    }
    this.#next = new ChipMessaging(cipher, keys);
    const objects = [writeTlv(0x86, tokenOver(theirs)), ...this.#chipData(keys.keyEnc)];
    return { step: 'token', response: { data: writeTlv(0x7c, ...objects), sw: OK } };
  }

  /** 9303-11, 4.4.3.5: CA_IC = SK_Map / SK_IC modulo the order. */
  #chipData(keyEnc: Uint8Array): readonly Uint8Array[] {
    const { cipher, group, mapping } = this.#pace;
    const { chipAuthentication } = this.#options;
    if (mapping !== 'chip-authentication' || chipAuthentication === null) return [];
    const inverse = powerModulo(chipAuthentication.key.privateKey, group.order - 2n, group.order);
    const data = (inverse * (this.#mapping?.privateKey ?? 0n)) % group.order;
    const bytes = toBytes(data, Math.ceil(group.order.toString(16).length / 2));
    const iv = cbcEncrypt(cipher, keyEnc, new Uint8Array(16).fill(0xff));
    return [writeTlv(0x8a, cbcEncrypt(cipher, keyEnc, pad(bytes, 16), iv))];
  }

  #changeKeys(theirs: Uint8Array): void {
    const { chipAuthentication } = this.#options;
    if (chipAuthentication === null) throw new Error('no chip authentication');
    const { group, key, cipher } = chipAuthentication;
    const secret = group.agree(key.privateKey, theirs);
    this.#next = new ChipMessaging(cipher, deriveSessionKeys(cipher, secret));
  }
}

function powerModulo(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Null: not under the keys of this chip, which ends secure messaging (9303-11, 9.8.5). */
function openCommand(messaging: ChipMessaging | null, bytes: Uint8Array): Command | null {
  if (messaging === null) return decodeCommand(bytes);
  try {
    return messaging.open(bytes);
  } catch {
    return null;
  }
}
