import { afterEach, describe, expect, test } from 'vitest';
import { LoopRig, NOW_MS, refusal } from '../../test/support/sync-sim/loop-rig.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

let rig: LoopRig;
afterEach(() => rig.end());

describe('a station that does not know the time', () => {
  const unset = { time: { batteryClock: false } };

  test('asks the hub before it sends anything, and raises no alarm', async () => {
    rig = new LoopRig(unset);
    rig.write();
    rig.start();
    await rig.clock.advance(MINUTE_MS);
    expect(rig.time.interval().trust).toBe('vouched');
    expect(rig.loop.snapshot()).toMatchObject({ unsent: 0, alarms: [] });
    const calls = rig.asked.map(({ call }) => call);
    expect(calls.indexOf('POST /v1/time')).toBeLessThan(calls.indexOf('GET /v1/heads'));
    expect(rig.told).toEqual([]);
  });

  test('waits for the time as long as the question for it comes to nothing, and then sends', async () => {
    rig = new LoopRig(unset);
    rig.instead = ({ path }) => (path === '/v1/time' ? refusal(503, 'hub.busy') : null);
    rig.write();
    rig.start();
    await rig.clock.advance(20 * MINUTE_MS);
    expect(rig.calls('/v1/time')).toBeGreaterThan(10);
    expect(rig.calls('/v1/segments')).toBe(0);
    rig.instead = () => null;
    await rig.clock.advance(2 * MINUTE_MS);
    expect(rig.loop.snapshot()).toMatchObject({ unsent: 0, alarms: [] });
    expect(rig.told).toEqual([]);
  });

  test('asks as soon as another call finds the line back', async () => {
    rig = new LoopRig(unset);
    rig.isCut = true;
    rig.write();
    rig.start();
    await rig.clock.advance(20 * MINUTE_MS);
    rig.isCut = false;
    await rig.clock.advance(61_000);
    const [answered] = rig.asked.filter(({ atMs }) => atMs > 20 * MINUTE_MS);
    const sent = rig.asked.find(({ call }) => call.includes('/v1/segments'));
    expect((sent?.atMs ?? 0) - (answered?.atMs ?? 0)).toBeLessThan(2_000);
    expect(rig.told).toEqual([]);
  });

  test('sends once an officer has confirmed the date, whatever the hub says of the time', async () => {
    rig = new LoopRig(unset);
    rig.instead = ({ path }) => (path === '/v1/time' ? refusal(503, 'hub.busy') : null);
    rig.write();
    rig.start();
    await rig.clock.advance(MINUTE_MS);
    expect(rig.calls('/v1/segments')).toBe(0);
    expect(rig.time.confirm()).toBe(true);
    await rig.clock.advance(3_000);
    expect(rig.loop.snapshot()).toMatchObject({ unsent: 0, alarms: [] });
  });

  test('goes on, with an alarm, when what the hub says of the time cannot be believed', async () => {
    rig = new LoopRig({ time: { batteryClock: false, buildMs: NOW_MS + DAY_MS } });
    rig.write();
    rig.start();
    await rig.clock.advance(MINUTE_MS);
    expect(rig.told).toContain('time.refused {"code":"before-floor"}');
    expect(rig.calls('/v1/segments')).toBeGreaterThan(0);
  });
});

test('a battery clock a year off is set right by the hub before anything is judged, and the jump is told', async () => {
  const keysUntilMs = NOW_MS + 300 * DAY_MS;
  rig = new LoopRig({ wallAheadMs: 400 * DAY_MS, keysUntilMs });
  rig.instead = ({ path }) => (path === '/v1/time' ? refusal(503, 'hub.busy') : null);
  rig.write();
  rig.start();
  await rig.clock.advance(5 * MINUTE_MS);
  expect(rig.calls('/v1/segments')).toBe(0);
  rig.instead = () => null;
  await rig.clock.advance(2 * MINUTE_MS);
  expect(rig.loop.snapshot().unsent).toBe(0);
  expect(rig.told.map((each) => each.split(' ')[0])).toEqual(['recipient.none', 'time.jump']);
});

test('a key of the hub that is younger than the role list held is no false alarm: the list is fetched first', async () => {
  rig = new LoopRig({ isListOld: true });
  let isKept = false;
  // The hub was rotated in the moment between the two questions.
  rig.instead = ({ path }) => {
    if (!path.startsWith('/v1/roles') || isKept) return null;
    isKept = true;
    return refusal(404, 'http.404');
  };
  rig.versions = '0.2.0.0';
  rig.write();
  rig.start();
  await rig.clock.advance(10_000);
  expect(rig.loop.snapshot()).toMatchObject({ unsent: 0, versions: { roles: 2 } });
  expect(rig.time.interval().trust).toBe('vouched');
  expect(rig.told).toEqual([]);
});

test('a receipt by a key that the hub has since a moment is no false alarm either', async () => {
  rig = new LoopRig();
  rig.start();
  await rig.clock.advance(1_000);
  rig.hub.rotate();
  rig.write();
  await rig.clock.advance(1_000);
  expect(rig.loop.snapshot()).toMatchObject({ unsent: 0, versions: { roles: 2 } });
  expect(rig.told).toEqual([]);
});

describe('a station that the hub has revoked', () => {
  const revoked = async () => {
    rig = new LoopRig();
    rig.start();
    await rig.clock.advance(MINUTE_MS);
    rig.write();
    rig.instead = () => refusal(401, 'station.revoked');
    await rig.clock.advance(MINUTE_MS);
    rig.asked.length = 0;
  };

  test('asks a few times an hour, whatever it writes and however the line flaps', async () => {
    await revoked();
    let heard = 0;
    for (let quarter = 0; quarter < 24; quarter++) {
      rig.write();
      const before = rig.asked.length;
      await rig.clock.advance(HOUR_MS / 4);
      if (!rig.isCut) heard += rig.asked.length - before;
      rig.isCut = quarter % 6 === 4;
    }
    expect(heard / 5).toBeLessThan(24);
    expect(heard / 5).toBeGreaterThan(2);
    await rig.clock.advance(2 * MINUTE_MS);
    expect(rig.loop.snapshot()).toMatchObject({
      line: { state: 'revoked' },
      alarms: ['hub.not-admitted'],
    });
  });

  test('notices within the hour that it is admitted again, and then everything goes on at once', async () => {
    await revoked();
    await rig.clock.advance(8 * HOUR_MS);
    rig.asked.length = 0;
    rig.instead = () => null;
    await rig.clock.advance(HOUR_MS + MINUTE_MS);
    expect(rig.loop.snapshot()).toMatchObject({ line: { state: 'up' }, unsent: 0, alarms: [] });
    const firstMs = rig.asked[0]?.atMs ?? 0;
    for (const part of ['/v1/time', '/v1/reports', '/v1/segments', '/v1/registers/manifest']) {
      const [first] = rig.asked.filter(({ call }) => call.includes(part));
      expect((first?.atMs ?? 0) - firstMs, part).toBeLessThan(2_000);
    }
  });

  test('a busy answer between does not make it one that is admitted', async () => {
    await revoked();
    rig.instead = () => refusal(503, 'hub.busy');
    await rig.clock.advance(HOUR_MS);
    expect(rig.loop.snapshot().line.state).toBe('revoked');
  });
});

test('a role list past its end is told, and no more once a newer one is there', async () => {
  rig = new LoopRig({ rolesUntilMs: NOW_MS + HOUR_MS });
  rig.start();
  await rig.clock.advance(59 * MINUTE_MS);
  expect(rig.told).toEqual([]);
  await rig.clock.advance(2 * MINUTE_MS);
  expect(rig.loop.snapshot().alarms).toEqual(['roles.expired']);
});

test('a station that does not know the time does not say that its role list is over', async () => {
  rig = new LoopRig({ time: { batteryClock: false }, rolesUntilMs: NOW_MS + HOUR_MS });
  rig.isCut = true;
  rig.instead = ({ path }) => (path === '/v1/time' ? refusal(503, 'hub.busy') : null);
  rig.start();
  await rig.clock.advance(5 * MINUTE_MS);
  expect(rig.told).toEqual([]);
});

test('the hub is not asked before it wants to be, however often a report is due', async () => {
  rig = new LoopRig();
  rig.instead = ({ path }) =>
    path === '/v1/reports'
      ? { ...refusal(503, 'hub.busy'), headers: { 'retry-after': '600' } }
      : null;
  rig.start();
  await rig.clock.advance(HOUR_MS);
  expect(rig.calls('/v1/reports')).toBeLessThanOrEqual(6);
  expect(rig.calls('/v1/reports')).toBeGreaterThanOrEqual(3);
});
