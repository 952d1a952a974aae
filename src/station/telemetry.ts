import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * One log line and one metric per thing that happened, and nowhere else. Lines are JSON objects of codes and numbers;
 * a person's data has no field to be in.
 */
export type LogLine = Readonly<Record<string, string | number | boolean | null>>;
export type WriteLog = (line: LogLine) => void;

type Decided = {
  readonly verdict: string;
  readonly source: string;
  readonly test: boolean;
  readonly tookMs: number;
};

const DETAIL_CHARACTERS_MAX = 1_000;
const READING_BUCKETS_S = [0.25, 0.5, 1, 2, 3, 5, 10, 20];
const TOOK_BUCKETS_S = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

export class Telemetry {
  readonly #write: WriteLog;
  readonly #registry = new Registry();
  readonly #passages;
  readonly #took;
  readonly #device;
  readonly #deviceWarning;
  readonly #journalFaults;
  readonly #registerUsable;
  readonly #bugs;
  readonly #told;
  readonly #lookUps;
  readonly #cards;
  readonly #hubUp;
  readonly #unsent;
  readonly #syncAlarms;
  readonly #selfTest;

  constructor(write: WriteLog) {
    this.#write = write;
    const registers = [this.#registry];
    this.#passages = new Counter({
      name: 'chot_passages_total',
      help: 'Decided passages; those of test codes are marked.',
      labelNames: ['lane', 'verdict', 'test'],
      registers,
    });
    this.#took = new Histogram({
      name: 'chot_verdict_seconds',
      help: 'From frame or text in memory to verdict.',
      labelNames: ['lane', 'source'],
      buckets: TOOK_BUCKETS_S,
      registers,
    });
    this.#device = new Gauge({
      name: 'chot_device_online',
      help: '1 while the device works.',
      labelNames: ['device'],
      registers,
    });
    this.#deviceWarning = new Gauge({
      name: 'chot_device_warning',
      help: '1 while something is wrong with a device that works, by code.',
      labelNames: ['device', 'warning'],
      registers,
    });
    this.#journalFaults = new Counter({
      name: 'chot_journal_faults_total',
      help: 'Times the journal could not write.',
      labelNames: ['cause'],
      registers,
    });
    this.#registerUsable = new Gauge({
      name: 'chot_register_usable',
      help: '1 while the register opens and finds its canaries.',
      labelNames: ['register'],
      registers,
    });
    this.#told = new Counter({
      name: 'chot_lane_events_total',
      help: 'What lanes told besides verdicts.',
      labelNames: ['lane', 'what'],
      registers,
    });
    this.#lookUps = new Counter({
      name: 'chot_look_ups_total',
      help: 'People looked up without a passage, as recorded.',
      labelNames: ['reason'],
      registers,
    });
    this.#cards = new Histogram({
      name: 'chot_card_seconds',
      help: 'From the first command to a chip card until it was judged, by what it proved or why it came to nothing.',
      labelNames: ['lane', 'outcome'],
      buckets: READING_BUCKETS_S,
      registers,
    });
    this.#hubUp = new Gauge({ name: 'chot_hub_up', help: '1 while the hub answers.', registers });
    this.#unsent = new Gauge({
      name: 'chot_unsent_segments',
      help: 'Closed segments that the hub has not acknowledged.',
      registers,
    });
    this.#syncAlarms = new Counter({
      name: 'chot_sync_alarms_total',
      help: 'What went wrong between this station and its hub, by code.',
      labelNames: ['code'],
      registers,
    });
    this.#selfTest = new Gauge({
      name: 'chot_self_test_passed',
      help: '1 once a known-good code was understood and a known-bad one refused since the start.',
      registers,
    });
    this.#bugs = new Counter({
      name: 'chot_bugs_total',
      help: 'Faults of the software itself.',
      labelNames: ['where'],
      registers,
    });
  }

  get metricsType(): string {
    return this.#registry.contentType;
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  started(station: string, software: string, origin: string): void {
    this.#write({ event: 'started', station, software, origin });
  }

  /** `code`: what failed. */
  selfTest(code: string | null, tookMs: number): void {
    this.#selfTest.set(code === null ? 1 : 0);
    this.#write({ event: 'self-test', passed: code === null, code, tookMs: Math.round(tookMs) });
  }

  stopped(): void {
    this.#write({ event: 'stopped' });
  }

  decided(lane: string, { verdict, source, test, tookMs }: Decided): void {
    this.#passages.inc({ lane, verdict, test: String(test) });
    this.#took.observe({ lane, source }, tookMs / 1_000);
    this.#write({ event: 'decided', lane, verdict, source, test, tookMs: Math.round(tookMs) });
  }

  cardEnded(lane: string, outcome: string, tookMs: number): void {
    this.#cards.observe({ lane, outcome }, tookMs / 1_000);
    this.#write({ event: 'card-ended', lane, outcome, tookMs: Math.round(tookMs) });
  }

  /** Something a lane tells: an overdue person in the tray, a full lane, an emergency opening. */
  lane(lane: string, what: string): void {
    this.#told.inc({ lane, what });
    this.#write({ event: 'lane', lane, what });
  }

  deviceOnline(device: string): void {
    this.#device.set({ device }, 1);
    this.#write({ event: 'device-online', device });
  }

  /** `detail`: the device's last words, which hold no credentials and nobody's data. */
  deviceOffline(device: string, reason: string, detail: readonly string[]): void {
    this.#device.set({ device }, 0);
    const words = detail.join(' | ').slice(-DETAIL_CHARACTERS_MAX);
    this.#write({ event: 'device-offline', device, reason, detail: words });
  }

  /** Something is wrong with a device that works; null: not any more. */
  deviceWarning(device: string, warning: string | null, before: string | null): void {
    if (before !== null) this.#deviceWarning.set({ device, warning: before }, 0);
    if (warning !== null) this.#deviceWarning.set({ device, warning }, 1);
    this.#write({ event: 'device-warning', device, warning });
  }

  journalLost(cause: string): void {
    this.#journalFaults.inc({ cause });
    this.#write({ event: 'journal-lost', cause });
  }

  journalBack(decided: number, crossed: number): void {
    this.#write({ event: 'journal-back', decided, crossed });
  }

  /** What the journal itself says of its disk. */
  journal(event: { readonly kind: string; readonly fault?: string; readonly code?: string }): void {
    this.#write({ event: `journal-${event.kind}`, code: event.fault ?? event.code ?? null });
  }

  /** People were looked up on the command line, and it is in the journal. */
  lookUps(reason: string, count: number): void {
    this.#lookUps.inc({ reason }, count);
    this.#write({ event: 'look-ups', reason, count });
  }

  lookUpsNotRecorded(code: string): void {
    this.#write({ event: 'look-ups-not-recorded', code });
  }

  trustChanges(count: number): void {
    this.#write({ event: 'trust-changes', count });
  }

  trustChangesNotRecorded(code: string): void {
    this.#write({ event: 'trust-changes-not-recorded', code });
  }

  /** `names`: the parts that did not answer the watchdog's question, so that it was not fed. */
  watchdogStarved(names: readonly string[]): void {
    this.#write({ event: 'watchdog-starved', parts: names.join(', ') });
  }

  timeNotKept(code: string): void {
    this.#write({ event: 'time-not-kept', code });
  }

  /** Told when it changes. `reason`: why it does not answer. */
  hubLine(state: string, reason: string | null): void {
    this.#hubUp.set(state === 'up' ? 1 : 0);
    this.#write({ event: 'hub-line', state, reason });
  }

  unsent(segments: number): void {
    this.#unsent.set(segments);
  }

  /** `detail`: hashes, sequences and versions of the protocol. */
  syncAlarm(code: string, detail: Readonly<Record<string, string | number>>): void {
    this.#syncAlarms.inc({ code });
    this.#write({ event: 'sync-alarm', code, detail: JSON.stringify(detail) });
  }

  /** A statement of the hub, or new registers, were taken up. */
  taken(what: string): void {
    this.#write({ event: 'taken-from-hub', what });
  }

  /** Told when it changes. */
  register(register: string, state: string): void {
    this.#registerUsable.set({ register }, state === 'usable' ? 1 : 0);
    this.#write({ event: 'register', register, state });
  }

  /** Only where it happened and what class of error: a message may hold what somebody showed. */
  bug(where: string, error: unknown): void {
    this.#bugs.inc({ where });
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const at = /\n\s+at (.*)/.exec(stack)?.[1] ?? '';
    this.#write({
      event: 'bug',
      where,
      kind: error instanceof Error ? error.name : typeof error,
      at: at.replace(/\(?file:\/\/.*\/(dist|src)\//, '').slice(0, 200),
    });
  }
}
