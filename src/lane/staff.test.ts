import { describe, expect, test } from 'vitest';
import { LaneRig, OFFICER, person } from '../../test/scenarios/lane-rig.ts';

const AN = person(1);
const BINH = person(2);

describe('staff actions are records that refer to the passage', () => {
  test('let pass: the person goes, the barrier opens, the verdict stands', () => {
    const rig = withCheck();
    expect(rig.tap('let-pass', null, 'paper-seen')).toBeNull();
    expect(rig.view).toMatchObject({
      outward: 'go',
      current: { staff: 'let-pass', verdict: 'check' },
    });
    expect(rig.openings).toHaveLength(1);
    expect(rig.of('action')).toMatchObject([
      { passage: 1, action: 'let-pass', reason: 'paper-seen', officer: OFFICER },
    ]);
    expect(rig.of('passage')).toMatchObject([{ verdict: 'check' }]);
  });

  test('turn back: seen on the screen, recorded as not crossed', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.tap('turn-back', null, 'no-permit');
    expect(rig.view).toMatchObject({ outward: 'wait', current: { staff: 'turned-back' } });
    await rig.pass(30_000);
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'no' }]);
  });

  test.each([
    ['handed-over', 'no'],
    ['left', 'unknown'],
    ['recovered', 'assumed'],
    ['in-transfer', 'assumed'],
    ['wrong-person', 'assumed'],
  ] as const)('a stop ends %s', async (action, crossed) => {
    const rig = withStop();
    expect(rig.tap(action)).toBeNull();
    await rig.pass(60_000);
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed }]);
    expect(rig.view.current).toBeNull();
  });

  test('an action needs somebody who is signed in', () => {
    const rig = withCheck();
    const refusal = rig.runner.staff({ action: 'let-pass', ordinal: null, reason: 'seen' }, null);
    expect(refusal?.code).toBe('officer.none');
    expect(rig.shown).toBe('check subject.no-number');
    expect(rig.openings).toEqual([]);
  });

  test('where nobody is configured nobody need sign in', () => {
    const rig = new LaneRig({ officerRequired: false });
    rig.scan(AN.personal);
    expect(
      rig.runner.staff({ action: 'let-pass', ordinal: null, reason: 'seen' }, null),
    ).toBeNull();
  });

  test('what is not there cannot be acted on', () => {
    const rig = new LaneRig();
    expect(rig.tap('let-pass')?.code).toBe('passage.none');
    expect(rig.tap('undo')?.code).toBe('undo.none');
    expect(rig.tap('crossed', 7)?.code).toBe('passage.none');
    rig.scan(AN.card);
    expect(rig.tap('recovered')?.code).toBe('passage.not-held');
    expect(rig.tap('recall', 1)?.code).toBe('tray.not-there');
    expect(rig.of('action')).toEqual([]);
  });

  test('whoever waits can be let pass out of turn; the one in front has then crossed', () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.scan(BINH.card);
    rig.tap('let-pass', 2);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
    expect(rig.view.current).toMatchObject({ ordinal: 2, staff: 'let-pass' });
  });

  test('a tap tells that a pass has crossed', () => {
    const rig = new LaneRig({ clear: 'tap' });
    rig.scan(AN.card);
    rig.tap('crossed');
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'yes' }]);
    expect(rig.view.current).toBeNull();
  });
});

describe('undo, for 30 s', () => {
  test('a let-pass taken back holds the screen again', async () => {
    const rig = withStop();
    rig.tap('let-pass');
    await rig.pass(10_000);
    expect(rig.view.undo).toMatchObject({ action: 'let-pass', passage: 1, restMs: 20_000 });
    expect(rig.tap('undo')).toBeNull();
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.view).toMatchObject({ outward: 'wait', undo: null });
    expect(rig.of('action').map(({ action }) => action)).toEqual(['let-pass', 'undo']);
    expect(rig.of('end')).toEqual([]);
  });

  test('also when the next person has come meanwhile', async () => {
    const rig = withStop();
    rig.tap('let-pass');
    await rig.pass(2_000);
    rig.scan(BINH.card);
    expect(rig.view.current?.subject.number).toBe(BINH.number);
    rig.tap('undo');
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.of('end').filter(({ passage }) => passage === 1)).toEqual([]);
  });

  test('a verdict cannot improve by a card shown again after its name has gone', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.scan(AN.card.replace('01022000', '02022000'));
    rig.tap('let-pass');
    await rig.pass(2_000);
    rig.scan(BINH.card);
    rig.tap('undo');
    rig.scan(AN.card);
    expect(rig.shown).toBe('check documents.differ-birth');
  });

  test('of two actions on one check the last is taken back, and it is held again', () => {
    const rig = withCheck();
    rig.tap('let-pass');
    rig.tap('turn-back');
    rig.tap('undo');
    expect(rig.shown).toBe('check subject.no-number');
    expect(rig.view.current).toMatchObject({ staff: null, restMs: null });
  });

  test('a set-aside taken back leaves the tray', () => {
    const rig = withStop();
    rig.tap('set-aside');
    rig.tap('undo');
    expect(rig.view.parked).toEqual([]);
    expect(rig.shown).toBe('stop status.f0');
  });

  test('after 30 s it is final, and ends once', async () => {
    const rig = withStop();
    rig.tap('turn-back');
    await rig.pass(29_750);
    expect(rig.of('end')).toEqual([]);
    await rig.pass(250);
    expect(rig.tap('undo')?.code).toBe('undo.none');
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'no' }]);
  });

  test('only the last action can be taken back; the one before becomes final', () => {
    const rig = withStop();
    rig.tap('handed-over');
    rig.scan(AN.personal);
    rig.tap('turn-back');
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'no' }]);
    expect(rig.view.undo?.passage).toBe(3);
  });
});

describe('the tray', () => {
  test('somebody set aside and left alone is called out every 60 s', async () => {
    const rig = withStop();
    rig.tap('set-aside');
    await rig.pass(59_750);
    expect(rig.view.parked[0]?.overdue).toBe(false);
    await rig.pass(60_250);
    expect(rig.view.parked[0]?.overdue).toBe(true);
    expect(rig.told.filter(({ event }) => event === 'overdue')).toMatchObject([
      { ordinal: 1, parkedMs: 60_000 },
      { ordinal: 1, parkedMs: 120_000 },
    ]);
  });

  test('recalled, it holds the screen again', () => {
    const rig = withStop();
    rig.tap('set-aside');
    rig.scan(BINH.card);
    rig.tap('recall', 1);
    expect(rig.shown).toBe('stop status.f0');
  });

  test('a green one can be set aside, and waits there for staff', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.tap('set-aside');
    await rig.pass(100_000);
    expect(rig.view).toMatchObject({ current: null, parked: [{ verdict: 'pass' }] });
    rig.tap('let-pass', 1);
    await rig.pass(40_000);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'assumed' }]);
  });

  test('a full tray refuses', () => {
    const rig = new LaneRig();
    for (let index = 10; index < 18; index += 1) {
      rig.scan(person(index).personal);
      expect(rig.tap('set-aside')).toBeNull();
    }
    rig.scan(AN.personal);
    expect(rig.tap('set-aside')?.code).toBe('tray.full');
    expect(rig.shown).toBe('check subject.no-number');
  });

  test('a new officer takes it over by name', () => {
    const rig = new LaneRig();
    rig.runner.signIn('mau');
    rig.scan(AN.personal);
    rig.tap('set-aside');
    rig.runner.signIn('thu');
    expect(rig.of('officer').map(({ event, officer }) => `${event} ${officer}`)).toEqual([
      'signed-in mau',
      'handed-over thu',
    ]);
    expect(rig.of('action').at(-1)).toMatchObject({
      passage: 2,
      action: 'tray-taken-over',
      officer: 'thu',
    });
  });
});

describe('the lane as a whole', () => {
  test('released: nobody is stopped, everybody is counted, a stop is followed up', async () => {
    const rig = new LaneRig({ clear: 'loop' });
    rig.list(BINH.number);
    rig.tap('mode-release', null, 'queue');
    expect(rig.view.outward).toBe('go');
    rig.scan(AN.card);
    rig.scan(BINH.card);
    rig.scan(person(3).personal);
    expect(rig.view).toMatchObject({ current: null, outward: 'go' });
    expect(rig.view.parked).toMatchObject([{ number: BINH.number }]);
    rig.tap('count-crossing');
    rig.cross();
    rig.tap('mode-normal', null, 'queue');
    expect(rig.of('mode')).toMatchObject([
      { mode: 'release', reason: 'queue', counted: 0 },
      { mode: 'normal', counted: 2 },
    ]);
    expect(rig.of('passage').map(({ mode }) => mode)).toEqual(['release', 'release', 'release']);
    expect(rig.of('end').map(({ crossed }) => crossed)).toEqual(['assumed', 'assumed']);
  });

  test('released while people wait behind a stop: they go, the stop stays held', () => {
    const rig = withStop();
    rig.scan(BINH.card);
    rig.tap('mode-release', null, 'ambulance');
    expect(rig.outcomes).toMatchObject([{ ordinal: 2, crossed: 'assumed' }]);
    expect(rig.view).toMatchObject({ waiting: 0, outward: 'go', current: { verdict: 'stop' } });
  });

  test('a mode that is there already is refused', () => {
    const rig = new LaneRig();
    expect(rig.tap('mode-normal')?.code).toBe('mode.same');
    expect(rig.of('mode')).toEqual([]);
  });

  test('an emergency opens without anybody signed in, the reason comes afterwards', () => {
    const rig = withStop();
    const open = { action: 'emergency-open', ordinal: null, reason: 'unstated' } as const;
    expect(rig.runner.staff(open, null)).toBeNull();
    expect(rig.openings).toHaveLength(1);
    expect(rig.view.emergencyAtMs).not.toBeNull();
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.tap('emergency-reason', null, 'fire')).toBeNull();
    expect(rig.view.emergencyAtMs).toBeNull();
    expect(rig.of('action').map(({ action, reason }) => `${action} ${reason}`)).toEqual([
      'emergency-open unstated',
      'emergency-reason fire',
    ]);
  });

  test('what was open when the daemon stopped is closed as unknown and told', () => {
    const rig = new LaneRig();
    for (const sequence of [17, 19]) rig.unfinished.add(sequence);
    rig.runner.tick();
    expect(rig.of('end')).toMatchObject([
      { passage: 17, crossed: 'unknown' },
      { passage: 19, crossed: 'unknown' },
    ]);
    expect(rig.view.restart).toEqual({ atMs: rig.clock.wallMs(), unfinished: 2 });
    rig.tap('acknowledge-ageing');
    expect(rig.view.restart).toBeNull();
  });

  test('an officer who confirms the date lets what was held for want of one be decided again', () => {
    const rig = new LaneRig();
    const nowMs = rig.clock.wallMs();
    rig.time = { earliestMs: nowMs, latestMs: nowMs + 1e12, trust: 'unset' };
    rig.scan(AN.personal.replace('******', '001200'));
    expect(rig.shown).toContain('time.unset');
    rig.confirms = false;
    expect(rig.tap('confirm-time')?.code).toBe('time.before-floor');
    rig.confirms = true;
    rig.time = null;
    expect(rig.tap('confirm-time')).toBeNull();
    expect(rig.shown).not.toContain('time.unset');
    expect(rig.of('officer')).toMatchObject([{ event: 'time-confirmed', officer: OFFICER }]);
  });
});

function withCheck(): LaneRig {
  const rig = new LaneRig();
  rig.scan(AN.personal);
  return rig;
}

function withStop(): LaneRig {
  const rig = new LaneRig();
  rig.list(AN.number);
  rig.scan(AN.card);
  return rig;
}
