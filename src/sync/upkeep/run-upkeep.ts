import { surelyWithin } from '../../kernel/time-interval.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import { Bell } from '../bell.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import type { LineState } from '../line/line-state.ts';
import { isRevocation, waitAfter } from '../line/patience.ts';
import { tellFailure } from '../line/tell-failure.ts';
import type { RoleList } from '../protocol/roles.ts';
import type { ReportRequest } from '../protocol/wire.ts';
import type { StationIdentity } from '../station-identity.ts';
import type { TimeAnswer } from './ask-time.ts';
import { areTermsKnown } from './known-terms.ts';
import { gist, sendReport } from './report.ts';

const LOOK_EVERY_MS = 1_000;
const TIME_EVERY_MS = 30 * 60_000;
/** What the hub said of the time was not believed. */
const TIME_AGAIN_MS = 5 * 60_000;
const REPORT_EVERY_MS = 60_000;
const CERTIFICATE_EVERY_MS = 3_600_000;
/** While somebody is held whose case has no code yet; otherwise nothing is asked. */
const CASES_EVERY_MS = 2_000;
/** The system's clock ran so far off the monotonic one: the machine slept, or somebody set it. */
const JUMP_MS = 2_000;
/** A line too slow for a time stays so for a while. */
const SLOW_ATTEMPT = 4;

/** `failed`: to be tried again with patience; `againInMs`: how soon, when that is not the job's own pace. */
type Done = { readonly failure: Failure | null; readonly againInMs?: number };

type Job = {
  dueMs: number;
  failures: number;
  /** How often the line had come up when it failed; null: the hub asked for the wait, or it did not fail. */
  times: number | null;
  readonly everyMs: number;
  readonly act: (signal: AbortSignal) => Promise<Done>;
};

type Deps = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly alarms: Alarms;
  readonly line: LineState;
  readonly calls: HubCalls;
  readonly identity: Pick<StationIdentity, 'keys' | 'time'>;
  /** The newest list. */
  readonly roles: () => Pick<RoleList, 'notAfterMs'>;
  readonly report: () => ReportRequest;
  readonly askTime: (signal: AbortSignal) => Promise<TimeAnswer>;
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
  readonly #isTold = new Bell();
  #wallAheadMs: number;
  #reported = '';
  /** The hub has answered the question for the time, and was not believed: an alarm says why, and waiting brings nothing. */
  #isTimeRefused = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { clock } = deps;
    this.#wallAheadMs = clock.wallMs() - clock.monoMs();
    const job = (everyMs: number, act: Job['act']): Job => ({
      ...{ dueMs: clock.monoMs(), failures: 0, times: null, everyMs, act },
    });
    this.#time = job(TIME_EVERY_MS, (signal) => this.#askTime(signal));
    this.#certificate = job(CERTIFICATE_EVERY_MS, async (signal) => ({
      failure: await deps.renewCertificate(signal),
    }));
    this.#report = job(REPORT_EVERY_MS, (signal) => this.#sendReport(signal));
    this.#cases = job(CASES_EVERY_MS, async (signal) => ({ failure: await deps.askCases(signal) }));
  }

  /** Asks for the time now, whatever comes of it: what is believed afterwards is held against it. */
  async askTimeNow(signal: AbortSignal): Promise<void> {
    await this.#run(this.#time, signal);
  }

  /**
   * Resolves once terms of keys can be judged: by a time that the hub signed, that an officer confirmed, or that was carried well
   * enough; or when `signal` aborts. Until then nothing signed is asked for, for refusing it would be a false alarm.
   */
  async termsKnown(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted && !this.#areTermsKnown()) {
      await this.#isTold.sleep(LOOK_EVERY_MS, clock, signal);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { line } = this.#deps;
    while (!signal.aborted) {
      this.#noteJump();
      this.#noteNews();
      this.#noteRolesTerm();
      for (const job of [this.#time, this.#certificate, this.#report, this.#cases]) {
        if (this.#isDue(job) && !signal.aborted) await this.#run(job, signal);
      }
      await line.waitFor(LOOK_EVERY_MS, signal);
    }
  }

  #areTermsKnown(): boolean {
    const { keys, time } = this.#deps.identity;
    return this.#isTimeRefused || areTermsKnown(keys(), time());
  }

  #isDue({ dueMs, times }: Job): boolean {
    const { clock, line } = this.#deps;
    return clock.monoMs() >= dueMs || (times !== null && times !== line.times);
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { clock, random, alarms, line } = this.#deps;
    const { failure, againInMs } = await job.act(signal);
    job.times = null;
    if (failure === null) {
      job.failures = 0;
      job.dueMs = clock.monoMs() + (againInMs ?? job.everyMs);
      return;
    }
    tellFailure(failure, alarms);
    const waitMs = waitAfter(failure, job.failures, random());
    const isAsked = failure.kind === 'refused' && failure.retryAfterMs !== null;
    // However often the job is due, the hub is not asked before it wants to be.
    const isLong = isAsked || isRevocation(failure);
    job.dueMs = clock.monoMs() + (isLong ? waitMs : Math.min(job.everyMs, waitMs));
    if (!isAsked) job.times = line.times;
    job.failures++;
  }

  async #askTime(signal: AbortSignal): Promise<Done> {
    const { askTime, random } = this.#deps;
    const answer = await askTime(signal);
    if (answer.kind === 'failed') return { failure: answer.failure };
    this.#isTimeRefused = answer.kind === 'not-believed';
    this.#isTold.ring();
    switch (answer.kind) {
      case 'vouched':
        return { failure: null };
      case 'not-believed':
        return { failure: null, againInMs: TIME_AGAIN_MS };
      case 'too-slow':
        return { failure: null, againInMs: waitAfter(null, SLOW_ATTEMPT, random()) };
      default:
        return answer satisfies never;
    }
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

  /** Its keys go on as long as their own terms; but whoever keeps the root has forgotten it. */
  #noteRolesTerm(): void {
    const { identity, roles, alarms } = this.#deps;
    const time = identity.time();
    const { notAfterMs } = roles();
    if (surelyWithin(time, notAfterMs)) alarms.over('roles.expired');
    else if (time.trust !== 'unset') alarms.raise('roles.expired', {});
  }

  async #sendReport(signal: AbortSignal): Promise<Done> {
    const report = this.#deps.report();
    const failure = await sendReport(report, this.#deps.calls, signal);
    if (failure === null) this.#reported = gist(report);
    return { failure };
  }
}
