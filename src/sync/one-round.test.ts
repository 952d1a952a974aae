import { expect, test } from 'vitest';
import { LoopRig, refusal } from '../../test/support/sync-sim/loop-rig.ts';
import { oneRound, type Round } from './one-round.ts';

const never = new AbortController().signal;

/** A round over `rig`, with time going by until it ends; `during` is called every second. */
async function played(
  rig: LoopRig,
  signal: AbortSignal = never,
  during: (second: number) => void = () => {},
): Promise<{ readonly kind: Round['kind']; readonly unsent: number | null; readonly s: number }> {
  let round: Round | null = null;
  const { loop: sync, clock } = rig;
  const running = oneRound({ sync, clock, progress: () => {} }, signal).then((ended) => {
    round = ended;
  });
  let s = 0;
  for (; round === null && s < 3_600; s++) {
    during(s);
    await clock.advance(1_000);
  }
  expect(round).not.toBeNull();
  await running;
  const { kind, last } = round as unknown as Round;
  return { kind, unsent: last.unsent, s };
}

function withSegments(count: number): LoopRig {
  const rig = new LoopRig();
  for (let index = 0; index < count; index++) rig.write();
  return rig;
}

test('on a good line a round ends as soon as everything is there', async () => {
  const { kind, unsent, s } = await played(withSegments(40));
  expect([kind, unsent]).toEqual(['done', 0]);
  expect(s).toBeLessThan(60);
});

test('without a line it ends after fifteen seconds, and what waits still waits', async () => {
  const rig = withSegments(3);
  rig.isCut = true;
  const { kind, unsent, s } = await played(rig);
  expect([kind, unsent]).toEqual(['down', 3]);
  expect(s).toBeGreaterThanOrEqual(15);
  expect(s).toBeLessThan(18);
});

test.each([
  [2, 9],
  [3, 12],
  [3, 2],
])(
  'a line that is there %d s and gone %d s carries everything in one round',
  async (upS, goneS) => {
    const rig = withSegments(40);
    const { kind, unsent } = await played(rig, never, (second) => {
      rig.isCut = second % (upS + goneS) >= upS;
    });
    expect([kind, unsent]).toEqual(['done', 0]);
  },
);

test('a line that goes for good in the middle ends the round', async () => {
  const rig = withSegments(40);
  const { kind, unsent } = await played(rig, never, (second) => {
    rig.isCut = second >= 2;
  });
  expect(kind).toBe('down');
  expect(unsent).toBeGreaterThan(0);
});

test('a station that the hub has revoked is told so at once, not after waiting', async () => {
  const rig = withSegments(3);
  rig.instead = () => refusal(401, 'station.revoked');
  const { kind, unsent, s } = await played(rig);
  expect([kind, unsent]).toEqual(['refused', 3]);
  expect(s).toBeLessThan(5);
});

test('a station of which a copy speaks at the hub is told so', async () => {
  const rig = withSegments(1);
  rig.instead = () => refusal(409, 'station.copied');
  expect((await played(rig)).kind).toBe('refused');
});

test('it ends when it is stopped', async () => {
  const rig = withSegments(3);
  rig.instead = () => refusal(503, 'hub.busy');
  const stop = new AbortController();
  const { kind } = await played(rig, stop.signal, (second) => {
    if (second === 60) stop.abort();
  });
  expect(kind).toBe('stopped');
});
