import { describe, expect, test } from 'vitest';
import { ModelHub } from '../../../test/support/sync-sim/model-hub.ts';
import { Seeded } from '../../../test/support/sync-sim/seeded.ts';
import { SimLine } from '../../../test/support/sync-sim/sim-line.ts';
import { SimStation } from '../../../test/support/sync-sim/sim-station.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { UpstreamAnswer } from '../../ports/upstream.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOT_TAKEN: UpstreamAnswer = {
  ...{ kind: 'answered', status: 422, headers: {} },
  body: Buffer.from(JSON.stringify({ code: 'segment.recipient', message: 'no such key' })),
};

/** A station on a good line, and a hub that takes no segment at first. */
function bench() {
  const clock = new VirtualClock();
  const random = new Seeded(7);
  const hub = new ModelHub(random, clock, HOUR_MS);
  hub.isCalm = true;
  const state = { takes: false };
  const offered: number[] = [];
  const line = new SimLine(clock, random, (request) => {
    const isSegment = request.path.startsWith('/v1/segments');
    if (isSegment) offered.push(clock.monoMs());
    return isSegment && !state.takes ? NOT_TAKEN : hub.answer('cua-1', request);
  });
  line.isCalm = true;
  const oracle = { acknowledged: new Set<string>(), perhaps: new Set<string>() };
  const station = new SimStation({ id: 'cua-1', clock, random, line, keys: hub.keys, oracle });
  station.start();
  const write = () => {
    station.append();
    station.closeSegment();
  };
  return { clock, state, offered, station, write };
}

describe('a segment that the hub does not take', () => {
  test('is offered again about once a day, and its alarm stays until it is taken', async () => {
    const { clock, state, offered, station, write } = bench();
    write();
    await clock.advance(11 * HOUR_MS);
    expect(offered).toHaveLength(1);
    await clock.advance(14 * DAY_MS);
    const waits = offered.slice(1).map((atMs, index) => atMs - (offered[index] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(12 * HOUR_MS);
    expect(Math.max(...waits)).toBeLessThan(36 * HOUR_MS + 60_000);
    expect(new Set(waits).size).toBe(waits.length);
    expect([station.refusedCount, station.active()]).toEqual([1, ['journal.segment-refused']]);
    state.takes = true;
    await clock.advance(37 * HOUR_MS);
    expect([station.refusedCount, station.active(), station.isDrained]).toEqual([0, [], true]);
    await station.kill();
  });

  test('keeps nothing else waiting, and does not hide that something waits', async () => {
    const { clock, state, station, write } = bench();
    write();
    await clock.advance(60_000);
    state.takes = true;
    for (let count = 0; count < 30; count++) write();
    expect(station.isDrained).toBe(false);
    await clock.advance(60_000);
    expect([station.refusedCount, station.isDrained]).toEqual([1, true]);
    await station.kill();
  });

  test('is refused no more once its receipt came on a stick', async () => {
    const { clock, station, write } = bench();
    write();
    await clock.advance(60_000);
    const [segment] = station.disk.segments;
    if (segment !== undefined) segment.receipt = new Uint8Array(0);
    station.lineUp();
    await clock.advance(60_000);
    expect([station.refusedCount, station.active()]).toEqual([0, []]);
    await station.kill();
  });
});
