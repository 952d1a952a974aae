import type { BlockCipher } from '../../../src/chip/crypto/block-ciphers.ts';
import { findCurve } from '../../../src/chip/crypto/curves.ts';
import { type KeyPair, newKeyPair } from '../../../src/chip/crypto/group.ts';
import type { CardFault } from './card-fault.ts';
import {
  comFile,
  type Dg13Layout,
  dg1File,
  dg2File,
  dg3File,
  dg13File,
  dg14File,
  dg15File,
  FILE_ID,
  groupFileId,
} from './card-files.ts';
import { type CardFlaw, flawedFiles, flawedIssuer, hasFlaw } from './card-flaw.ts';
import { type CardIssuer, signFiles } from './card-issuer.ts';
import { type CardPerson, canOf, mrzKeysOf } from './card-person.ts';
import {
  type CardManners,
  type CardSpec,
  CCCD_MANNERS,
  type ChipKey,
  type PaceKind,
} from './card-spec.ts';
import type { Random } from './chip-answer.ts';
import { der } from './der.ts';
import {
  activeAuthenticationInfo,
  CCCD_CARD_ACCESS,
  chipAuthenticationInfos,
  paceInfo,
} from './security-info-bytes.ts';
import { hashOf, type KeyKind, makeSigningKeys, type SigningKeys } from './signing-keys.ts';

const CURVE_OID = {
  brainpoolP256r1: '1.3.36.3.3.2.8.1.1.7',
  secp256r1: '1.2.840.10045.3.1.7',
} as const;
/** ICAO 9303-11, 9.5.1. */
const PARAMETER_ID = { brainpoolP256r1: 13, secp256r1: 12 } as const;
const FINGERPRINTS = 3;

export type CardOptions = {
  readonly person: CardPerson;
  readonly issuer: CardIssuer;
  /** JPEG or JPEG 2000. */
  readonly portrait: {
    readonly bytes: Uint8Array;
    readonly width: number;
    readonly height: number;
  };
  readonly layout?: Dg13Layout;
  readonly sodVersion?: 0 | 1;
  readonly curve?: keyof typeof CURVE_OID;
  /** Null: no PACE, and no EF.CardAccess. */
  readonly pace?: PaceKind['mapping'] | null;
  readonly bac?: boolean;
  /** Null: no Chip Authentication. */
  readonly chipCipher?: BlockCipher | null;
  /** Null: no Active Authentication. */
  readonly activeKind?: KeyKind | null;
  readonly manners?: Partial<CardManners>;
  readonly flaws?: readonly CardFlaw[];
  readonly faults?: readonly CardFault[];
};

/**
 * A card as Vietnam issues them: PACE with the CAN and BAC, Chip and Active Authentication, fingerprints nobody may read.
 * Its chip's keys come from `random`.
 */
export function makeCard(options: CardOptions, random: Random): CardSpec {
  const { person, portrait, curve = 'brainpoolP256r1', flaws = [], faults = [] } = options;
  const { pace: mapping = 'generic', chipCipher = 'aes128' } = options;
  const { activeKind = 'ecdsa-brainpoolP256r1', layout = '2024', sodVersion = 0 } = options;
  const pace = paceKinds(curve, mapping);
  const chip = chipCipher === null ? null : makeChipKey(curve, chipCipher, mapping, random);
  const active = activeKind === null ? null : makeSigningKeys(activeKind, random);
  const groups = new Map([
    [1, dg1File(person)],
    [2, dg2File(portrait.bytes, portrait)],
    [FINGERPRINTS, dg3File()],
    [13, dg13File(person, layout)],
    ...dg14(pace, chip, active),
    ...(active === null ? [] : [[15, dg15File(active.publicKeyInfo)] as const]),
  ]);
  const issuer = flawedIssuer(options.issuer, flaws);
  const files = new Map([
    ...[...groups].map(([group, file]) => [groupFileId(group), file] as const),
    [FILE_ID.com, comFile([...groups.keys()])],
    [FILE_ID.sod, signFiles(issuer, groups, sodVersion)],
  ]);
  return {
    ...flawedFiles({ masterFiles: masterFiles(pace, chip), files }, flaws),
    ...{ forbidden: [groupFileId(FINGERPRINTS)], can: canOf(person), mrz: mrzKeysOf(person) },
    ...{ bac: options.bac ?? true, pace, faults },
    chipKeys: chip === null ? [] : [chipKeyOf(chip, flaws, random)],
    activeKey: active === null ? null : activeKeyOf(active, flaws, random),
    manners: { ...CCCD_MANNERS, ...options.manners },
  };
}

function paceKinds(
  curve: keyof typeof CURVE_OID,
  mapping: PaceKind['mapping'] | null,
): readonly PaceKind[] {
  if (mapping === null) return [];
  const generic: PaceKind = {
    ...{ mapping: 'generic', group: groupOf(curve), cipher: 'aes128' },
    parameterId: PARAMETER_ID[curve],
  };
  // 9303-11, 4.4.3.5: who offers chip authentication mapping offers another mapping too.
  return mapping === 'generic' ? [generic] : [generic, { ...generic, mapping }];
}

function masterFiles(
  pace: readonly PaceKind[],
  chip: Chip | null,
): ReadonlyMap<number, Uint8Array> {
  if (pace.length === 0) return new Map();
  const usual = pace.length === 1 && pace[0]?.parameterId === 13 && chip?.key.cipher === 'aes128';
  const cardAccess = usual ? CCCD_CARD_ACCESS : der.set(...pace.map(paceInfo));
  return new Map([[FILE_ID.cardAccess, cardAccess]]);
}

type Chip = {
  readonly key: ChipKey;
  readonly pair: KeyPair;
  readonly curve: keyof typeof CURVE_OID;
};

function makeChipKey(
  curve: keyof typeof CURVE_OID,
  cipher: BlockCipher,
  mapping: PaceKind['mapping'] | null,
  random: Random,
): Chip {
  const group = groupOf(curve);
  const pair = newKeyPair(group, random, null);
  // 9303-11, 9.2.6: the key of chip authentication mapping has the domain parameters' identifier as its own.
  const keyId = mapping === 'chip-authentication' ? PARAMETER_ID[curve] : null;
  return { key: { group, privateKey: pair.privateKey, keyId, cipher }, pair, curve };
}

/** What EF.CardAccess says is said again here, where it is signed (9303-11, 9.2.11). */
function dg14(
  pace: readonly PaceKind[],
  chip: Chip | null,
  active: SigningKeys | null,
): readonly (readonly [number, Uint8Array])[] {
  const infos = [
    ...pace.map(paceInfo),
    ...(chip === null ? [] : chipAuthenticationInfos(chip.key, publicKeyInfoOf(chip))),
    ...(active?.privateKey.asymmetricKeyType === 'ec'
      ? [activeAuthenticationInfo(hashOf(active))]
      : []),
  ];
  if (infos.length === 0) return [];
  const terminalAuthentication = der.sequence(der.oid('0.4.0.127.0.7.2.2.2'), der.integer(1));
  return [[14, dg14File([terminalAuthentication, ...infos])]];
}

function publicKeyInfoOf({ curve, pair }: Chip): Uint8Array {
  return der.sequence(
    der.sequence(der.oid('1.2.840.10045.2.1'), der.oid(CURVE_OID[curve])),
    der.bits(pair.publicKey),
  );
}

/** A clone has every file and none of the keys. */
function chipKeyOf({ key }: Chip, flaws: readonly CardFlaw[], random: Random): ChipKey {
  if (!hasFlaw(flaws, 'cloned')) return key;
  return { ...key, privateKey: newKeyPair(key.group, random, null).privateKey };
}

function activeKeyOf(keys: SigningKeys, flaws: readonly CardFlaw[], random: Random) {
  const { privateKey } = hasFlaw(flaws, 'cloned') ? makeSigningKeys(keys.kind, random) : keys;
  return { privateKey, hash: hashOf(keys) };
}

function groupOf(curve: keyof typeof CURVE_OID) {
  const group = findCurve(CURVE_OID[curve]);
  if (group === null) throw new RangeError(`${curve}: a curve of the list expected`);
  return group;
}
