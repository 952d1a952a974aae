import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';
import { DAY_MS } from '../kernel/calendar.ts';

const AN = person(1);
const BINH = person(2);

type Way = 'camera' | 'scanner' | 'typed' | 'api';

describe('what opens by itself', () => {
  test('no claim from any source in any mode, without a policy that says so', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Way>('camera', 'scanner', 'typed', 'api'),
        fc.constantFrom('normal', 'release', 'closed'),
        fc.constantFrom('automatic', 'assisted', 'monitor'),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('fresh', 'ageing', 'expired', 'listed', 'not-writing'),
        (way, mode, operation, openOnClaim, selfTested, world) => {
          const rig = new LaneRig({ operation, openOnClaim, selfTested });
          if (mode !== 'normal') rig.tap(`mode-${mode}`, null, 'queue');
          arrange(rig, world);
          const before = rig.openings.length;
          shownBy(rig, way);
          const may = openOnClaim && selfTested;
          const opens = may && operation === 'automatic' && mode === 'normal' && world === 'fresh';
          expect(rig.openings.length - before).toBe(opens ? 1 : 0);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('an automatic opening comes after its record, never before', () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
    rig.scan(AN.card);
    expect(rig.openings).toEqual([{ atMonoMs: 0, records: 1 }]);
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('nothing opens before the station has understood a known code; the verdict is told all the same', () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true, selfTested: false });
    rig.scan(AN.card);
    expect(rig.openings).toEqual([]);
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('a closed lane opens for nobody, not even for who waited', () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
    rig.list(AN.number);
    rig.scan(AN.card);
    rig.scan(BINH.card);
    rig.tap('mode-closed', null, 'break');
    rig.tap('set-aside');
    expect(rig.view.current?.subject.number).toBe(BINH.number);
    expect(rig.openings).toEqual([]);
  });

  test('a pass opens once, however often its code is shown', async () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
    rig.scan(AN.card);
    await rig.pass(3_000);
    rig.scan(AN.card);
    expect(rig.openings).toHaveLength(1);
  });

  test('an automatic lane that may not open tells the outside to wait until staff tap', () => {
    const rig = new LaneRig({ operation: 'automatic' });
    rig.scan(AN.card);
    expect(rig.view.outward).toBe('wait');
    rig.tap('let-pass');
    expect(rig.view.outward).toBe('go');
    expect(rig.openings).toHaveLength(1);
  });

  test('nobody is assumed to have crossed past a barrier that did not open', async () => {
    const rig = new LaneRig({ operation: 'automatic' });
    rig.scan(AN.card);
    await rig.pass(16_000);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'unknown' }]);
  });

  test('a monitoring lane opens nothing, not even by hand', () => {
    const rig = new LaneRig({ operation: 'monitor' });
    rig.scan(AN.card);
    rig.tap('let-pass');
    expect(rig.openings).toEqual([]);
  });

  test('a barrier that does not answer is told and stops nothing', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.failBarrier = true;
    rig.tap('let-pass');
    await rig.pass(250);
    expect(rig.told).toContainEqual({ event: 'barrier-fault' });
    expect(rig.view.outward).toBe('go');
  });
});

describe('ageing data', () => {
  test('lets pass once an officer of this shift has acknowledged its age', () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
    rig.runner.signIn('mau');
    rig.age(5 * DAY_MS);
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass register.ageing');
    expect(rig.view.outward).toBe('wait');
    expect(rig.view.registers).toMatchObject([{ state: 'ageing', acknowledged: false }]);
    rig.tap('acknowledge-ageing');
    expect(rig.view.registers).toMatchObject([{ acknowledged: true }]);
    expect(rig.view.outward).toBe('go');
    expect(rig.openings).toHaveLength(1);
  });

  test('needs it again in the next shift', () => {
    const rig = new LaneRig();
    rig.runner.signIn('mau');
    rig.age(5 * DAY_MS);
    rig.tap('acknowledge-ageing');
    rig.runner.signIn('thu');
    rig.scan(AN.card);
    expect(rig.view.outward).toBe('wait');
  });
});

describe('check and stop look the same from outside', () => {
  test('signals and their times are equal, whatever staff then do', async () => {
    for (const action of ['let-pass', 'turn-back', 'handed-over', 'left', 'set-aside'] as const) {
      const traces = [];
      for (const register of ['f0', 'f1']) {
        const rig = new LaneRig({ registers: ['f0', 'f1'] });
        const trace: string[] = [];
        rig.onSignal = (state) => trace.push(`${rig.clock.monoMs()} ${state}`);
        rig.list(AN.number, register);
        rig.scan(AN.card);
        await rig.pass(7_000);
        rig.scan(BINH.card);
        await rig.pass(5_000);
        rig.tap(action);
        await rig.pass(90_000);
        traces.push(trace.join('\n'));
      }
      expect(traces[0]).toBe(traces[1]);
      expect(traces[0]).toContain('wait');
    }
  });

  test('a lamp that is slow gets what holds now, not what held before', async () => {
    const rig = new LaneRig();
    rig.lampDelayMs = 1_000;
    rig.scan(AN.personal);
    rig.tap('let-pass');
    rig.tap('undo');
    rig.tap('let-pass');
    await rig.pass(3_000);
    expect(rig.outward).toEqual(['wait', 'go']);
  });
});

function arrange(rig: LaneRig, world: string): void {
  if (world === 'ageing') rig.age(5 * DAY_MS);
  if (world === 'expired') rig.age(8 * DAY_MS);
  if (world === 'listed') rig.list(AN.number);
  if (world === 'not-writing') rig.journalFault = 'full';
}

function shownBy(rig: LaneRig, way: Way): void {
  const bytes = new TextEncoder().encode(AN.card);
  if (way === 'camera') rig.hold(AN.card);
  else if (way === 'typed') rig.type(AN.number);
  else rig.runner.present(bytes, way, rig.clock.monoMs());
}
