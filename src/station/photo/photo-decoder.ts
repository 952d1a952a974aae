import { type FacePicture, readPicture } from '../../chip/lds/picture.ts';
import { ProtocolError } from '../../chip/protocol-error.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  PHOTO_SIDE_PIXELS_MAX,
  type PhotoFailure,
  type PhotoOutcome,
  photoFailure,
} from './decoded-photo.ts';
import type { PhotoAnswer, PhotoRequest } from './photo-messages.ts';
import { PhotoProcess, type PhotoProcessEnd } from './photo-process.ts';
import { preparePicture } from './prepare-picture.ts';

/** From handing the picture to a warm child until its answer: some 15 to 45 ms for a chip's picture, 500 for the largest. */
const DECODE_DEADLINE_MS = 3_000;
/** A fifth of a second on an idle machine; a station that starts has other things to do as well. */
const START_DEADLINE_MS = 10_000;
/** A card takes a second or two to read; a spare holds 70 MB, so that it is not kept for the next passer. */
const SPARE_KEPT_MS = 20_000;
/** One lane reads one card at a time: more than one picture waiting means that somebody asks in vain. */
const UNDER_WAY_MAX = 4;
const TURN_DEADLINE_MS = UNDER_WAY_MAX * (START_DEADLINE_MS + DECODE_DEADLINE_MS);

const LATE = 'late';
const GIVEN_UP = photoFailure('photo.ended', 'the picture is not wanted any more');

type Spare = { readonly process: PhotoProcess; readonly kept: AbortController };

/**
 * Decodes the photographs of chips, which are hostile until shown otherwise. A picture's header is looked at here, its
 * body only in a child process of its own, bounded in memory, processor time and by a deadline, that ends with it.
 * At most one picture is being decoded and one spare child kept.
 */
export class PhotoDecoder {
  readonly #clock: Clock;
  readonly #startProcess: () => PhotoProcess;
  /** One for each picture asked for and not answered. */
  readonly #underWay = new Set<AbortController>();
  /** Children not yet reaped. */
  readonly #processes = new Set<PhotoProcess>();
  #spare: Spare | null = null;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(clock: Clock, startProcess = () => new PhotoProcess()) {
    this.#clock = clock;
    this.#startProcess = startProcess;
  }

  /** To be called when a card is laid down: a child warms up while the card is read. */
  warm(): void {
    if (this.#closed) return;
    const process = this.#takeSpare() ?? this.#start();
    const spare = { process, kept: new AbortController() };
    this.#spare = spare;
    void this.#clock.sleep(SPARE_KEPT_MS, spare.kept.signal).then(() => {
      if (this.#spare === spare) this.#takeSpare()?.kill();
    });
  }

  /** Never rejects for what the picture does. Pictures are decoded in the order they came. */
  async decode(picture: FacePicture, signal: AbortSignal): Promise<PhotoOutcome> {
    const request = preparePicture(picture);
    if (request.kind === 'failed') return request;
    if (this.#underWay.size >= UNDER_WAY_MAX) {
      return photoFailure('photo.busy', `${UNDER_WAY_MAX} pictures are waiting already`);
    }
    const stop = new AbortController();
    if (signal.aborted || this.#closed) stop.abort();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#underWay.add(stop);
    const before = this.#turn;
    const outcome = this.#decodeAfter(before, request, stop.signal);
    // Whoever gives up while waiting lets nobody overtake.
    this.#turn = Promise.allSettled([before, outcome]).then(() => {});
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(stop);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends every child; what is under way ends as `photo.ended`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#underWay) stop.abort();
    for (const process of this.#processes) process.kill();
    this.#takeSpare();
    await Promise.all([...this.#processes].map(({ ended }) => ended));
  }

  async #decodeAfter(
    before: Promise<void>,
    request: PhotoRequest,
    signal: AbortSignal,
  ): Promise<PhotoOutcome> {
    await this.#within(TURN_DEADLINE_MS, before, signal);
    if (signal.aborted) return GIVEN_UP;
    const process = this.#takeSpare() ?? this.#start();
    try {
      const outcome = await this.#converse(process, request, signal);
      return signal.aborted ? GIVEN_UP : outcome;
    } finally {
      process.kill();
    }
  }

  async #converse(
    process: PhotoProcess,
    request: PhotoRequest,
    signal: AbortSignal,
  ): Promise<PhotoOutcome> {
    const ready = await this.#within(START_DEADLINE_MS, process.ready, signal);
    if (ready === LATE) return late('the child was not ready', START_DEADLINE_MS);
    const answer = await this.#within(DECODE_DEADLINE_MS, process.ask(request), signal);
    if (answer === LATE) return late('no answer', DECODE_DEADLINE_MS);
    return answer.kind === 'ended' ? crashed(answer) : understood(answer);
  }

  #start(): PhotoProcess {
    const process = this.#startProcess();
    this.#processes.add(process);
    void process.ended.then(() => {
      this.#processes.delete(process);
      if (this.#spare?.process === process) this.#takeSpare();
    });
    return process;
  }

  #takeSpare(): PhotoProcess | null {
    const spare = this.#spare;
    this.#spare = null;
    spare?.kept.abort();
    return spare?.process ?? null;
  }

  /** LATE after `ms`, and at once when `signal` aborts. */
  async #within<T>(ms: number, wanted: Promise<T>, signal: AbortSignal): Promise<T | typeof LATE> {
    const timer = new AbortController();
    const stop = () => timer.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const tooLate = this.#clock.sleep(ms, timer.signal).then((): typeof LATE => LATE);
    try {
      return await Promise.race([wanted, tooLate]);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }
}

function late(what: string, afterMs: number): PhotoFailure {
  return photoFailure('photo.deadline', `${what} after ${afterMs} ms`);
}

function crashed({ how, outOfMemory }: PhotoProcessEnd): PhotoFailure {
  return outOfMemory
    ? photoFailure('photo.memory', `the child ran out of memory (${how})`)
    : photoFailure('photo.crashed', `the child ended without an answer (${how})`);
}

/** A child that a picture took over could answer anything: what it gives must be a JPEG picture of the agreed size. */
function understood({ status, bytes }: PhotoAnswer): PhotoOutcome {
  if (status !== 'decoded') return photoFailure(status, 'the child could not decode the picture');
  try {
    const { format, width, height } = readPicture(bytes);
    const fits = Math.max(width, height) <= PHOTO_SIDE_PIXELS_MAX;
    if (format === 'jpeg' && fits) return { kind: 'decoded', bytes, width, height };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return photoFailure('photo.crashed', 'the child answered with something else than a picture');
}
