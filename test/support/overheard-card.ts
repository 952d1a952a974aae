import {
  type CardPerson,
  canOf,
  mrzKeysOf,
} from '../../devices/card-reader/emulated/card-person.ts';
import { mrzHash } from '../../devices/card-reader/emulated/chip-bac.ts';
import type { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import type { CardChannel } from '../../src/chip/card-channel.ts';
import { findCurve } from '../../src/chip/crypto/curves.ts';
import { newKeyPair, type RandomBytes, toBigInt } from '../../src/chip/crypto/group.ts';
import { deriveKey, deriveSessionKeys } from '../../src/chip/crypto/key-derivation.ts';
import { computeMac } from '../../src/chip/crypto/mac.ts';
import { encodeOid } from '../../src/chip/der.ts';
import { findTlv, readTlvs, writeTlv } from '../../src/chip/tlv.ts';
import { seededRandom } from './sample-card.ts';

const BRAINPOOL = '1.3.36.3.3.2.8.1.1.7';
/** id-PACE-ECDH-GM-AES-CBC-CMAC-128. */
const PACE_GENERIC_AES128 = '0.4.0.127.0.7.2.2.4.2.2';
const GENERAL_AUTHENTICATE = 0x86;
const NONCE_BYTES = 16;

export type Keys = Readonly<Record<string, Uint8Array>>;

/** Keys that follow from what is printed on the card of `person`. */
export function printedKeys(person: CardPerson): Keys {
  const can = Buffer.from(canOf(person), 'latin1');
  const hash = mrzHash(mrzKeysOf(person));
  const seed = hash.subarray(0, 16);
  return {
    'PACE password key': deriveKey('aes128', can, 'password'),
    'MRZ hash': hash,
    'BAC key to encrypt': deriveKey('3des', seed, 'encryption'),
    'BAC key to check': deriveKey('3des', seed, 'mac'),
  };
}

/** A card whose randomness is known, so that the keys of its first PACE can be told from what was sent to it. */
export class OverheardCard implements CardChannel {
  readonly #card: EmulatedCard;
  readonly #seed: string;
  readonly #sent: Uint8Array[] = [];

  /** `card` draws from `seededRandom(seed)`. */
  constructor(card: EmulatedCard, seed: string) {
    this.#card = card;
    this.#seed = seed;
  }

  transmit(command: Uint8Array): Promise<Uint8Array> {
    this.#sent.push(Uint8Array.from(command));
    return this.#card.transmit(command);
  }

  reset(): void {
    this.#card.reset();
  }

  /** Generic mapping on brainpoolP256r1, as such a card has it (ICAO 9303-11, 4.4). */
  sessionKeys(): Keys {
    const random: RandomBytes = seededRandom(this.#seed);
    const curve = findCurve(BRAINPOOL);
    if (curve === null) throw new Error('no curve');
    const nonce = random(NONCE_BYTES);
    const mapping = newKeyPair(curve, random, null);
    const generator = curve.mapGeneric(toBigInt(nonce), mapping.privateKey, this.#sentKey(0x81));
    const own = newKeyPair(curve, random, generator);
    const secret = curve.agree(own.privateKey, this.#sentKey(0x83));
    const { keyEnc, keyMac } = deriveSessionKeys('aes128', secret);
    this.#checkToken(keyMac, own.publicKey);
    return {
      ...{ 'PACE nonce': nonce, 'PACE secret': secret },
      ...{ 'session key to encrypt': keyEnc, 'session key to check': keyMac },
    };
  }

  /** The terminal, which knows nothing of this class, says whether these are its keys. */
  #checkToken(keyMac: Uint8Array, publicKey: Uint8Array): void {
    const object = writeTlv(0x7f49, encodeOid(PACE_GENERIC_AES128), writeTlv(0x86, publicKey));
    const token = computeMac('aes128', keyMac, object);
    if (!Buffer.from(token).equals(this.#sentKey(0x85))) throw new Error('other keys were agreed');
  }

  /** What stands under `tag` in the first GENERAL AUTHENTICATE that has it. */
  #sentKey(tag: number): Uint8Array {
    for (const command of this.#sent) {
      if (command[1] !== GENERAL_AUTHENTICATE) continue;
      const data = command.subarray(5, 5 + (command[4] ?? 0));
      const template = readTlvs(data)[0];
      const found = template === undefined ? null : findTlv(readTlvs(template.value), tag);
      if (found) return found.value;
    }
    throw new Error(`PACE never sent ${tag.toString(16)}`);
  }
}
