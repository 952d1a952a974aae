import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiledEntry } from '../../kernel/package-root.ts';
import {
  ANSWER_BYTES_MAX,
  type PhotoAnswer,
  type PhotoRequest,
  READY,
  readAnswer,
  writeRequest,
} from './photo-messages.ts';

/** How a child ended that gave no answer. */
export type PhotoProcessEnd = {
  readonly kind: 'ended';
  /** Exit code, signal, or the error of a child that could not be started. */
  readonly how: string;
  /** The last thing it said was that it got no memory. */
  readonly outOfMemory: boolean;
};

/**
 * RLIMIT_DATA counts what a process may write to and nobody shares: heaps, stacks, WebAssembly's memory; not the address
 * space that V8 only reserves. A warm child has 120 MB of it, one with a picture of 4 million pixels 145: twice that.
 */
const DATA_BYTES_MAX = 288 * 2 ** 20;
/** Of processor time, warm-up included: ends a child that spins even where nobody is left to end it. */
const CPU_S_MAX = 20;
/** Old generation of V8: pixels lie outside of it. */
const HEAP_MB_MAX = 48;
const LAST_WORDS_CHARS_MAX = 4_000;

/** Nothing of our own environment: no token, no proxy. One thread for pictures and one heap for them. */
const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  UV_THREADPOOL_SIZE: '1',
  MALLOC_ARENA_MAX: '1',
};

/**
 * One child for one picture. setpriv and prlimit (util-linux, essential in Debian) become the child: the kernel ends it
 * with its parent, lets it write no file and no core, and refuses it memory beyond the bound.
 */
export class PhotoProcess {
  /** True once it is warm; false when it ended before. */
  readonly ready: Promise<boolean>;
  /** Resolves once it is reaped and its pipes are closed. */
  readonly ended: Promise<PhotoProcessEnd>;
  readonly #child: ChildProcess;
  #received = Buffer.alloc(0);
  #lastWords = '';
  #arrived = () => {};

  constructor() {
    this.#child = spawn('setpriv', programArguments(), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: ENVIRONMENT,
    });
    this.ended = this.#untilEnd();
    const isReady = () => this.#received[0] === READY;
    this.ready = Promise.race([
      new Promise<boolean>((resolve) => {
        this.#arrived = () => isReady() && resolve(true);
      }),
      this.ended.then(() => false),
    ]);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString('latin1')).slice(-LAST_WORDS_CHARS_MAX);
    });
    // A child that ended takes no picture: `ended` tells.
    this.#child.stdin?.on('error', () => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** To be called once. Resolves with its answer, whole, or with its end. */
  ask(request: PhotoRequest): Promise<({ kind: 'answered' } & PhotoAnswer) | PhotoProcessEnd> {
    const answered = new Promise<{ kind: 'answered' } & PhotoAnswer>((resolve) => {
      this.#arrived = () => {
        const answer = readAnswer(this.#received.subarray(1));
        if (answer === 'malformed') this.kill();
        else if (answer !== 'incomplete') resolve({ kind: 'answered', ...answer });
      };
    });
    this.#child.stdin?.end(writeRequest(request));
    return Promise.race([answered, this.ended]);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    if (this.#received.length > 2 * ANSWER_BYTES_MAX) this.kill();
    this.#arrived();
  }

  #untilEnd(): Promise<PhotoProcessEnd> {
    return new Promise((resolve) => {
      const end = (how: string) =>
        resolve({ kind: 'ended', how, outOfMemory: saysOutOfMemory(this.#lastWords) });
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) end(error.message);
      });
      this.#child.once('close', (code, signal) => end(signal ?? `exit ${code}`));
    });
  }
}

function programArguments(): string[] {
  return [
    ...['--pdeathsig', 'KILL', '--no-new-privs', '--'],
    ...['prlimit', `--data=${DATA_BYTES_MAX}`, '--fsize=0', '--core=0', `--cpu=${CPU_S_MAX}`, '--'],
    ...[process.execPath, '--v8-pool-size=1', `--max-old-space-size=${HEAP_MB_MAX}`],
    // WebAssembly compiled once and quickly: a child lives for one picture, and optimizing takes longer than that.
    '--liftoff-only',
    fileURLToPath(compiledEntry('src/station/photo/photo-child.ts')),
  ];
}

/** Words of V8, GLib and the C++ library. */
function saysOutOfMemory(words: string): boolean {
  return /out of memory|bad_alloc|failed to allocate|cannot allocate|allocation failed/i.test(
    words,
  );
}
