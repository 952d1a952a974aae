import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RegisterStore } from '../../registers/register-store.ts';
import { registerUse } from '../../rules/ask-registers.ts';
import type { RegisterUse } from '../../rules/verdict.ts';
import { enrolmentOf } from '../../sync/enrolment/enrolment.ts';
import { SqliteKept } from '../../sync/sqlite-kept.ts';
import type { KeptHub, RegisterLimitsH } from '../machine.ts';

const HOUR_MS = 3_600_000;
const KEY_BYTES = 32;
const REGISTER_KEY = /^register-([1-9][0-9]{0,8})\.key$/;

/** What lies in a data directory, looked at without making or changing anything in it. Null: it cannot be read. */
export function readRegisters(
  dataDir: string,
  keyNames: readonly string[],
  { registers, ageingH, expiredH }: RegisterLimitsH,
  nowMs: number,
): readonly RegisterUse[] | null {
  const databaseKey = keyOf(dataDir, 'db.key');
  const region = newestRegion(dataDir, keyNames);
  const folder = join(dataDir, 'registers');
  if (databaseKey === null || region === null || !existsSync(folder)) return null;
  const store = new RegisterStore(folder, { databaseKey, region });
  try {
    const time = { earliestMs: nowMs, latestMs: nowMs, trust: 'carried' } as const;
    return [...new Set(['f0', ...registers])].map((register) => {
      const ageingMs = (ageingH[register] ?? 0) * HOUR_MS;
      const limits = { ageingMs, expiredMs: (expiredH[register] ?? 0) * HOUR_MS };
      return registerUse(register, store.condition(register), limits, time);
    });
  } finally {
    store.close();
  }
}

function newestRegion(dataDir: string, names: readonly string[]) {
  const generation = Math.max(0, ...names.map((name) => Number(REGISTER_KEY.exec(name)?.[1] ?? 0)));
  const key = generation === 0 ? null : keyOf(dataDir, `register-${generation}.key`);
  return key === null ? null : { generation, key };
}

/** Null where no enrolment ever was. */
export function readKeptHub(dataDir: string): KeptHub | null | 'unreadable' {
  const file = join(dataDir, 'sync.db');
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
    const key = keyOf(dataDir, 'db.key');
    if (key === null) return 'unreadable';
    const kept = new SqliteKept(file, key, 'read-only');
    try {
      const enrolment = enrolmentOf(kept);
      if (enrolment === null) return null;
      const { hub, station } = enrolment;
      return { hub, station, certificateUntilMs: untilOf(kept.get('certificate')) };
    } finally {
      kept.close();
    }
  } catch {
    return 'unreadable';
  }
}

function untilOf(pem: Uint8Array | null): number | null {
  return pem === null ? null : Date.parse(new X509Certificate(Buffer.from(pem)).validTo);
}

function keyOf(dataDir: string, name: string): Uint8Array | null {
  try {
    const bytes = readFileSync(join(dataDir, 'keys', name));
    return bytes.length === KEY_BYTES ? bytes : null;
  } catch {
    return null;
  }
}
