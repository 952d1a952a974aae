import { createHash, randomBytes, sign } from 'node:crypto';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { RegisterStore } from '../registers/register-store.ts';
import type { DownlinkNews } from '../sync/downlink/downlink-deps.ts';
import type { Enrolment } from '../sync/enrolment/enrolment.ts';
import type { Kept } from '../sync/kept.ts';
import { HttpsUpstream } from '../sync/line/https-upstream.ts';
import { SyncLoop } from '../sync/sync-loop.ts';
import { TlsKeys } from '../sync/upkeep/tls-keys.ts';
import type { DataDirectory } from './data-directory.ts';
import { parseSignedPolicy } from './signed-policy.ts';
import { syncRegisters } from './sync-registers.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeKeeper } from './time-keeper.ts';

const BOOT_ID_BYTES = 8;

export type StationSyncParts = {
  readonly enrolment: Enrolment;
  readonly data: DataDirectory;
  readonly kept: Kept;
  readonly journal: Journal;
  /** Null for a command beside which no lane looks anybody up. */
  readonly registers: RegisterStore | null;
  readonly time: TimeKeeper;
  readonly clock: Clock;
  readonly random: () => number;
  readonly software: string;
  readonly telemetry: Pick<Telemetry, 'syncAlarm' | 'hubLine'>;
  readonly readiness: () => {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
  };
  readonly onNews: (news: DownlinkNews) => void;
  /** Sequences of the passages that a lane holds as stops now. */
  readonly heldStops: () => readonly number[];
};

/** The dealings of this machine's station with its hub, over HTTPS. Throws StorageFault when enrolment left nothing whole. */
export function stationSync(parts: StationSyncParts): SyncLoop {
  const { enrolment, data, kept, journal, registers, time, clock, random, telemetry } = parts;
  const { region, station, hub } = enrolment;
  const { stationSigning, stationSealing } = data.keys;
  const interval = () => time.interval();
  return new SyncLoop({
    identity: {
      ...{ region, station, time: interval },
      sign: (bytes) => sign(null, bytes, stationSigning),
    },
    ...{ kept, journal, clock, random, software: parts.software },
    tlsKeys: new TlsKeys(data.keyStore),
    sealingKey: stationSealing,
    keyGrade: data.keyStore.grade,
    registers: syncRegisters({ data, kept, store: registers, nowMs: () => time.nowMs() }),
    openLine: (shown) => new HttpsUpstream({ url: new URL(hub), time: interval, clock, ...shown }),
    vouch: (answer) => time.vouch(answer),
    raiseFloor: (hubMs) => time.raiseFloor(hubMs),
    checkPolicy: parseSignedPolicy,
    bootId: randomBytes(BOOT_ID_BYTES).toString('hex'),
    readiness: () => codesOf(parts.readiness()),
    onAlarm: (code, detail) => telemetry.syncAlarm(code, detail),
    onNews: parts.onNews,
    heldStops: parts.heldStops,
    onLine: ({ state, reason }) => telemetry.hubLine(state, reason),
  });
}

/** Codes of the protocol have 48 characters; a device's id may make a longer one, which is told by its hash then. */
function codesOf({ problems, warnings }: ReturnType<StationSyncParts['readiness']>) {
  return { problems: problems.map(shortened), warnings: warnings.map(shortened) };
}

function shortened(code: string): string {
  if (/^[a-z0-9.-]{1,48}$/.test(code)) return code;
  return `other.${createHash('sha256').update(code).digest('hex').slice(0, 16)}`;
}
