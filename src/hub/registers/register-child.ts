// The process that works on long lists: one job, one answer, end.
import { systemClock } from '../../station/system-clock.ts';
import { type Desks, openDesks } from '../desks.ts';
import { HubDirectory } from '../hub-directory.ts';
import { SqliteHubStore } from '../store/sqlite-hub-store.ts';
import type { RegisterJob, ResultOf } from './register-job.ts';
import type { RegisterAnswer, RegisterOrder } from './register-process.ts';

process.once('message', (order: RegisterOrder) => {
  void answer(order).then((told) => {
    process.send?.(told, () => process.disconnect());
  });
});

async function answer({ data, guard, job }: RegisterOrder): Promise<RegisterAnswer> {
  try {
    const directory = new HubDirectory(data);
    const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
    const desks = await openDesks({
      ...{ directory, store, clock: systemClock, guard, defaultDays: {}, elsewhere: null },
      ...{ raise: () => {}, published: async () => {}, revoked: () => {} },
    });
    const result = await doJob(desks, job);
    await store.close();
    return { kind: 'done', result };
  } catch (error) {
    const isTheirs = error instanceof Error && error.name === 'InputError';
    const message = error instanceof Error ? error.message : String(error);
    return { kind: isTheirs ? 'refused' : 'failed', message };
  }
}

function doJob(
  { registerDesk, publisher }: Desks,
  job: RegisterJob,
): Promise<ResultOf<RegisterJob>> {
  switch (job.call) {
    case 'judge':
      return registerDesk.judge(job.batch, job.mode);
    case 'publish':
      return registerDesk.publish(job.batch, job.operator);
    case 'withdraw':
      return registerDesk.withdraw(job.batch);
    case 'newGeneration':
      return publisher.newGeneration(job.region);
    case 'reissue':
      return publisher.reissue(job.region);
    default:
      return job satisfies never;
  }
}
