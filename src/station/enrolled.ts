import { join } from 'node:path';
import { parseSealTo, type Recipient } from '../journal/recipient.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { HeldStatements } from '../sync/downlink/held-statements.ts';
import { type Enrolment, enrolmentOf } from '../sync/enrolment/enrolment.ts';
import type { Kept } from '../sync/kept.ts';
import { SqliteKept } from '../sync/sqlite-kept.ts';
import { chooseRecipient } from '../sync/upkeep/choose-recipient.ts';
import type { StationConfig } from './config-schema.ts';
import type { DataDirectory } from './data-directory.ts';

/** What the station keeps of its hub. Throws StorageFault. */
export function openKept(data: Pick<DataDirectory, 'path' | 'keys'>): SqliteKept {
  return new SqliteKept(join(data.path, 'sync.db'), data.keys.database);
}

/** Null for a station that is not enrolled. Throws ConfigError when the configuration names another station or hub. */
export function enrolmentFor(kept: Kept, { station, hub }: StationConfig): Enrolment | null {
  const enrolment = enrolmentOf(kept);
  if (enrolment === null) return null;
  if (enrolment.station !== station.id) {
    throw new ConfigError(
      `this machine is enrolled as station "${enrolment.station}", the configuration says "${station.id}": put the right station.id or data directory`,
    );
  }
  if (hub !== undefined && new URL(hub.url).origin !== enrolment.hub) {
    throw new ConfigError(
      `this machine is enrolled at ${enrolment.hub}, hub.url says ${hub.url}: mend hub.url, or enrol again (chot enrol --again)`,
    );
  }
  return enrolment;
}

/**
 * Whom the journal is sealed to at a start: of an enrolled station the newest recipient of its role list, also one past its term
 * rather than nobody; else `[journal] sealTo`. Throws ConfigError when there is none.
 */
export function recipientFor(
  kept: Kept | null,
  sealTo: string | undefined,
  time: TimeInterval,
): Recipient {
  const keys = kept === null ? [] : new HeldStatements(kept).roles.value.keys;
  const recipients = keys.filter(({ role }) => role === 'recipient');
  const newest = recipients.toSorted((a, b) => b.notBeforeMs - a.notBeforeMs)[0] ?? null;
  const chosen = chooseRecipient(keys, time) ?? newest;
  if (chosen !== null) return { id: chosen.id, publicKey: chosen.key };
  if (sealTo !== undefined) return parseSealTo(sealTo);
  throw new ConfigError(
    'nobody is named whom records are sealed to: enrol this station (chot enrol), or give journal.sealTo',
  );
}
