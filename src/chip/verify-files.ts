import { dayFromIso, dayStartMs } from '../kernel/calendar.ts';
import { parseCom } from './lds/com.ts';
import { compareGroupHashes, type GroupOutcome } from './lds/data-group-hashes.ts';
import { parseDg1 } from './lds/dg1.ts';
import { parseDg12 } from './lds/dg12.ts';
import { laneFields, parseDg13 } from './lds/dg13.ts';
import { DATA_GROUP_FILES, EF_COM, EF_SOD, type LdsFile } from './lds/files.ts';
import { parseSod, type Sod } from './lds/sod.ts';
import { ProtocolError, understand } from './protocol-error.ts';
import type { Check } from './trust/check.ts';
import { type Authenticity, authenticate } from './trust/passive-authentication.ts';
import type { TrustStore } from './trust/trust-store.ts';

/** Files of a chip that somebody saved, as they came: raw bytes by the file they are. */
export type SavedFiles = ReadonlyMap<LdsFile, Uint8Array>;

export type FilesVerdict = Authenticity & {
  /** False: EF.SOD is not signed data at all, and nothing can be said of the rest. */
  readonly understood: boolean;
  readonly files: readonly {
    readonly file: LdsFile;
    readonly bytes: number;
    /** Against EF.SOD; null for what is no data group, and without an EF.SOD. */
    readonly hash: GroupOutcome | null;
  }[];
};

const NAME = /^(?:EF[._-]?)?(COM|SOD|DG(?:0?[1-9]|1[0-6]))(?:\.bin)?$/i;
const FILE_ID = /^([0-9a-f]{4})\.bin$/i;

/** The file that is saved by this name (`EF_SOD.bin`, `DG1.bin`, `011D.bin`), or null for any other name. */
export function savedFile(name: string): LdsFile | null {
  const [, own] = NAME.exec(name) ?? [];
  const [, id] = FILE_ID.exec(name) ?? [];
  const known = [EF_COM, EF_SOD, ...DATA_GROUP_FILES];
  const wanted = own === undefined ? null : `EF.${own.toUpperCase().replace(/^DG0/, 'DG')}`;
  const fileId = id === undefined ? null : Number.parseInt(id, 16);
  return known.find((file) => file.name === wanted || file.fileId === fileId) ?? null;
}

/**
 * What saved files prove: their signature, their issuer, their hashes. No chip was asked, so the state is never better than
 * `chip-not-proven`. Null without an EF.SOD. Never throws for what is in the files.
 */
export function verifyFiles(
  store: TrustStore,
  saved: SavedFiles,
  nowMs: number,
): FilesVerdict | null {
  const sodBytes = saved.get(EF_SOD);
  if (sodBytes === undefined) return null;
  const sod = readSod(sodBytes);
  const groups = groupsOf(saved);
  const hashes = 'problem' in sod ? null : compareGroupHashes(sod, groups);
  /** What a group says, if it is what the issuer signed. */
  const signed = <T>(group: number, parse: (bytes: Uint8Array) => T): T | null => {
    const bytes = groups.get(group);
    return bytes !== undefined && hashes?.get(group) === 'passed'
      ? understand(() => parse(bytes))
      : null;
  };
  const mrz = signed(1, parseDg1);
  const issued = signed(13, parseDg13);
  const authenticity = authenticate(
    store,
    {
      sod,
      groups,
      document: mrz === null ? null : { code: mrz.documentCode, issuingState: mrz.issuer },
      issuedMs:
        (issued === null ? null : startOf(laneFields(issued).issued)) ??
        startOf(signed(12, parseDg12)?.issued ?? null),
      chipAuthentication: 'not-tried',
      activeAuthentication: 'not-tried',
    },
    nowMs,
  );
  return {
    ...authenticity,
    checks: [...authenticity.checks, comAgrees(saved.get(EF_COM), sod)],
    understood: !('problem' in sod) || saysItIsSigned(sod.problem),
    files: [...saved].map(([file, bytes]) => ({
      file,
      bytes: bytes.length,
      hash: file.group === null ? null : (hashes?.get(file.group) ?? null),
    })),
  };
}

function groupsOf(saved: SavedFiles): ReadonlyMap<number, Uint8Array> {
  return new Map(
    [...saved].flatMap(([{ group }, bytes]) => (group === null ? [] : [[group, bytes] as const])),
  );
}

function readSod(bytes: Uint8Array): Sod | { readonly problem: string } {
  try {
    return parseSod(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return { problem: error.code };
    throw error;
  }
}

/** Something was signed, and is refused for what it is: several signers, another content, bytes behind it. */
function saysItIsSigned(problem: string): boolean {
  return problem.startsWith('sod.') || problem === 'lds.trailing';
}

/** BSI TR-03135 wants it told. EF.COM is signed by nobody: nothing follows from it (security C1). */
function comAgrees(bytes: Uint8Array | undefined, sod: Sod | { readonly problem: string }): Check {
  const code = 'com.groups-agree';
  if (bytes === undefined || 'problem' in sod) return { code, outcome: 'skipped' };
  const com = understand(() => parseCom(bytes));
  if (com === null) return { code, outcome: 'impossible' };
  const listed = new Set(com.groups);
  const same =
    listed.size === sod.groupHashes.size && com.groups.every((n) => sod.groupHashes.has(n));
  return { code, outcome: same ? 'passed' : 'failed' };
}

function startOf(issued: string | null): number | null {
  const day = issued === null ? null : dayFromIso(issued);
  return day === null ? null : dayStartMs(day);
}
