import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../kernel/errors.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import type { PublishingGuard } from './register-desk.ts';
import type { RegisterJob, ResultOf, RunElsewhere } from './register-job.ts';

export type RegisterOrder = {
  /** The hub's directory. */
  readonly data: string;
  readonly guard: PublishingGuard;
  readonly job: RegisterJob;
};
/** `refused`: whoever asked must mend it. */
export type RegisterAnswer =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'refused' | 'failed'; readonly message: string };

/** Twenty million rows and what is made of them. */
const HEAP_MB = 2_048;

/** Each job in a child of its own, which ends with it; ends the child when the hub stops. */
export function inOwnProcess(
  data: string,
  guard: PublishingGuard,
  signal: AbortSignal,
): RunElsewhere {
  return <Job extends RegisterJob>(job: Job) =>
    new Promise<ResultOf<Job>>((resolve, reject) => {
      const child = fork(fileURLToPath(compiledEntry('src/hub/registers/register-child.ts')), [], {
        execArgv: [`--max-old-space-size=${HEAP_MB}`],
        ...{ signal, serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
      });
      child.once('error', reject);
      child.once('exit', (code, killed) =>
        reject(new Error(`the process that published ended early (${killed ?? code})`)),
      );
      child.once('message', (answer: RegisterAnswer) => {
        // The child does what the job says; what it gives is what that job gives.
        if (answer.kind === 'done') resolve(answer.result as ResultOf<Job>);
        else if (answer.kind === 'refused') reject(new InputError(answer.message));
        else reject(new Error(answer.message));
      });
      const order: RegisterOrder = { data, guard, job };
      child.send(order);
    });
}
