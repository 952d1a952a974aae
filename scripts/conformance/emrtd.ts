import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyRepresentative } from '../../src/chip/crypto/message-recovery.ts';
import { parseCom } from '../../src/chip/lds/com.ts';
import { parseDg1 } from '../../src/chip/lds/dg1.ts';
import { type Dg13, parseDg13 } from '../../src/chip/lds/dg13.ts';
import { type Mrz, parseMrz } from '../../src/chip/lds/mrz.ts';
import { choosePace } from '../../src/chip/pace-choice.ts';
import { ProtocolError } from '../../src/chip/protocol-error.ts';
import { parseSecurityInfos } from '../../src/chip/security-infos.ts';
import { bacCases, paceCases } from './emrtd-access.ts';
import { type Case, hex, toHex, type Vector } from './emrtd-vector.ts';
import type { PartResult } from './part.ts';

type Vietnam = {
  readonly efCardAccess: { readonly hex: string };
  readonly mrz: { readonly lines: readonly string[]; readonly bacMrzInformation: string };
  readonly dg1: string;
  readonly efCom: { readonly hex: string };
  readonly dg13: readonly {
    readonly id: string;
    readonly hex: string;
    readonly expect: Readonly<Record<string, string | null>>;
  }[];
};

/** Numbers of EF.DG13's fields. */
const DG13_FIELDS: Readonly<Record<string, keyof Dg13>> = {
  ...{ 1: 'number', 2: 'name', 3: 'birth', 4: 'sex', 5: 'nationality', 6: 'ethnicity' },
  ...{ 7: 'religion', 8: 'origin', 9: 'residence', 10: 'features', 11: 'issued', 12: 'expires' },
  ...{ 15: 'oldNumber', 16: 'code', father: 'father', mother: 'mother', spouse: 'spouse' },
};

/**
 * Holds `src/chip` against `emrtd/` of a data folder: the worked examples of ICAO 9303-11 (BAC and secure messaging, active
 * authentication, PACE in three mappings), specimens of machine-readable zones, and files of a Vietnamese card.
 */
export async function run(dataDir: string): Promise<PartResult> {
  const vectorsOf = (file: string) => read<{ vectors: readonly Vector[] }>(dataDir, file).vectors;
  const cases = [
    ...(await bacCases(vectorsOf('icao-9303-11-D-bac-sm.json'))),
    ...vectorsOf('icao-9303-11-F-active-auth.json').flatMap(activeCases),
    ...['G-pace-gm', 'H-pace-im', 'I-pace-cam'].flatMap((name) =>
      vectorsOf(`icao-9303-11-${name}.json`).flatMap(paceCases),
    ),
    ...vectorsOf('icao-9303-mrz.json').flatMap(zoneCases),
    ...vietnamCases(read<Vietnam>(dataDir, 'vn-cccd-facts-and-synthetic.json')),
  ];
  for (const [what, holds] of cases) if (!holds) console.error(`chip: ${what} fails`);
  const failed = cases.filter(([, holds]) => !holds).length;
  return { name: 'chip documents', passed: cases.length - failed, failed };
}

function read<T>(dataDir: string, file: string): T {
  return JSON.parse(readFileSync(join(dataDir, 'emrtd', file), 'utf8')) as T;
}

function activeCases({ id, in: given, out }: Vector): Case[] {
  // The example gives what the RSA function makes of the signature, without the head 6A and with what follows it.
  const m1 = hex(out['M1']);
  const digest = createHash('sha1').update(m1).update(hex(given['rndIfd'])).digest();
  const representative = Buffer.concat([Uint8Array.of(0x6a), m1, digest, hex(out['trailer'])]);
  const changed = Buffer.from(representative);
  changed[1] = (changed[1] ?? 0) ^ 1;
  return [
    [`${id}: digest`, toHex(digest) === out['D']],
    [`${id}: recovered`, verifyRepresentative(representative, hex(given['rndIfd'])) === 'sha1'],
    [`${id}: changed`, verifyRepresentative(changed, hex(given['rndIfd'])) === null],
  ];
}

function zoneCases({ id, in: given, out }: Vector): Case[] {
  if (given['efCom'] !== undefined) {
    const { ldsVersion, unicodeVersion, groups } = parseCom(hex(given['efCom']));
    return [
      [`${id}: versions`, ldsVersion === out['ldsVersion']],
      [`${id}: Unicode`, unicodeVersion === out['unicodeVersion']],
      [`${id}: groups`, groups.join() === '1,2'],
    ];
  }
  const { zone, cases } = zoneOf(id, given);
  const found: Readonly<Record<string, string | null | undefined>> = {
    ...{ documentNumber: zone.documentNumber, dob: zone.birth, expiry: zone.expiry },
    ...{ issuer: zone.issuer, nationality: zone.nationality, surname: zone.surname },
    ...{ givenNames: zone.givenNames, optional: zone.optional[0], optional1: zone.optional[0] },
    sex: zone.sex === null ? null : zone.sex === 'male' ? 'M' : 'F',
  };
  const { documentNumber, birth, expiry } = zone.checks;
  return [
    ...cases,
    ...Object.entries(out).map(
      ([field, value]): Case => [`${id}: ${field}`, found[field] === value],
    ),
    // The composite one of that specimen is printed wrong.
    [`${id}: check digits`, [documentNumber, birth, expiry].every((check) => check === 'passed')],
  ];
}

/** One specimen of EF.DG1 has a filler more than its own head says: it is refused so, and read without. */
function zoneOf(id: string, given: Vector['in']): { zone: Mrz; cases: Case[] } {
  if (given['dg1'] === undefined) return { zone: parseMrz(given['mrz'] ?? ''), cases: [] };
  const file = hex(given['dg1']);
  const surplus = file.length - 2 - (file[1] ?? 0);
  if (surplus === 0) return { zone: parseDg1(file), cases: [] };
  const lines = Buffer.from(file)
    .toString('latin1')
    .replace(/<(<+7\d{6})/, '$1');
  return {
    zone: parseDg1(Buffer.from(lines, 'latin1')),
    cases: [[`${id}: a byte too many`, surplus === 1 && refuses(() => parseDg1(file))]],
  };
}

function refuses(parse: () => unknown): boolean {
  try {
    parse();
    return false;
  } catch (error) {
    return error instanceof ProtocolError && error.code === 'lds.trailing';
  }
}

function vietnamCases({ efCardAccess, mrz, dg1, efCom, dg13 }: Vietnam): Case[] {
  const [choice] = choosePace(parseSecurityInfos(hex(efCardAccess.hex)));
  const zone = parseMrz(mrz.lines.join(''));
  const groups = [...parseCom(hex(efCom.hex)).groups].sort((one, other) => one - other);
  return [
    ['CCCD: PACE', choice?.mapping === 'generic' && choice.group.name === 'brainpoolP256r1'],
    ['CCCD: zone', Object.values(zone.checks).every((outcome) => outcome === 'passed')],
    ['CCCD: DG1', parseDg1(hex(dg1)).personalNumber === zone.personalNumber],
    ['CCCD: EF.COM', groups.join() === '1,2,3,13,14,15'],
    ...dg13.flatMap(({ id, hex: file, expect }) => {
      const found = parseDg13(hex(file));
      return Object.entries(expect).map(([field, value]): Case => {
        const name = DG13_FIELDS[field];
        return [`${id}: field ${field}`, name !== undefined && found[name] === value];
      });
    }),
  ];
}
