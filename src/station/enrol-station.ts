import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { enrol } from '../sync/enrolment/enrol.ts';
import { type Enrolment, enrolmentOf } from '../sync/enrolment/enrolment.ts';
import { HttpsUpstream } from '../sync/line/https-upstream.ts';
import { LineState } from '../sync/line/line-state.ts';
import type { EnrolmentCode } from '../sync/protocol/enrolment-code.ts';
import { TlsKeys } from '../sync/upkeep/tls-keys.ts';
import type { BuildInfo } from './build-info.ts';
import type { DataDirectory } from './data-directory.ts';
import { syncFolder } from './durable-file.ts';
import { hasBatteryClock, readDurableTime } from './durable-time.ts';
import { openKept } from './enrolled.ts';
import { TimeKeeper } from './time-keeper.ts';

const LOCAL_KEY = /^register-\d+\.key$/;

export type EnrolOptions = {
  readonly data: DataDirectory;
  readonly hub: URL;
  readonly code: EnrolmentCode;
  /** An enrolled machine becomes another station, or the same one anew. */
  readonly again: boolean;
  readonly build: BuildInfo;
  readonly clock: Clock;
};

/**
 * Enrols this machine (security E4); the caller holds the lock of the data directory, so no lane runs. Registers that were
 * imported under a key of the station's own are removed: the hub's come under the region's. Throws ConfigError for one that is
 * enrolled already, EnrolmentRefused and InputError as `enrol` does.
 */
export async function enrolStation(
  { data, hub, code, again, build, clock }: EnrolOptions,
  signal: AbortSignal,
): Promise<Enrolment> {
  const kept = openKept(data);
  const time = new TimeKeeper({
    ...{ clock, buildMs: build.builtMs, batteryClock: hasBatteryClock() },
    durable: readDurableTime(data.path),
  });
  const upstream = new HttpsUpstream({
    ...{ url: hub, identity: null, clock, time: () => time.interval() },
    trusted: { kind: 'pinned', sha256: code.authorityHash },
  });
  try {
    const before = enrolmentOf(kept);
    if (before !== null && !again) {
      throw new ConfigError(
        `this machine is station "${before.station}" at ${before.hub} already: chot enrol --again makes it another one, chot wipe ends it`,
      );
    }
    const enrolment = await enrol(
      {
        ...{ hub, code, upstream, kept, line: new LineState(clock, () => {}) },
        ...{ signingKey: data.keys.stationSigning, sealingKey: data.keys.stationSealing },
        tlsKeys: new TlsKeys(data.keyStore),
      },
      signal,
    );
    if (kept.get('generations') === null) removeLocalRegisters(data);
    return enrolment;
  } finally {
    upstream.close();
    kept.close();
  }
}

function removeLocalRegisters({ registersFolder, keyStore }: DataDirectory): void {
  for (const name of readdirSync(registersFolder)) {
    rmSync(join(registersFolder, name), { recursive: true, force: true });
  }
  syncFolder(registersFolder);
  for (const name of keyStore.list()) {
    if (LOCAL_KEY.test(name)) keyStore.remove(name);
  }
}
