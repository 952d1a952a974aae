import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '../chip/trust/certificate.ts';
import {
  type Anchor,
  addAnchor,
  EMPTY_TRUST_STORE,
  type TrustStore,
} from '../chip/trust/trust-store.ts';
import { generateRecipient } from '../journal/recipient.ts';
import { dayOf, dayToIso } from '../kernel/calendar.ts';
import type { Clock } from '../ports/clock.ts';
import { importRegister } from '../registers/import-register.ts';
import { type BuildInfo, readBuildInfo } from '../station/build-info.ts';
import { parseConfig } from '../station/config.ts';
import { type DataDirectory, openDataDirectory } from '../station/data-directory.ts';
import { enrolStation } from '../station/enrol-station.ts';
import { pinVerifier } from '../station/officers.ts';
import { type RunningStation, startStation } from '../station/station.ts';
import { syncOnce } from '../station/sync-once.ts';
import type { WriteLog } from '../station/telemetry.ts';
import { writeTrust } from '../station/trust-files.ts';
import { parseEnrolmentCode } from '../sync/protocol/enrolment-code.ts';
import { type DemoPorts, demoConfigText } from './demo-config.ts';
import type { DemoReader } from './demo-reader.ts';

export const DEMO_OFFICER = { id: 'can-bo-mau', name: 'Cán bộ Mẫu', pin: '2468' } as const;

export type DemoStationOptions = {
  readonly folder: string;
  readonly port: number;
  readonly camera: { readonly driver: 'rtsp' | 'file' | 'mjpeg'; readonly source: string };
  readonly picture: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly framesPerS: number;
  };
  /** Where the registers come from: files by name, as an operator would import them here, or a hub that has invited the station. */
  readonly from:
    | { readonly kind: 'files'; readonly registers: Readonly<Record<string, string>> }
    | { readonly kind: 'hub'; readonly url: string; readonly code: string };
  /** Certificate (DER) of who issued the guests' chip cards, and what those are laid on; null where nobody has one. */
  readonly chips: { readonly anchor: Uint8Array; readonly reader: DemoReader } | null;
  /** Serial ports of simulated devices; null: there is none. */
  readonly ports: DemoPorts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: WriteLog;
};

export type DemoStation = RunningStation & {
  readonly data: DataDirectory;
  /** The private key that opens the journal of a station without a hub, PKCS #8 PEM file. */
  readonly journalKeyFile: string;
};

/** A real station in a temporary folder, configured and filled the way an operator would do it. */
export async function startDemoStation(
  options: DemoStationOptions,
  signal: AbortSignal,
): Promise<DemoStation> {
  const { folder, chips, clock, random, log } = options;
  const { sealTo, privateKeyPem } = generateRecipient('demo');
  const journalKeyFile = join(folder, 'journal-recipient.pem');
  writeFileSync(journalKeyFile, privateKeyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'officers.toml'), await officersText(), { mode: 0o600 });
  const configFile = join(folder, 'station.toml');
  writeFileSync(configFile, configText(options, sealTo));
  const build = readBuildInfo();
  const data = await filledDirectory(options, build, signal);
  if (chips !== null) writeTrust(data.path, pinned(chips.anchor, clock));
  const station = await startStation(
    {
      config: parseConfig(configText(options, sealTo), configFile),
      folder,
      data,
      build,
      clock,
      random,
      log,
      readers: chips?.reader.sources ?? { emulated: new Map(), pcscSocket: null },
      demo: true,
      manager: null,
    },
    signal,
  );
  return { ...station, data, journalKeyFile };
}

/** The data directory with registers in it; everything of the hub's is in force before the first lane opens. */
async function filledDirectory(
  { folder, from, clock, random }: DemoStationOptions,
  build: BuildInfo,
  signal: AbortSignal,
): Promise<DataDirectory> {
  const data = openDataDirectory(join(folder, 'data'));
  if (from.kind === 'files') {
    for (const [register, csv] of Object.entries(from.registers)) {
      await importCsv(register, csv, data, clock, signal);
    }
    return data;
  }
  const code = parseEnrolmentCode(from.code);
  await enrolStation({ data, hub: new URL(from.url), code, again: false, build, clock }, signal);
  await syncOnce({ data, build, clock, random, progress: () => {} }, signal);
  // Opened anew, now that the region's key is there.
  return openDataDirectory(data.path);
}

function configText(options: DemoStationOptions, sealTo: string): string {
  const { port, camera, picture, chips, from, ports } = options;
  return demoConfigText({
    ...{ port, camera, reader: chips?.reader.config ?? null, ports, ...picture },
    ...(from.kind === 'files' ? { sealTo, hubUrl: null } : { sealTo: null, hubUrl: from.url }),
  });
}

function pinned(der: Uint8Array, clock: Clock): TrustStore {
  const anchor: Anchor = {
    certificate: parseCertificate(der),
    purpose: 'cccd',
    source: 'chot demo',
    addedDay: dayToIso(dayOf(clock.wallMs())),
  };
  // Made a moment ago and gone with the demo: nothing that is published can be among it.
  const outcome = addAnchor(EMPTY_TRUST_STORE, anchor, new Set());
  if (outcome.kind !== 'refused') return outcome.store;
  throw new Error(`the demo's own issuer is refused: ${outcome.code}`);
}

async function officersText(): Promise<string> {
  const { id, name, pin } = DEMO_OFFICER;
  const verifier = await pinVerifier(pin, randomBytes(16));
  return `[[officer]]\nid = "${id}"\nname = "${name}"\npin = "${verifier}"\nuntil = "2099-12-31"\n`;
}

async function importCsv(
  register: string,
  csv: string,
  data: DataDirectory,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = clock.wallMs();
  const outcome = await importRegister({
    input: (async function* () {
      yield new TextEncoder().encode(csv);
    })(),
    format: 'csv',
    register,
    asOfMs: nowMs,
    nowMs,
    defaultDays: null,
    allowEmpty: false,
    allowOlder: false,
    folder: data.registersFolder,
    secrets: { databaseKey: data.keys.database, region: data.keys.region },
    signal,
  });
  if (outcome.kind === 'refused') {
    throw new Error(`the demo's own ${register} list has ${outcome.badTotal} bad lines`);
  }
}
