import { generateKeyPairSync } from 'node:crypto';
import type {
  UpstreamAnswer,
  UpstreamRequest,
  UpstreamResult,
} from '../../../src/ports/upstream.ts';
import { TimeKeeper, type TimeKeeperDeps } from '../../../src/station/time-keeper.ts';
import { rawPublicKey } from '../../../src/sync/protocol/raw-keys.ts';
import { type RoleList, rootSigningKey, signRoles } from '../../../src/sync/protocol/roles.ts';
import type { RoleKey } from '../../../src/sync/protocol/statement.ts';
import { VERSIONS_HEADER } from '../../../src/sync/protocol/wire.ts';
import { type Line, SyncLoop } from '../../../src/sync/sync-loop.ts';
import { TlsKeys } from '../../../src/sync/upkeep/tls-keys.ts';
import { MemoryKept } from '../memory-kept.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { emptyDisk, MemoryJournal } from './memory-journal.ts';
import { ModelHub } from './model-hub.ts';
import { Seeded } from './seeded.ts';

export const NOW_MS = Date.UTC(2026, 10, 25, 8);
const STATION = 'cua-1';
const FAR_MS = Date.UTC(2050, 0, 1);
const DELAY_MS = 5;
const RECIPIENT: RoleKey = {
  ...{ role: 'recipient', id: 'recipient-1', notBeforeMs: 0, notAfterMs: FAR_MS },
  key: rawPublicKey(generateKeyPairSync('x25519').privateKey),
};

type RigOptions = {
  /** How far the machine's clock is off. */
  readonly wallAheadMs?: number;
  readonly time?: Partial<Pick<TimeKeeperDeps, 'batteryClock' | 'buildMs' | 'durable'>>;
  /** When the role list and its keys are over. */
  readonly rolesUntilMs?: number;
  readonly keysUntilMs?: number;
  /** The list held is older than the key that the hub signs with. */
  readonly isListOld?: boolean;
};

/** A station's whole dealings with a model hub on the virtual clock: the loop, a journal in memory, a line that can be cut. */
export class LoopRig implements Line {
  readonly clock = new VirtualClock(NOW_MS);
  readonly hub: ModelHub;
  readonly journal: MemoryJournal;
  readonly time: TimeKeeper;
  readonly loop: SyncLoop;
  /** Every alarm that was told, with its detail. */
  readonly told: string[] = [];
  /** `METHOD path` of every call, and when it was made, monotonic. */
  readonly asked: { readonly call: string; readonly atMs: number }[] = [];
  isCut = false;
  /** `m.r.p.d` as the hub tells it. */
  versions = '0.1.0.0';
  /** Answers in the hub's place; null leaves it to the hub. */
  instead: (request: UpstreamRequest) => UpstreamAnswer | null = () => null;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  readonly #root = generateKeyPairSync('ed25519').privateKey;
  readonly #options: RigOptions;

  constructor(options: RigOptions = {}) {
    const { wallAheadMs = 0, time = {} } = options;
    this.#options = options;
    const random = new Seeded(4);
    this.hub = new ModelHub(random, this.clock, 60_000);
    this.hub.isCalm = true;
    const { clock } = this;
    this.time = new TimeKeeper({
      clock: {
        wallMs: () => clock.wallMs() + wallAheadMs,
        monoMs: () => clock.monoMs(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
      ...{ buildMs: Date.UTC(2026, 9, 1), batteryClock: true, durable: null, ...time },
    });
    this.journal = new MemoryJournal(
      ...([
        emptyDisk(STATION, random),
        STATION,
        random,
        () => {},
        () => this.loop?.wake(),
      ] as const),
    );
    this.loop = this.#newLoop(random);
  }

  start(): void {
    this.#running = this.loop.run(this.#stop.signal);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(0);
    await this.#running;
  }

  /** A closed segment of one record. */
  write(): void {
    this.journal.append();
    this.journal.closeSegment();
  }

  /** Calls of which the text has this in it. */
  calls(part: string): number {
    return this.asked.filter(({ call }) => call.includes(part)).length;
  }

  /** What the hub signs over `nonce` now. */
  signedTime(nonce: Uint8Array): Uint8Array {
    const bytes = Buffer.from(JSON.stringify({ nonce: Buffer.from(nonce).toString('hex') }));
    const body = { type: 'application/json', bytes };
    const request = { method: 'POST', path: '/v1/time', body, answerBytesMax: 1_024 } as const;
    return this.hub.answer(STATION, request).body;
  }

  use(): void {}

  close(): void {}

  async ask(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResult> {
    this.asked.push({ call: `${request.method} ${request.path}`, atMs: this.clock.monoMs() });
    await this.clock.sleep(DELAY_MS, signal);
    if (this.isCut) return { kind: 'unreachable', reason: 'connect', message: 'no line' };
    if (signal.aborted) return { kind: 'unreachable', reason: 'aborted', message: '' };
    const answer = this.instead(request);
    if (answer !== null) return answer;
    if (request.path === '/v1/registers/manifest') return this.#poll(request, signal);
    if (request.path === '/v1/reports') return answered(200, { hubMs: 0 });
    if (request.path.startsWith('/v1/roles')) {
      return { ...answered(200, {}), body: this.#newestRoles() };
    }
    return this.hub.answer(STATION, request);
  }

  /** Nothing was ever published: a poll that may wait waits. */
  async #poll({ waitMs = 0 }: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
    if (waitMs > 0) await this.clock.sleep(waitMs, signal);
    const headers = { [VERSIONS_HEADER]: this.versions };
    return { ...answered(waitMs > 0 ? 304 : 404, { code: 'http.404', message: '' }), headers };
  }

  /** The newest list, as a root signed it. */
  #roles(version: number, keys: readonly RoleKey[]): Uint8Array {
    const { rolesUntilMs = FAR_MS, keysUntilMs = FAR_MS } = this.#options;
    const list: RoleList = {
      ...{ region: 'hcm', version, issuedMs: 0, notAfterMs: rolesUntilMs, manifestCeiling: 0 },
      ...{ roots: [rawPublicKey(this.#root)], authorities: [Uint8Array.of(48, 0)] },
      keys: keys.map((key) => ({ ...key, notAfterMs: keysUntilMs })),
    };
    return signRoles(list, rootSigningKey(this.#root));
  }

  #newestRoles(): Uint8Array {
    const { keys } = this.hub;
    return this.#roles(keys.length + (this.#options.isListOld === true ? 1 : 0), [
      RECIPIENT,
      ...keys,
    ]);
  }

  #newLoop(random: Seeded): SyncLoop {
    const { clock, time, journal } = this;
    const kept = new MemoryKept();
    const keys = this.#options.isListOld === true ? [RECIPIENT] : [RECIPIENT, ...this.hub.keys];
    kept.put({ roles: this.#roles(1, keys) });
    return new SyncLoop({
      identity: {
        ...{ region: 'hcm', station: STATION, sign: () => new Uint8Array(64) },
        time: () => time.interval(),
      },
      ...{ kept, clock, random: random.next, keyGrade: 'file' },
      journal: Object.assign(journal, { useRecipient: () => {} }),
      tlsKeys: new TlsKeys(noKeys()),
      sealingKey: generateKeyPairSync('x25519').privateKey,
      registers: { hasKey: () => true, addKey: () => {}, install: async () => [] },
      openLine: () => this,
      vouch: (answer) => time.vouch(answer),
      raiseFloor: (hubMs) => time.raiseFloor(hubMs),
      ...{ checkPolicy: () => {}, software: 'test', bootId: '00' },
      readiness: () => ({ problems: [], warnings: [] }),
      heldStops: () => [],
      onAlarm: (code, detail) => void this.told.push(`${code} ${JSON.stringify(detail)}`),
      ...{ onNews: () => {}, onLine: () => {} },
    });
  }
}

export function refusal(status: number, code: string): UpstreamAnswer {
  return answered(status, { code, message: code });
}

function answered(status: number, value: object): UpstreamAnswer {
  return { kind: 'answered', status, headers: {}, body: Buffer.from(JSON.stringify(value)) };
}

function noKeys() {
  return {
    ...{ grade: 'file' as const, describe: (name: string) => name, list: () => [] },
    ...{ read: () => null, readOrMake: (_: string, make: () => Uint8Array) => make() },
    ...{ write: () => {}, remove: () => {} },
  };
}
