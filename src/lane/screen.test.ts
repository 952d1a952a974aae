import { describe, expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';

const AN = person(1);
const BINH = person(2);

describe('worst holds the screen', () => {
  test('a stop never times out', async () => {
    const rig = held(AN);
    await rig.pass(3_600_000);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.view.current?.restMs).toBeNull();
  });

  test('a pass presented meanwhile waits behind and is not given', () => {
    const rig = held(AN);
    rig.scan(BINH.card);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.view).toMatchObject({ waiting: 1, outward: 'wait' });
    expect(rig.of('passage')).toHaveLength(2);
    expect(rig.openings).toEqual([]);
  });

  test('who waited takes the screen once the stop is set aside', () => {
    const rig = held(AN);
    rig.scan(BINH.card);
    rig.tap('set-aside');
    expect(rig.view.current?.subject.number).toBe(BINH.number);
    expect(rig.view).toMatchObject({ waiting: 0, outward: 'go' });
    expect(rig.view.parked).toMatchObject([{ number: AN.number, verdict: 'stop' }]);
  });

  test('a stop overwrites a check, and the check comes back when the stop is done', () => {
    const rig = new LaneRig();
    rig.list(BINH.number);
    rig.scan(AN.personal);
    rig.scan(BINH.card);
    expect(rig.shown).toBe('stop status.f0');
    rig.tap('handed-over');
    expect(rig.shown).toBe('check subject.no-number');
  });

  test('of two checks the first stays', () => {
    const rig = new LaneRig();
    rig.scan(AN.personal);
    rig.scan(BINH.personal);
    expect(rig.view.current?.ordinal).toBe(1);
  });

  test('a stop behind a green one takes the screen from it', () => {
    const rig = new LaneRig();
    rig.list(BINH.number);
    rig.scan(AN.card);
    rig.scan(BINH.card);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
  });

  test('a pass that waits and is listed meanwhile takes the screen as a stop', () => {
    const rig = held(AN);
    rig.scan(BINH.card);
    rig.list(BINH.number);
    rig.scan(BINH.card);
    rig.tap('set-aside');
    expect(rig.view.current).toMatchObject({ verdict: 'stop', ordinal: 2 });
    expect(rig.view.outward).toBe('wait');
  });

  test('a flood of codes behind a stop is turned off, not recorded without end', () => {
    const rig = held(AN);
    for (let index = 10; index < 200; index += 1) rig.scan(person(index).card);
    expect(rig.view.waiting).toBe(5);
    expect(rig.of('passage')).toHaveLength(6);
    expect(rig.view.notice?.kind).toBe('lane-full');
  });

  test('who waits with the code in view does not give way', async () => {
    const rig = held(AN);
    for (let index = 10; index < 15; index += 1) rig.hold(person(index).card);
    await rig.pass(60_000);
    rig.scan(BINH.card);
    expect(rig.outcomes).toEqual([]);
    expect(rig.view.notice?.kind).toBe('lane-full');
  });

  test('a pass that waited so long that nobody is there gives way, and is no repeat later', async () => {
    const rig = held(AN);
    for (let index = 10; index < 15; index += 1) rig.scan(person(index).card);
    await rig.pass(20_000);
    rig.scan(BINH.card);
    expect(rig.outcomes).toMatchObject([{ ordinal: 2, crossed: 'unknown' }]);
    rig.tap('set-aside');
    await rig.pass(60_000);
    rig.scan(person(10).card);
    expect(rig.shown).toBe('pass');
  });
});

describe('passes follow each other', () => {
  test('a pass expires on the screen and counts as crossed once the view is empty', async () => {
    const rig = new LaneRig();
    const track = rig.hold(AN.card);
    expect(rig.view.current?.restMs).toBe(15_000);
    await rig.pass(5_000);
    rig.withdraw(track);
    await rig.pass(9_750);
    expect(rig.shown).toBe('pass');
    await rig.pass(250);
    expect(rig.view.current).toBeNull();
    expect(rig.view.outward).toBe('idle');
    expect(rig.outcomes).toMatchObject([{ crossed: 'assumed' }]);
  });

  test('the next person closes a green one, no tap', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    await rig.pass(4_000);
    rig.scan(BINH.card);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
    expect(rig.view.current?.subject.number).toBe(BINH.number);
  });

  test('a camera that goes out no longer has anything in view', async () => {
    const rig = new LaneRig();
    rig.hold(AN.card);
    rig.runner.vision({
      kind: 'offline',
      deviceId: 'cam-1',
      atMs: 0,
      reason: 'camera.stalled',
      detail: [],
    });
    await rig.pass(15_000);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
  });

  test('two codes at once: each has its moment on the screen', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.scan(BINH.card);
    expect(rig.view.current?.subject.number).toBe(AN.number);
    await rig.pass(1_500);
    expect(rig.view.current?.subject.number).toBe(BINH.number);
    expect(rig.outward.filter((state) => state === 'go')).toHaveLength(2);
  });

  test('a pass whose code is still in view crosses with the next presentation', async () => {
    const rig = new LaneRig();
    rig.hold(AN.card);
    await rig.pass(20_000);
    expect(rig.outcomes).toEqual([]);
    rig.scan(BINH.personal);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
  });

  test('the same subject again means that the first did not surely cross', async () => {
    const rig = new LaneRig();
    const track = rig.hold(AN.card);
    await rig.pass(14_000);
    rig.withdraw(track);
    await rig.clock.advance(3_000);
    rig.hold(AN.card);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'unknown' }]);
    expect(rig.shown).toBe('check repeat');
  });

  test('with a tap or a loop nothing is assumed: a crossing without a sign is unknown', async () => {
    const rig = new LaneRig({ clear: 'loop' });
    rig.scan(AN.card);
    await rig.pass(2_000);
    rig.scan(BINH.card);
    rig.cross();
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'yes' }]);
    await rig.pass(60_000);
    expect(rig.outcomes[1]).toMatchObject({ ordinal: 2, crossed: 'unknown' });
  });

  test('a loop that feels somebody whom nobody let through says so', () => {
    const rig = new LaneRig({ clear: 'loop' });
    rig.cross();
    expect(rig.told).toContainEqual({ event: 'crossing-unexplained' });
  });

  test('a name is in memory only while it is on the screen', async () => {
    const rig = new LaneRig({ clear: 'tap' });
    rig.scan(AN.card);
    expect(JSON.stringify(rig.view)).toContain('Nguyễn');
    await rig.pass(15_000);
    expect(rig.view.current).toBeNull();
    expect(JSON.stringify(rig.view)).not.toMatch(/Nguyễn|001200000001|Hà Nội/);
  });
});

describe('the lane answers what is no passage', () => {
  test('another code is told with what it looks like, and forgotten', async () => {
    const rig = new LaneRig();
    rig.scan('https://example.org/menu');
    expect(rig.view.notice).toMatchObject({ kind: 'other-code', looksLike: 'url' });
    expect(rig.records).toEqual([]);
    await rig.pass(8_000);
    expect(rig.view.notice).toBeNull();
  });

  test('a code seen and not read for 8 s is told; a bright rectangle without a code is not', async () => {
    const rig = new LaneRig();
    hint(rig, 'no-code');
    await rig.pass(9_000);
    expect(rig.view.notice).toBeNull();
    hint(rig, 'too-far');
    await rig.pass(250);
    expect(rig.view).toMatchObject({ hint: 'too-far', notice: { kind: 'not-read' } });
    hint(rig, null);
    rig.hold(AN.card);
    expect(rig.view).toMatchObject({ hint: null, notice: null });
  });

  test('a typed passage says why it was typed', () => {
    const rig = new LaneRig();
    rig.runner.vision({
      kind: 'offline',
      deviceId: 'cam-1',
      atMs: 0,
      reason: 'camera.stalled',
      detail: [],
    });
    rig.type(AN.number);
    expect(rig.of('action')).toMatchObject([{ passage: 1, action: 'typed', reason: 'camera-out' }]);
  });

  test('a closed lane takes nobody', () => {
    const rig = new LaneRig();
    rig.tap('mode-closed', null, 'break');
    rig.scan(AN.card);
    expect(rig.view).toMatchObject({ outward: 'closed', notice: { kind: 'lane-closed' } });
    expect(rig.of('passage')).toEqual([]);
  });
});

function held(who: { readonly card: string; readonly number: string }): LaneRig {
  const rig = new LaneRig();
  rig.list(who.number);
  rig.scan(who.card);
  return rig;
}

function hint(rig: LaneRig, word: 'no-code' | 'too-far' | null): void {
  rig.runner.vision({ kind: 'hint', deviceId: 'cam-1', hint: word });
}
