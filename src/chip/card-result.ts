import { dayFromIso, dayStartMs } from '../kernel/calendar.ts';
import type { AccessReport, CardReading, FileReading } from './card-reading.ts';
import { parseDg1 } from './lds/dg1.ts';
import { parseDg2 } from './lds/dg2.ts';
import { type LaneFields, laneFields, parseDg13 } from './lds/dg13.ts';
import type { Mrz } from './lds/mrz.ts';
import type { FacePicture } from './lds/picture.ts';
import { understand } from './protocol-error.ts';
import { countMissing } from './security-infos.ts';
import type { Check } from './trust/check.ts';
import type { CardEvidence } from './trust/passive-authentication.ts';

/**
 * What of a card a lane may know (security C5): six fields, the photograph, how it was opened, and what its authenticity
 * follows from. `evidence` is for `authenticate` alone.
 */
export type CardResult = {
  readonly ended: CardReading['ended'];
  readonly code: string | null;
  /** Null: neither EF.DG13 nor EF.DG1 was read and matched its hash. */
  readonly fields: LaneFields | null;
  /** Of an EF.DG2 that matched its hash. */
  readonly photo: FacePicture | null;
  readonly access: Omit<AccessReport, 'cardAccess'>;
  /** Besides those of authenticity. */
  readonly checks: readonly Check[];
  readonly evidence: CardEvidence;
};

/** What may be shown of a file at once, while the others are still being read. */
export type LanePart =
  | { readonly kind: 'fields'; readonly fields: LaneFields }
  | { readonly kind: 'photo'; readonly photo: FacePicture };

/** The part of a file that a lane may know; null for all other files, and for one that was not hashed right. */
export function lanePart(reading: FileReading): LanePart | null {
  const bytes = trusted(reading);
  if (bytes === null) return null;
  switch (reading.group) {
    case 1: {
      const mrz = understand(() => parseDg1(bytes));
      return mrz === null ? null : { kind: 'fields', fields: fieldsOfMrz(mrz) };
    }
    case 2: {
      const photo = understand(() => parseDg2(bytes))?.[0];
      return photo === undefined ? null : { kind: 'photo', photo };
    }
    case 13: {
      const dg13 = understand(() => parseDg13(bytes));
      return dg13 === null ? null : { kind: 'fields', fields: laneFields(dg13) };
    }
    default:
      return null;
  }
}

/** Never throws for what a card says. */
export function resultOf(reading: CardReading): CardResult {
  const { ended, code, access } = reading;
  const part = (group: number) => {
    const file = reading.groups.get(group);
    return file === undefined ? null : lanePart(file);
  };
  const [zone, own, picture] = [part(1), part(13), part(2)];
  const fields = own?.kind === 'fields' ? own.fields : null;
  const zoneFields = zone?.kind === 'fields' ? zone.fields : null;
  const { method, weaker, problem, attempts } = access;
  return {
    ...{ ended, code, access: { method, weaker, problem, attempts } },
    fields: fields === null ? zoneFields : completed(fields, zoneFields),
    photo: picture?.kind === 'photo' ? picture.photo : null,
    checks: [groupsAgree(fields, zoneFields), cardAccessAgrees(reading)],
    evidence: evidenceOf(reading, fields?.issued ?? null),
  };
}

/** The bytes of a file that are what the EF.SOD says. */
function trusted({ outcome, hash }: FileReading): Uint8Array | null {
  return outcome.kind === 'read' && hash === 'passed' ? outcome.bytes : null;
}

/** EF.DG13 has what the zone has not: whole dates, and names with their marks. */
function completed(fields: LaneFields, zone: LaneFields | null): LaneFields {
  return {
    ...fields,
    number: fields.number ?? zone?.number ?? null,
    birth: fields.birth ?? zone?.birth ?? null,
    sex: fields.sex ?? zone?.sex ?? null,
    expires: fields.expires ?? zone?.expires ?? null,
  };
}

/** The zone has two digits of a year, and no day of issue. The century is in the number. */
function fieldsOfMrz(mrz: Mrz): LaneFields {
  const { personalNumber, surname, givenNames, birth, sex, expiry } = mrz;
  const century = personalNumber === null ? null : 19 + Math.floor(Number(personalNumber[3]) / 2);
  return {
    ...{ number: personalNumber, sex, issued: null },
    name: `${surname} ${givenNames}`.trim() || null,
    birth: century === null ? null : isoDay(`${century}${birth}`),
    expires: isoDay(`20${expiry}`),
  };
}

function isoDay(digits: string): string | null {
  const iso = digits.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  return dayFromIso(iso) === null ? null : iso;
}

/** Both are signed: one that names another person than the other was issued wrongly, or is not understood here. */
function groupsAgree(own: LaneFields | null, zone: LaneFields | null): Check {
  const code = 'card.groups-agree';
  const pairs = [
    [own?.number, zone?.number],
    [own?.birth, zone?.birth],
  ].filter(([one, other]) => (one ?? null) !== null && (other ?? null) !== null);
  if (pairs.length === 0) return { code, outcome: 'skipped' };
  return { code, outcome: pairs.every(([one, other]) => one === other) ? 'passed' : 'failed' };
}

/**
 * ICAO 9303-11, 9.2.11: what EF.CardAccess says unsigned stands signed in EF.DG14. Failed: somebody between card and
 * reader may have chosen the protocol. Impossible: the card offers what nothing signed can be held against, for its EF.DG14 could
 * not be used or says nothing of PACE.
 */
function cardAccessAgrees({ access, signedInfos, sod }: CardReading): Check {
  const code = 'card.access-agrees';
  const { cardAccess } = access;
  if (signedInfos === null) {
    const listed = 'parsed' in sod && sod.parsed.groupHashes.has(14);
    return { code, outcome: listed ? 'impossible' : 'skipped' };
  }
  if (cardAccess?.kind === 'read') {
    if (countMissing(cardAccess.infos, signedInfos) === 0) return { code, outcome: 'passed' };
    return { code, outcome: signedInfos.pace.length === 0 ? 'impossible' : 'failed' };
  }
  return { code, outcome: signedInfos.pace.length > 0 ? 'failed' : 'skipped' };
}

function evidenceOf(reading: CardReading, issued: string | null): CardEvidence {
  const { sod, groups, chipAuthentication, activeAuthentication } = reading;
  const zone = groups.get(1);
  const bytes = zone === undefined ? null : trusted(zone);
  const mrz = bytes === null ? null : understand(() => parseDg1(bytes));
  const issuedDay = issued === null ? null : dayFromIso(issued);
  return {
    sod: 'problem' in sod ? sod : sod.parsed,
    groups: new Map(
      [...groups].flatMap(([group, { outcome }]) =>
        outcome.kind === 'read' ? [[group, outcome.bytes] as const] : [],
      ),
    ),
    broken: new Set(
      [...groups].flatMap(([group, { outcome }]) => (outcome.kind === 'broken' ? [group] : [])),
    ),
    document: mrz === null ? null : { code: mrz.documentCode, issuingState: mrz.issuer },
    issuedMs: issuedDay === null ? null : dayStartMs(issuedDay),
    ...{ chipAuthentication, activeAuthentication },
  };
}
