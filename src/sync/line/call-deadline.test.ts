import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { UpstreamRequest } from '../../ports/upstream.ts';
import { CallDeadline } from './call-deadline.ts';

type Late = Awaited<ReturnType<CallDeadline['passed']>>;

/** A deadline, and when it passed. */
function bench(request: Partial<UpstreamRequest> = {}) {
  const clock = new VirtualClock();
  const deadline = new CallDeadline(clock, {
    ...{ method: 'GET', path: '/', answerBytesMax: 1_000_000 },
    ...request,
  });
  const settled = new AbortController();
  const ended: { late: Late; atMs: number }[] = [];
  const running = deadline.passed(settled.signal).then((late) => {
    ended.push({ late, atMs: clock.monoMs() });
  });
  return { clock, deadline, settled, ended, running };
}

test('a connection that does not come within ten seconds is none', async () => {
  const { clock, ended } = bench();
  await clock.advance(9_999);
  expect(ended).toEqual([]);
  await clock.advance(1);
  expect(ended).toMatchObject([{ late: { reason: 'connect' }, atMs: 10_000 }]);
});

test.each([
  ['without more', {}, 10_000],
  ['after what a long poll may wait', { waitMs: 55_000 }, 65_000],
  [
    'after what the body takes at the least speed',
    { body: { type: 'x', bytes: Buffer.alloc(40_960) } },
    20_000,
  ],
])('the first byte has ten seconds from the connection on, %s', async (_, request, withinMs) => {
  const { clock, deadline, ended } = bench(request);
  await clock.advance(6_000);
  deadline.connected();
  await clock.advance(withinMs - 1);
  expect(ended).toEqual([]);
  await clock.advance(2_001);
  expect(ended).toMatchObject([{ late: { reason: 'silent' } }]);
});

test('an answer that stops for ten seconds is too slow, however much came before', async () => {
  const { clock, deadline, ended } = bench();
  deadline.connected();
  deadline.answered();
  for (let second = 0; second < 60; second++) {
    deadline.received(100_000);
    await clock.advance(1_000);
  }
  expect(ended).toEqual([]);
  await clock.advance(11_000);
  expect(ended).toMatchObject([{ late: { reason: 'slow' } }]);
  expect(ended[0]?.atMs).toBeGreaterThanOrEqual(69_000);
});

test('an answer that never ends at a few bytes a second is too slow, one at four kilobytes is not', async () => {
  const ends = async (bytesASecond: number) => {
    const { clock, deadline, settled, ended, running } = bench();
    deadline.connected();
    deadline.answered();
    for (let second = 0; second < 600 && ended.length === 0; second++) {
      deadline.received(bytesASecond);
      await clock.advance(1_000);
    }
    settled.abort();
    await running;
    return ended[0]?.late?.reason ?? null;
  };
  expect(await ends(1)).toBe('slow');
  expect(await ends(2_000)).toBe('slow');
  expect(await ends(4_200)).toBeNull();
});

test('a call that is settled leaves nothing waiting', async () => {
  const { clock, settled, ended, running } = bench();
  await clock.advance(1);
  settled.abort();
  await running;
  expect(ended).toEqual([{ late: null, atMs: 1 }]);
});
