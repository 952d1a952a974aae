import type { KeyObject } from 'node:crypto';
import type { BlockCipher } from '../../../src/chip/crypto/block-ciphers.ts';
import type { Group } from '../../../src/chip/crypto/group.ts';
import type { CardFault } from './card-fault.ts';

/** Everything a card holds and how it behaves. Files are by identifier: 0x011c, 0x0101, ... */
export type CardSpec = {
  /** EF.CardAccess, perhaps EF.ATR/INFO: readable by anybody, before the application is selected. */
  readonly masterFiles: ReadonlyMap<number, Uint8Array>;
  /** Of the application; readable by whoever knows what is printed on the card. */
  readonly files: ReadonlyMap<number, Uint8Array>;
  /** Files that are there and answer 6982 to everybody: fingerprints. */
  readonly forbidden: readonly number[];
  /** Null: this card has none. */
  readonly can: string | null;
  readonly mrz: MrzKeys;
  readonly bac: boolean;
  readonly pace: readonly PaceKind[];
  readonly chipKeys: readonly ChipKey[];
  /** Active Authentication. */
  readonly activeKey: ActiveKey | null;
  readonly manners: CardManners;
  readonly faults: readonly CardFault[];
};

/** The fields that open a chip: the number's nine characters, YYMMDD, YYMMDD. */
export type MrzKeys = {
  readonly documentNumber: string;
  readonly birth: string;
  readonly expiry: string;
};

export type PaceKind = {
  readonly mapping: 'generic' | 'chip-authentication';
  readonly group: Group;
  /** ICAO 9303-11, 9.5.1. */
  readonly parameterId: number;
  readonly cipher: BlockCipher;
};

/** A static key of Chip Authentication. */
export type ChipKey = {
  readonly group: Group;
  readonly privateKey: bigint;
  readonly keyId: number | null;
  readonly cipher: BlockCipher;
};

export type ActiveKey = {
  readonly privateKey: KeyObject;
  readonly hash: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
};

/** Where chips that keep to the standard differ. */
export type CardManners = {
  /** SELECT 3F00: Vietnam's cards answer 6D00. */
  readonly selectMasterFile: number;
  /** Whether SELECT and MANAGE SECURITY ENVIRONMENT put up with an Le field. */
  readonly acceptsLe: boolean;
  readonly acceptsExtended: boolean;
  /** Most bytes of one READ BINARY, beyond what a short answer holds. */
  readonly readMax: number;
  /** A read of more than `readMax`: fewer bytes come, 6700, or the chip forgets the session (6988). */
  readonly longRead: 'shortened' | 'refused' | 'session-lost';
  /** Files may be read by short identifier. */
  readonly shortFileIds: boolean;
  /** So many wrong passwords cost nothing; then every try takes `penaltyMs` more, until a right one. */
  readonly freeFailures: number;
  readonly penaltyMs: number;
};

export const CCCD_MANNERS: CardManners = {
  ...{ selectMasterFile: 0x6d00, acceptsLe: true, acceptsExtended: true },
  ...{ readMax: 65_536, longRead: 'shortened', shortFileIds: true },
  ...{ freeFailures: 3, penaltyMs: 1_000 },
};
