import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { LineTail } from '../camera/line-tail.ts';
import {
  type CardCommand,
  type ChildMessage,
  type CommandResult,
  type HostCommand,
  type HostMessage,
  parseChildMessage,
  type SlotState,
} from './pcsc-messages.ts';

const HEAP_MB_MAX = 24;
/** Each slot's command may block a thread of the child until a mute card is pulled. */
const THREADS = 16;
const PING_EVERY_MS = 500;
/** Its event loop does nothing that takes longer, unless pcscd hangs. */
const PING_MS_MAX = 750;
/** To its first answer: a slow computer that boots with everything else needs seconds for a process. */
const START_MS_MAX = 10_000;
/** Timers come first when this process was busy beyond a deadline: in this time what has come meanwhile is read. */
const CATCH_UP_MS = 25;

export type Outcome =
  | CommandResult
  /** No answer in time. `ended` resolves with what comes later, or once the child is gone. */
  | { readonly kind: 'late'; readonly ended: Promise<CommandResult> };

type Pending = {
  readonly command: HostCommand;
  readonly settle: (result: CommandResult) => void;
  isLate: boolean;
};

/**
 * One child's life: starts with the object, ends when `signal` aborts, when it hangs, dies, or talks nonsense; resolves
 * `ended` with why once it is reaped.
 */
export class PcscSession {
  readonly ended: Promise<readonly string[]>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #told: (message: ChildMessage) => void;
  readonly #stop = new AbortController();
  readonly #pending = new Map<number, Pending>();
  readonly #tail = new LineTail((line) => line);
  #slots: readonly SlotState[] = [];
  #lastId = 0;
  /** After that the child sees readers go one by one: the last of it. */
  #isServiceLost = false;
  /** Late commands whose card was gone already at the last look. */
  #orphans: ReadonlySet<number> = new Set();

  constructor(
    clock: Clock,
    socketPath: string | undefined,
    signal: AbortSignal,
    told: (message: Exclude<ChildMessage, { kind: 'result' }>) => void,
  ) {
    this.#clock = clock;
    this.#told = (message) => {
      if (message.kind !== 'result') told(message);
    };
    this.#child = startChild(socketPath);
    const kill = () => this.kill();
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    this.#child.on('message', (message) => this.#receive(message));
    this.#child.stderr?.on('data', (chunk: Uint8Array) => this.#tail.push(chunk));
    this.ended = new Promise((resolve) => {
      let isOver = false;
      const over = (why: string) => {
        if (isOver) return;
        isOver = true;
        signal.removeEventListener('abort', kill);
        this.#stop.abort();
        for (const { settle } of this.#pending.values()) settle(gone());
        this.#pending.clear();
        this.#tail.add(why);
        resolve(this.#tail.lines());
      };
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) over(`the child did not start: ${error.message}`);
        else kill();
      });
      this.#child.once('close', (code, killedBy) =>
        over(`the child ended: ${killedBy ?? `status ${code}`}`),
      );
    });
    void this.#watch();
  }

  kill(why?: string): void {
    if (why !== undefined) this.#tail.add(why);
    this.#child.kill('SIGKILL');
  }

  /** Never rejects. A child that answers neither this in time nor a ping afterwards is killed. */
  async command(command: CardCommand, deadlineMs: number): Promise<Outcome> {
    const outcome = await this.#send(command, deadlineMs);
    if (outcome.kind === 'late') void this.#ping();
    return outcome;
  }

  async #send(command: HostCommand, deadlineMs: number): Promise<Outcome> {
    if (this.#stop.signal.aborted || !this.#child.connected) return gone();
    const id = ++this.#lastId;
    const answered = new AbortController();
    const ended = new Promise<CommandResult>((resolve) => {
      const settle = (result: CommandResult) => {
        resolve(result);
        answered.abort();
      };
      this.#pending.set(id, { command, settle, isLate: false });
    });
    const message: HostMessage = { id, command };
    // A failure to send is followed by the child's end.
    this.#child.send(message, () => {});
    await this.#clock.sleep(deadlineMs, answered.signal);
    if (!answered.signal.aborted) await this.#clock.sleep(CATCH_UP_MS, answered.signal);
    if (answered.signal.aborted) return ended;
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.isLate = true;
    return { kind: 'late', ended };
  }

  async #ping(deadlineMs = PING_MS_MAX): Promise<void> {
    const { kind } = await this.#send({ kind: 'ping' }, deadlineMs);
    if (kind === 'late') this.kill(`the child did not answer within ${deadlineMs} ms`);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    await this.#ping(START_MS_MAX);
    while (!signal.aborted) {
      await this.#clock.sleep(PING_EVERY_MS, signal);
      if (signal.aborted) return;
      this.#endOrphans();
      await this.#ping();
    }
  }

  /** A blocked command ends when its card is pulled. One that does not will never. */
  #endOrphans(): void {
    const orphans = [...this.#pending]
      .filter(
        ([, { isLate, command }]) => isLate && command.kind !== 'ping' && !this.#lies(command),
      )
      .map(([id]) => id);
    if (orphans.some((id) => this.#orphans.has(id))) {
      this.kill('a command to a card did not end when the card was gone');
    }
    this.#orphans = new Set(orphans);
  }

  #lies({ slot, insertion }: CardCommand): boolean {
    return this.#slots.some((each) => each.name === slot && each.insertion === insertion);
  }

  #receive(raw: unknown): void {
    if (this.#stop.signal.aborted) return;
    const message = parseChildMessage(raw);
    if (message === null) {
      this.kill('the child sent what it never should');
      return;
    }
    if (message.kind === 'result') {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      pending?.settle(message.result);
      return;
    }
    if (this.#isServiceLost) return;
    this.#slots = message.kind === 'slots' ? message.slots : [];
    this.#isServiceLost = message.kind === 'service-lost';
    this.#told(message);
    if (this.#isServiceLost) this.kill();
  }
}

function startChild(socketPath: string | undefined): ChildProcess {
  return fork(fileURLToPath(compiledEntry('devices/card-reader/pcsc-child.ts')), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [`--max-old-space-size=${HEAP_MB_MAX}`],
    // Nothing of our environment, so no secret either.
    env: {
      PATH: '/usr/bin:/bin',
      UV_THREADPOOL_SIZE: String(THREADS),
      ...(socketPath === undefined ? {} : { PCSCLITE_CSOCK_NAME: socketPath }),
    },
  });
}

function gone(): CommandResult {
  return { kind: 'failed', failure: 'no-service', detail: 'the child is gone' };
}
