import { readAgreementKey } from './agreement-key.ts';
import type { Group } from './crypto/group.ts';
import { ProtocolError } from './protocol-error.ts';
import type { ChipAuthenticationKeyInfo, SecurityInfos } from './security-infos.ts';

/** What a chip said of itself in PACE with chip authentication mapping; proves nothing until it is verified. */
export type ChipAuthenticationMapping = {
  readonly group: Group;
  /** Which of its keys: ChipAuthenticationPublicKeyInfo has it as its keyId (ICAO 9303-11, 9.2.1). */
  readonly keyId: number | null;
  readonly mappingKey: Uint8Array;
  /** CA_IC, 4.4.3.5. */
  readonly chipData: bigint;
};

/**
 * Whether the chip holds the private key to the one that signed infos name (ICAO 9303-11, 4.4.3.5.2): of EF.CardSecurity
 * or EF.DG14, their signature or hash verified. `no-key`: they name none for this, nothing is proven and nothing disproven.
 */
export function verifyChipAuthenticationMapping(
  said: ChipAuthenticationMapping,
  signed: SecurityInfos,
): 'proven' | 'failed' | 'no-key' {
  const keys = signed.chipAuthenticationKeys
    .filter(({ keyId }) => keyId === said.keyId)
    .flatMap((info) => elementOf(info, said.group));
  if (keys.length === 0) return 'no-key';
  return keys.some((publicKey) => fits(said, publicKey)) ? 'proven' : 'failed';
}

function elementOf({ publicKeyInfo }: ChipAuthenticationKeyInfo, wanted: Group): Uint8Array[] {
  try {
    const { group, publicKey } = readAgreementKey(publicKeyInfo);
    return group === wanted ? [publicKey] : [];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

function fits({ group, mappingKey, chipData }: ChipAuthenticationMapping, publicKey: Uint8Array) {
  if (chipData <= 0n || chipData >= group.order) return false;
  return group.same(mappingKey, group.publicKey(chipData, publicKey));
}
