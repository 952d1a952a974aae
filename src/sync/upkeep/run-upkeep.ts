import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import type { LineState } from '../line/line-state.ts';
import { waitAfter } from '../line/patience.ts';
import { tellFailure } from '../line/tell-failure.ts';
import type { ReportRequest } from '../protocol/wire.ts';
import { gist, sendReport } from './report.ts';

const LOOK_EVERY_MS = 1_000;
const TIME_EVERY_MS = 30 * 60_000;
const REPORT_EVERY_MS = 60_000;
const CERTIFICATE_EVERY_MS = 3_600_000;
/** While somebody is held whose case has no code yet; otherwise nothing is asked. */
const CASES_EVERY_MS = 2_000;
/** The system's clock ran so far off the monotonic one: the machine slept, or somebody set it. */
const JUMP_MS = 2_000;

type Job = {
  dueMs: number;
  failures: number;
  readonly everyMs: number;
  readonly act: (signal: AbortSignal) => Promise<Failure | null>;
};

type Deps = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly alarms: Alarms;
  readonly line: LineState;
  readonly calls: HubCalls;
  readonly report: () => ReportRequest;
  readonly askTime: (signal: AbortSignal) => Promise<Failure | null>;
  readonly renewCertificate: (signal: AbortSignal) => Promise<Failure | null>;
  readonly askCases: (signal: AbortSignal) => Promise<Failure | null>;
};

/** What has to be said to the hub from time to time: the question for the time, the report, the renewal, and which code a case has. */
export class Upkeep {
  readonly #deps: Deps;
  readonly #time: Job;
  readonly #certificate: Job;
  readonly #report: Job;
  readonly #cases: Job;
  #wallAheadMs: number;
  #reported = '';

  constructor(deps: Deps) {
    this.#deps = deps;
    const { clock } = deps;
    this.#wallAheadMs = clock.wallMs() - clock.monoMs();
    const job = (everyMs: number, act: Job['act']): Job => ({
      ...{ dueMs: clock.monoMs(), failures: 0, everyMs, act },
    });
    this.#time = job(TIME_EVERY_MS, (signal) => deps.askTime(signal));
    this.#certificate = job(CERTIFICATE_EVERY_MS, (signal) => deps.renewCertificate(signal));
    this.#report = job(REPORT_EVERY_MS, (signal) => this.#sendReport(signal));
    this.#cases = job(CASES_EVERY_MS, (signal) => deps.askCases(signal));
  }

  /** Asks for the time now, whatever comes of it: what is believed afterwards is held against it. */
  async askTimeNow(signal: AbortSignal): Promise<void> {
    await this.#run(this.#time, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, line } = this.#deps;
    while (!signal.aborted) {
      this.#noteJump();
      this.#noteNews();
      for (const job of [this.#time, this.#certificate, this.#report, this.#cases]) {
        if (clock.monoMs() >= job.dueMs && !signal.aborted) await this.#run(job, signal);
      }
      await line.waitFor(LOOK_EVERY_MS, signal);
    }
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { clock, random, alarms } = this.#deps;
    const failure = await job.act(signal);
    if (failure === null) {
      job.failures = 0;
      job.dueMs = clock.monoMs() + job.everyMs;
      return;
    }
    tellFailure(failure, alarms);
    job.dueMs = clock.monoMs() + Math.min(job.everyMs, waitAfter(failure, job.failures, random()));
    job.failures++;
  }

  #noteJump(): void {
    const { clock } = this.#deps;
    const aheadMs = clock.wallMs() - clock.monoMs();
    if (Math.abs(aheadMs - this.#wallAheadMs) < JUMP_MS) return;
    this.#wallAheadMs = aheadMs;
    this.#time.dueMs = clock.monoMs();
  }

  #noteNews(): void {
    const isNews = this.#report.failures === 0 && gist(this.#deps.report()) !== this.#reported;
    if (isNews) this.#report.dueMs = this.#deps.clock.monoMs();
  }

  async #sendReport(signal: AbortSignal): Promise<Failure | null> {
    const report = this.#deps.report();
    const failure = await sendReport(report, this.#deps.calls, signal);
    if (failure === null) this.#reported = gist(report);
    return failure;
  }
}
