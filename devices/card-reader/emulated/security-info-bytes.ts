import type { BlockCipher } from '../../../src/chip/crypto/block-ciphers.ts';
import type { Group } from '../../../src/chip/crypto/group.ts';
import type { ChipKey, PaceKind } from './card-spec.ts';
import { der } from './der.ts';

const SMARTCARD = '0.4.0.127.0.7.2.2';
const CIPHER_ARC: Readonly<Record<BlockCipher, number>> = {
  '3des': 1,
  aes128: 2,
  aes192: 3,
  aes256: 4,
};

/** What Vietnam's cards were seen to have: TA 1, CA-ECDH-AES-128, PACE-ECDH-GM-AES-128 on brainpoolP256r1. */
export const CCCD_CARD_ACCESS: Uint8Array = Buffer.from(
  '3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D',
  'hex',
);

/** ICAO 9303-11, 9.2.3. */
export function paceProtocol({ mapping, group, cipher }: PaceKind): string {
  const method = mapping === 'chip-authentication' ? 6 : group.kind === 'ecdh' ? 2 : 1;
  return `${SMARTCARD}.4.${method}.${CIPHER_ARC[cipher]}`;
}

/** ICAO 9303-11, 9.2.7. */
export function chipAuthenticationProtocol({
  group,
  cipher,
}: Pick<ChipKey, 'group' | 'cipher'>): string {
  return `${SMARTCARD}.3.${group.kind === 'ecdh' ? 2 : 1}.${CIPHER_ARC[cipher]}`;
}

/** 9.2.1. */
export function paceInfo(kind: PaceKind): Uint8Array {
  return der.sequence(der.oid(paceProtocol(kind)), der.integer(2), der.integer(kind.parameterId));
}

/** 9.2.5 and 9.2.6: the protocol, and the key it is done with. */
export function chipAuthenticationInfos(key: ChipKey, publicKeyInfo: Uint8Array): Uint8Array[] {
  const keyId = key.keyId === null ? [] : [der.integer(key.keyId)];
  const method = agreementArc(key.group);
  return [
    der.sequence(der.oid(chipAuthenticationProtocol(key)), der.integer(1), ...keyId),
    der.sequence(der.oid(`${SMARTCARD}.1.${method}`), publicKeyInfo, ...keyId),
  ];
}

/** 9.2.4: with which algorithm an EC key signs. */
export function activeAuthenticationInfo(hash: keyof typeof PLAIN_ECDSA): Uint8Array {
  return der.sequence(der.oid('2.23.136.1.1.5'), der.integer(1), der.oid(PLAIN_ECDSA[hash]));
}

/** BSI TR-03111, 5.2.1.1. */
const PLAIN_ECDSA = {
  sha1: '0.4.0.127.0.7.1.1.4.1.1',
  sha224: '0.4.0.127.0.7.1.1.4.1.2',
  sha256: '0.4.0.127.0.7.1.1.4.1.3',
  sha384: '0.4.0.127.0.7.1.1.4.1.4',
  sha512: '0.4.0.127.0.7.1.1.4.1.5',
} as const;

function agreementArc(group: Group): number {
  return group.kind === 'ecdh' ? 2 : 1;
}
