import { isListedGroup, readGroup } from './agreement-key.ts';
import { KEY_BYTES } from './crypto/block-ciphers.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import type { Group } from './crypto/group.ts';
import { understand } from './protocol-error.ts';
import type { PaceInfo, PaceMapping, SecurityInfos } from './security-infos.ts';

/** A PACE that chip and terminal both know. */
export type PaceChoice = Pick<PaceInfo, 'protocol' | 'mapping' | 'cipher' | 'parameterId'> & {
  readonly group: Group;
  /** The chip has several sets of domain parameters: it must be told which (ICAO 9303-11, 4.4.4.1). */
  readonly ambiguous: boolean;
};

/** The only version there is (9.2.1). */
const PACE_VERSION = 2;
/** Chip authentication mapping proves more in as many commands; integrated mapping is rare, so little tried in the field. */
const MAPPING_RANK: Readonly<Record<PaceMapping, number>> = {
  'chip-authentication': 2,
  generic: 1,
  integrated: 0,
};

/** What EF.CardAccess offers, best first; empty when there is nothing this terminal can do. */
export function choosePace(cardAccess: SecurityInfos): readonly PaceChoice[] {
  const parameterIds = new Set(cardAccess.pace.map(({ parameterId }) => parameterId));
  const choices = cardAccess.pace.flatMap((info) => {
    const group = groupOf(info, cardAccess);
    const { protocol, mapping, cipher, parameterId, agreement, version } = info;
    if (version !== PACE_VERSION || group?.kind !== agreement) return [];
    // 9.5.1: on secp224r1 there is no integrated mapping.
    if (mapping === 'integrated' && agreement === 'ecdh' && group.prime % 4n !== 3n) return [];
    return [{ protocol, mapping, cipher, parameterId, group, ambiguous: parameterIds.size > 1 }];
  });
  return choices.sort((one, other) => rank(other) - rank(one));
}

function rank({ mapping, group, cipher }: PaceChoice): number {
  return (
    (group.kind === 'ecdh' ? 1_000 : 0) +
    MAPPING_RANK[mapping] * 100 +
    KEY_BYTES[cipher] +
    (cipher === '3des' ? -1 : 0)
  );
}

/** 9.2.2: parameters written out count only when they are those of the list. */
function groupOf({ parameterId }: PaceInfo, infos: SecurityInfos): Group | null {
  const standardized = parameterId === null ? null : standardizedGroup(parameterId);
  if (standardized !== null) return standardized;
  const written = infos.paceDomainParameters.find((other) => other.parameterId === parameterId);
  if (written === undefined) return null;
  const group = understand(() => readGroup(written.domainParameter));
  return group !== null && isListedGroup(group) ? group : null;
}
