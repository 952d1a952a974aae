import type { KeyObject } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { StorageFault } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyGrade } from '../ports/key-store.ts';
import type { Upstream } from '../ports/upstream.ts';
import { type AlarmCode, type AlarmDetail, Alarms } from './alarms.ts';
import { type ImportOutcome, importBundle } from './bundle/import-bundle.ts';
import type { RaiseFloor, StickJournal } from './bundle/import-deps.ts';
import type { OpenBundle } from './bundle/open-bundle.ts';
import type { DownlinkNews } from './downlink/downlink-deps.ts';
import { HeldStatements, type Versions } from './downlink/held-statements.ts';
import type { RegisterPort } from './downlink/register-port.ts';
import { Downlink } from './downlink/run-downlink.ts';
import type { Kept } from './kept.ts';
import { keptTokens } from './kept-tokens.ts';
import { type KnownHub, keepHub, keptHub } from './known-hub.ts';
import type { HttpsUpstreamOptions } from './line/https-upstream.ts';
import { HubCalls } from './line/hub-calls.ts';
import { type LineSnapshot, LineState } from './line/line-state.ts';
import type { ReportRequest } from './protocol/wire.ts';
import type { StationIdentity } from './station-identity.ts';
import { askTime, type Vouch } from './upkeep/ask-time.ts';
import { CaseCodes } from './upkeep/case-codes.ts';
import { currentIdentity, renewCertificate } from './upkeep/renew-certificate.ts';
import { headText, reportOf } from './upkeep/report.ts';
import { Upkeep } from './upkeep/run-upkeep.ts';
import { type SealingJournal, sealToNewest, tendJournal } from './upkeep/tend-journal.ts';
import type { TlsKeys } from './upkeep/tls-keys.ts';
import { Uplink } from './uplink/run-uplink.ts';

/** Every call under way and whoever sleeps; beyond the ten that Node takes for a leak. */
const LISTENERS_MAX = 64;

export type Shown = Pick<HttpsUpstreamOptions, 'trusted' | 'identity'>;

/** A line that can be shown other authorities and another certificate. */
export type Line = Upstream & { use(shown: Shown): void; close(): void };

export type SyncDeps = {
  readonly identity: Omit<StationIdentity, 'keys'>;
  readonly kept: Kept;
  readonly tlsKeys: TlsKeys;
  /** `station.x25519`. */
  readonly sealingKey: KeyObject;
  readonly keyGrade: KeyGrade;
  readonly journal: SealingJournal & StickJournal;
  readonly registers: RegisterPort;
  readonly openLine: (shown: Shown) => Line;
  readonly vouch: Vouch;
  /** It is later than this, a hub has signed. */
  readonly raiseFloor: RaiseFloor;
  /** Throws InputError when the JSON is no policy. */
  readonly checkPolicy: (json: string) => unknown;
  readonly clock: Clock;
  readonly random: () => number;
  readonly software: string;
  /** Hexadecimal, drawn at this start. */
  readonly bootId: string;
  /** What the station says of itself, alarms of this part included. */
  readonly readiness: () => Pick<ReportRequest, 'problems' | 'warnings'>;
  /** Sequences of the passages that a lane holds as stops now, recorded ones only. */
  readonly heldStops: () => readonly number[];
  readonly onAlarm: (code: AlarmCode, detail: AlarmDetail) => void;
  readonly onNews: (news: DownlinkNews) => void;
  readonly onLine: (line: LineSnapshot) => void;
};

/** For screens, `/metrics`, doctor and commands. */
export type SyncSnapshot = {
  readonly line: LineSnapshot;
  /** Closed segments that the hub has not acknowledged; null while the journal cannot be read. */
  readonly unsent: number | null;
  /** Of these, those that it does not take. */
  readonly refused: number;
  readonly versions: Versions;
  readonly alarms: readonly AlarmCode[];
  /** Everything is sent, and everything that the hub has is in place. */
  readonly isCurrent: boolean;
};

/** An enrolled station's dealings with its hub. */
export class SyncLoop {
  readonly held: HeldStatements;
  readonly #deps: SyncDeps;
  readonly #alarms: Alarms;
  readonly #state: LineState;
  readonly #line: Line;
  readonly #identity: StationIdentity;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #upkeep: Upkeep;
  readonly #cases: CaseCodes;
  #unsentSinceMs: number | null = null;

  /** Throws StorageFault when what enrolment left is not whole. */
  constructor(deps: SyncDeps) {
    this.#deps = deps;
    const { kept, journal, clock, random } = deps;
    this.held = new HeldStatements(kept);
    this.#alarms = new Alarms(deps.onAlarm);
    this.#state = new LineState(clock, (line) => this.#noteLine(line));
    this.#identity = { ...deps.identity, keys: () => this.held.roles.value.keys };
    this.#line = deps.openLine(this.#shown());
    const calls = new HubCalls({
      ...{ upstream: this.#line, line: this.#state, tokens: keptTokens(kept) },
      head: () => headText(journal.head()),
    });
    const common = {
      ...{ calls, identity: this.#identity, clock, random, alarms: this.#alarms },
      termsKnown: (signal: AbortSignal) => this.#upkeep.termsKnown(signal),
      fetchRoles: (signal: AbortSignal) => this.#downlink.fetchRoles(signal),
    };
    this.#uplink = new Uplink({
      ...{ ...common, journal },
      noteHub: (hub) => this.#noteHub(hub),
    });
    this.#downlink = new Downlink({
      ...{ ...common, line: this.#state, held: this.held, registers: deps.registers },
      ...{ sealingKey: deps.sealingKey, checkPolicy: deps.checkPolicy },
      askTime: (signal) => this.#upkeep.askTimeNow(signal),
      onNews: (news) => this.#noteNews(news),
    });
    this.#cases = new CaseCodes({ calls, journal, heldStops: deps.heldStops });
    this.#upkeep = this.#newUpkeep(calls);
  }

  /** Short code of the case that a stop opened at the hub; null while the hub has not said. */
  caseCode(passage: number): string | null {
    return this.#cases.code(passage);
  }

  /** A segment was closed. */
  wake(): void {
    this.#uplink.wake();
  }

  /** Somebody waits: what waits out a failure tries again at once. */
  hurry(): void {
    this.#state.hurry();
    this.#uplink.lineUp();
  }

  /** The hub answered lately: segments are closed soon and sent at once. */
  get hubAnswers(): boolean {
    return this.#state.isUp;
  }

  snapshot(): SyncSnapshot {
    const unsent = this.#unsent();
    return {
      ...{ line: this.#state.snapshot(), unsent, refused: this.#uplink.refusedCount },
      ...{ versions: this.held.versions(), alarms: this.#alarms.list() },
      isCurrent: unsent !== null && this.#uplink.isDrained() && this.#downlink.isCurrent,
    };
  }

  /** Takes up what came on a stick, beside `run` or without it. Rejects with StorageFault, and with the signal's reason. */
  async importBundle(bundle: OpenBundle, signal: AbortSignal): Promise<ImportOutcome> {
    const { kept, journal, registers, sealingKey, checkPolicy, raiseFloor, clock } = this.#deps;
    const outcome = await importBundle(
      bundle,
      {
        ...{
          held: this.held,
          kept,
          journal,
          registers,
          sealingKey,
          checkPolicy,
          raiseFloor,
          clock,
        },
        ...{ identity: this.#identity, alarms: this.#alarms },
        install: (manifest, files, stop) => this.#downlink.installFromStick(manifest, files, stop),
        onNews: (news) => this.#noteNews(news),
      },
      signal,
    );
    this.wake();
    return outcome;
  }

  /** Until `signal` aborts and nothing is under way any more. Rejects only for what is a bug. */
  async run(signal: AbortSignal): Promise<void> {
    const { journal, clock } = this.#deps;
    const fault = new AbortController();
    const stopped = AbortSignal.any([signal, fault.signal]);
    setMaxListeners(LISTENERS_MAX, stopped);
    const tended = { journal, identity: this.#identity, clock, alarms: this.#alarms };
    try {
      // Whoever signs the time may be known only since.
      await this.#downlink.fetchRoles(stopped);
      await this.#upkeep.askTimeNow(stopped);
      const parts = [
        tendJournal({ ...tended, backupIntervalMs: () => this.#backupIntervalMs() }, stopped),
        this.#uplink.run(stopped),
        this.#downlink.run(stopped),
        this.#upkeep.run(stopped),
      ];
      try {
        await Promise.all(parts);
      } finally {
        fault.abort();
        await Promise.allSettled(parts);
      }
    } finally {
      this.#line.close();
    }
  }

  #newUpkeep(calls: HubCalls): Upkeep {
    const { kept, tlsKeys, clock, random, vouch } = this.#deps;
    const common = { calls, identity: this.#identity, alarms: this.#alarms };
    const fetchRoles = (signal: AbortSignal) => this.#downlink.fetchRoles(signal);
    const asking = { ...common, clock, vouch, fetchRoles };
    const works = async (signal: AbortSignal) => {
      const answer = await askTime(asking, signal);
      return answer.kind === 'failed' ? answer.failure : null;
    };
    return new Upkeep({
      ...{ ...common, clock, random, line: this.#state },
      roles: () => this.held.roles.value,
      report: () => this.#report(),
      askCases: (signal) => this.#cases.ask(signal),
      askTime: (signal) => askTime(asking, signal),
      renewCertificate: (signal) =>
        renewCertificate(
          {
            ...{ ...common, kept, keys: tlsKeys, works },
            authorities: () => this.held.roles.value.authorities,
            show: (identity) => this.#line.use({ ...this.#shown(), identity }),
          },
          signal,
        ),
    });
  }

  #report(): ReportRequest {
    const { identity, journal, keyGrade, software, bootId, readiness } = this.#deps;
    const unsent = this.#unsent() ?? 0;
    const time = identity.time();
    this.#unsentSinceMs = unsent === 0 ? null : (this.#unsentSinceMs ?? time.earliestMs);
    return reportOf({
      ...{ software, bootId, versions: this.held.versions(), unsent, time, keyGrade },
      ...{ oldestUnsentMs: this.#unsentSinceMs, head: journal.head(), ...readiness() },
    });
  }

  /** Also what a stick said: without a line the journal is pruned all the same. */
  #backupIntervalMs(): number | null {
    return this.#uplink.backupIntervalMs ?? keptHub(this.#deps.kept)?.backupIntervalMs ?? null;
  }

  #noteHub({ hub, backupIntervalMs }: Omit<KnownHub, 'atMs'>): void {
    const { kept, identity } = this.#deps;
    const known = keptHub(kept);
    if (known?.hub === hub && known.backupIntervalMs === backupIntervalMs) return;
    keepHub(kept, { hub, backupIntervalMs, atMs: Math.floor(identity.time().earliestMs) });
  }

  #unsent(): number | null {
    try {
      return this.#deps.journal.uploads.unsentCount();
    } catch (error) {
      if (error instanceof StorageFault) return null;
      throw error;
    }
  }

  #shown(): Shown {
    const { kept, tlsKeys } = this.#deps;
    const { authorities } = this.held.roles.value;
    return { trusted: { kind: 'listed', authorities }, identity: currentIdentity(kept, tlsKeys) };
  }

  #noteNews(news: DownlinkNews): void {
    const { journal, onNews } = this.#deps;
    if (news === 'roles') {
      this.#line.use(this.#shown());
      sealToNewest({ journal, identity: this.#identity, alarms: this.#alarms });
    }
    onNews(news);
  }

  #noteLine(line: LineSnapshot): void {
    if (line.state === 'up') this.#uplink.lineUp();
    this.#deps.onLine(line);
  }
}
