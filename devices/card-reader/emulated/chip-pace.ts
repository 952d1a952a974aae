import { timingSafeEqual } from 'node:crypto';
import { invert } from '@noble/curves/abstract/modular.js';
import { BLOCK_BYTES, cbcEncrypt, pad } from '../../../src/chip/crypto/block-ciphers.ts';
import {
  byteLength,
  type KeyPair,
  newKeyPair,
  toBigInt,
  toBytes,
} from '../../../src/chip/crypto/group.ts';
import {
  deriveKey,
  deriveSessionKeys,
  type SessionKeys,
} from '../../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../../src/chip/crypto/mac.ts';
import { ProtocolError } from '../../../src/chip/protocol-error.ts';
import { type Tlv, writeTlv } from '../../../src/chip/tlv.ts';
import type { CardSpec, ChipKey, PaceKind } from './card-spec.ts';
import { type ChipAnswer, type Random, STATUS, status } from './chip-answer.ts';
import { mrzHash } from './chip-bac.ts';
import { ChipMessaging, objectsIn } from './chip-messaging.ts';
import { der, oidBytes } from './der.ts';
import { paceProtocol } from './security-info-bytes.ts';

const MRZ = 1;
const CAN = 2;

/** MSE:Set AT for PACE (ICAO 9303-11, 4.4.4.1): a run to be carried out, or a status word. */
export function beginPace(spec: CardSpec, data: Uint8Array, random: Random): PaceRun | number {
  const objects = objectsIn(data);
  const mechanism = objectValue(objects, 0x80);
  const reference = objectValue(objects, 0x83);
  if (mechanism === null || reference === null) return STATUS.wrongData;
  const parameters = objectValue(objects, 0x84);
  const kind = spec.pace.find(
    (offered) =>
      same(oidBytes(paceProtocol(offered)), mechanism) &&
      (parameters === null || toBigInt(parameters) === BigInt(offered.parameterId)),
  );
  if (kind === undefined) return STATUS.wrongData;
  const password = passwordOf(spec, Number(toBigInt(reference)));
  if (password === null) return STATUS.referenceNotFound;
  const chipKey = spec.chipKeys.find(({ group }) => group === kind.group) ?? null;
  return new PaceRun(kind, deriveKey(kind.cipher, password, 'password'), chipKey, random);
}

function passwordOf({ can, mrz }: CardSpec, reference: number): Uint8Array | null {
  if (reference === CAN && can !== null) return Buffer.from(can, 'latin1');
  return reference === MRZ ? mrzHash(mrz) : null;
}

/** The chip's side of PACE, one GENERAL AUTHENTICATE after the other (ICAO 9303-11, 4.4.4.2). */
export class PaceRun {
  readonly #kind: PaceKind;
  readonly #passwordKey: Uint8Array;
  readonly #chipKey: ChipKey | null;
  readonly #random: Random;
  readonly #steps: readonly ((value: Uint8Array | null) => ChipAnswer)[];
  #step = 0;
  #nonce: Uint8Array = new Uint8Array(0);
  #mappingKey: KeyPair | null = null;
  #generator: Uint8Array | null = null;
  #agreed: { keys: SessionKeys; secret: Uint8Array; own: Uint8Array; theirs: Uint8Array } | null =
    null;

  constructor(kind: PaceKind, passwordKey: Uint8Array, chipKey: ChipKey | null, random: Random) {
    this.#kind = kind;
    this.#passwordKey = passwordKey;
    this.#chipKey = chipKey;
    this.#random = random;
    this.#steps = [
      () => this.#giveNonce(),
      (value) => this.#map(value),
      (value) => this.#agree(value),
      (value) => this.#compareTokens(value),
    ];
  }

  /** Anything but the next step of the run ends it. */
  answer(data: Uint8Array): ChipAnswer {
    const step = this.#steps[this.#step];
    const template = objectsIn(data)?.[0];
    if (step === undefined || template?.tag !== 0x7c) return status(STATUS.wrongData);
    const [object] = objectsIn(template.value) ?? [];
    if (object?.tag !== [undefined, 0x81, 0x83, 0x85][this.#step]) {
      return status(STATUS.wrongData);
    }
    this.#step++;
    try {
      return step(object?.value ?? null);
    } catch (error) {
      if (error instanceof ProtocolError) return status(STATUS.wrongData);
      throw error;
    }
  }

  #giveNonce(): ChipAnswer {
    const { cipher } = this.#kind;
    this.#nonce = this.#random(16);
    return answered(writeTlv(0x80, cbcEncrypt(cipher, this.#passwordKey, this.#nonce)));
  }

  #map(theirs: Uint8Array | null): ChipAnswer {
    const { group } = this.#kind;
    if (theirs === null) return status(STATUS.wrongData);
    const own = newKeyPair(group, this.#random, null);
    this.#mappingKey = own;
    this.#generator = group.mapGeneric(toBigInt(this.#nonce), own.privateKey, theirs);
    return answered(writeTlv(0x82, own.publicKey));
  }

  #agree(theirs: Uint8Array | null): ChipAnswer {
    const { group, cipher } = this.#kind;
    if (theirs === null) return status(STATUS.wrongData);
    const own = newKeyPair(group, this.#random, this.#generator);
    const secret = group.agree(own.privateKey, theirs);
    this.#agreed = {
      ...{ keys: deriveSessionKeys(cipher, secret), secret },
      ...{ own: own.publicKey, theirs: Uint8Array.from(theirs) },
    };
    return answered(writeTlv(0x84, own.publicKey));
  }

  #compareTokens(given: Uint8Array | null): ChipAnswer {
    const agreed = this.#agreed;
    if (given === null || agreed === null) return status(STATUS.wrongData);
    if (!same(given, this.#token(agreed.keys, agreed.own))) {
      return { ...status(STATUS.verificationFailed), access: false };
    }
    const token = writeTlv(0x86, this.#token(agreed.keys, agreed.theirs));
    return {
      ...answered(token, ...this.#chipData(agreed.keys)),
      messaging: new ChipMessaging(this.#kind.cipher, agreed.secret),
      access: true,
    };
  }

  /** 4.4.3.4: over the key that the maker of the token was sent. */
  #token({ keyMac }: SessionKeys, publicKey: Uint8Array): Uint8Array {
    const { group, cipher } = this.#kind;
    const value = writeTlv(group.kind === 'ecdh' ? 0x86 : 0x84, publicKey);
    return computeMac(cipher, keyMac, writeTlv(0x7f49, der.oid(paceProtocol(this.#kind)), value));
  }

  /** 4.4.3.5.1: CA_IC = SK_IC^-1 * SK_Map,IC mod n, encrypted. */
  #chipData({ keyEnc }: SessionKeys): readonly Uint8Array[] {
    const { mapping, group, cipher } = this.#kind;
    if (mapping !== 'chip-authentication' || this.#chipKey === null || this.#mappingKey === null) {
      return [];
    }
    const inverse = invert(this.#chipKey.privateKey, group.order);
    const chipData = (inverse * this.#mappingKey.privateKey) % group.order;
    const blockBytes = BLOCK_BYTES[cipher];
    const iv = cbcEncrypt(cipher, keyEnc, new Uint8Array(blockBytes).fill(0xff));
    const padded = pad(toBytes(chipData, byteLength(group.order)), blockBytes);
    return [writeTlv(0x8a, cbcEncrypt(cipher, keyEnc, padded, iv))];
  }
}

function answered(...objects: readonly Uint8Array[]): ChipAnswer {
  return { data: writeTlv(0x7c, ...objects), sw: STATUS.ok };
}

function objectValue(objects: readonly Tlv[] | null, tag: number): Uint8Array | null {
  return objects?.find((object) => object.tag === tag)?.value ?? null;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
