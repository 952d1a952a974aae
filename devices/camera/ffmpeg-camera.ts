import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import type { FrameEvent, FrameSource } from '../../src/ports/frame-source.ts';
import { outageOf, type SessionEnd } from './camera-reason.ts';
import { type CameraDeps, type CameraSettings, SYSTEM_PROGRAMS } from './camera-settings.ts';
import { type ChildEnd, runChild } from './child-run.ts';
import { ffmpegArguments } from './ffmpeg-arguments.ts';
import { becomesOverdue } from './frame-age.ts';
import { FrameAssembler } from './frame-assembler.ts';
import { FrameMailbox } from './frame-mailbox.ts';
import { LineTail } from './line-tail.ts';
import { credentialMask } from './mask-credentials.ts';
import { applyControls } from './v4l2-controls.ts';

/** From the child's start to its first frame: name look-up, connection, and up to a key frame's distance. */
const FIRST_FRAME_MS_MAX = 12_000;
/** Between frames; slow cameras get as many frame times as `FRAMES_MISSED_MAX`. */
const FRAME_AGE_MS_MAX = 3_000;
const FRAMES_MISSED_MAX = 5;
const RESTART = { delayMsMin: 250, delayMsMax: 10_000 };
/** A session shorter than this was no recovery: the pause before the next one goes on growing. */
const STEADY_MS_MIN = 10_000;

type Settings = CameraSettings & { readonly driver: Exclude<CameraSettings['driver'], 'stills'> };

/** A camera behind an ffmpeg child, which is restarted for ever. Every exit is a failure, whatever its code. */
export class FfmpegCamera implements FrameSource {
  readonly deviceId: string;
  readonly #settings: Settings;
  readonly #deps: CameraDeps;
  readonly #mask: (line: string) => string;

  constructor(settings: Settings, deps: CameraDeps) {
    this.deviceId = settings.id;
    this.#settings = settings;
    this.#deps = deps;
    this.#mask = credentialMask(settings.source);
  }

  /** When the iterable has ended, by `signal` or by leaving the loop, the child is reaped. */
  async *events(signal: AbortSignal): AsyncGenerator<FrameEvent, void> {
    if (signal.aborted) return;
    const mailbox = new FrameMailbox(this.deviceId, this.#deps.clock);
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort);
    const running = this.#run(mailbox, stop.signal).finally(() => mailbox.close());
    running.catch(() => {});
    try {
      yield* mailbox.events(signal);
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
      mailbox.close();
      await running;
    }
  }

  async #run(mailbox: FrameMailbox, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    let framelessSessions = 0;
    for (let failures = 0; !signal.aborted; failures++) {
      const startMs = clock.monoMs();
      const session = await this.#session(mailbox, framelessSessions, signal);
      if (signal.aborted) return;
      const { reason, advice } = outageOf(this.#settings, session);
      const lines = advice === undefined ? session.lines : [...session.lines, advice];
      mailbox.putOffline(reason, lines);
      if (reason === 'camera.ended') return await aborted(signal);
      framelessSessions = session.framesSeen ? 0 : framelessSessions + 1;
      if (session.framesSeen && clock.monoMs() - startMs >= STEADY_MS_MIN) failures = 0;
      await clock.sleep(backoffDelayMs(RESTART, failures, random()), signal);
    }
  }

  /** One child's life. A stall is told before the child is reaped: one that hangs in the kernel may take its time. */
  async #session(mailbox: FrameMailbox, attempt: number, signal: AbortSignal): Promise<SessionEnd> {
    const { clock } = this.#deps;
    const { ffmpeg, v4l2Ctl } = this.#deps.programs ?? SYSTEM_PROGRAMS;
    const settings = this.#settings;
    const tail = new LineTail(this.#mask);
    const intake = new FrameIntake(settings, this.#deps, mailbox);
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    let overdue = false;
    const watching = becomesOverdue(intake, clock, stop.signal).then((late) => {
      if (!late) return;
      overdue = true;
      mailbox.putOffline(intake.framesSeen ? 'camera.stalled' : 'camera.no-picture', tail.lines());
      abort();
    });
    let end: ChildEnd;
    try {
      if (settings.driver === 'v4l2') await applyControls(v4l2Ctl, settings, tail, stop.signal);
      const programArguments = ffmpegArguments(settings, attempt);
      end = await runChild(ffmpeg, programArguments, tail, stop.signal, (chunk) =>
        intake.take(chunk),
      );
      await intake.delivered();
    } finally {
      abort();
      signal.removeEventListener('abort', abort);
      await watching;
    }
    return { end, framesSeen: intake.framesSeen, overdue, lines: tail.lines() };
  }
}

/** What comes out of one child: pictures into the mailbox, and how fresh they are. */
class FrameIntake {
  framesSeen = false;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #frameAgeMsMax: number;
  readonly #everyFrame: boolean;
  readonly #mailbox: FrameMailbox;
  readonly #clock: CameraDeps['clock'];
  readonly #assembler: FrameAssembler;
  #lastMonoMs: number;
  #consumerWaitedFor = false;

  constructor(settings: Settings, { clock }: CameraDeps, mailbox: FrameMailbox) {
    this.#size = { width: settings.widthPx, height: settings.heightPx };
    this.#frameAgeMsMax = Math.max(
      FRAME_AGE_MS_MAX,
      (FRAMES_MISSED_MAX * 1_000) / settings.framesPerS,
    );
    this.#everyFrame = settings.driver === 'file' && settings.realtime === false;
    this.#mailbox = mailbox;
    this.#clock = clock;
    this.#assembler = new FrameAssembler(settings.widthPx * settings.heightPx);
    this.#lastMonoMs = clock.monoMs();
  }

  lastMonoMs = (): number => (this.#consumerWaitedFor ? this.#clock.monoMs() : this.#lastMonoMs);

  limitMs = (): number => (this.framesSeen ? this.#frameAgeMsMax : FIRST_FRAME_MS_MAX);

  async take(chunk: Uint8Array): Promise<void> {
    for (const picture of this.#assembler.push(chunk)) {
      await this.delivered();
      this.framesSeen = true;
      this.#lastMonoMs = this.#clock.monoMs();
      this.#assembler.recycle(this.#mailbox.putFrame(this.#size, picture));
    }
  }

  /** Where no frame may be dropped: resolves once the consumer has taken the last one. Else at once. */
  async delivered(): Promise<void> {
    if (!this.#everyFrame) return;
    this.#consumerWaitedFor = true;
    await this.#mailbox.taken();
    this.#consumerWaitedFor = false;
    this.#lastMonoMs = this.#clock.monoMs();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
