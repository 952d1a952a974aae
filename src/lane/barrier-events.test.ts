import { describe, expect, test } from 'vitest';
import { LaneRig, OFFICER, person } from '../../test/scenarios/lane-rig.ts';
import type { BarrierInput } from '../ports/barrier.ts';

const AN = person(1);
const BINH = person(2);

function feel(rig: LaneRig, input: BarrierInput, on: boolean): void {
  rig.runner.barrier({ kind: 'input', deviceId: 'barrier-1', atMs: 0, input, on });
}

function actions(rig: LaneRig): readonly string[] {
  return rig.of('action').map(({ action, reason, passage }) => `${action} ${reason} ${passage}`);
}

describe('the emergency button', () => {
  test.each(['normal', 'release', 'closed'] as const)(
    'is recorded without a passage and owes its reason, in mode %s and with nobody signed in',
    (mode) => {
      const rig = new LaneRig({ officerRequired: true });
      if (mode !== 'normal') rig.tap(`mode-${mode}`, null, 'queue');
      feel(rig, 'emergency', true);
      expect(rig.of('action').at(-1)).toMatchObject({
        ...{ action: 'emergency-button', reason: 'pressed', passage: null, officer: null },
      });
      expect(rig.told).toContainEqual({ event: 'emergency-open' });
      expect(rig.view.emergencyAtMs).not.toBeNull();
      expect(rig.view.barrier.emergency).toBe(true);
      feel(rig, 'emergency', false);
      expect(actions(rig).at(-1)).toBe('emergency-button released null');
      expect(rig.view.barrier.emergency).toBe(false);
      rig.tap('emergency-reason', null, 'fire');
      expect(rig.view.emergencyAtMs).toBeNull();
    },
  );

  test('pressed while nothing can be recorded, it is recorded once that is possible, under its time', async () => {
    const rig = new LaneRig();
    rig.journalFault = 'full';
    const atMs = rig.clock.wallMs();
    feel(rig, 'emergency', true);
    expect(actions(rig)).toEqual([]);
    rig.journalFault = null;
    await rig.pass(6_000);
    expect(rig.of('action')).toMatchObject([{ action: 'emergency-button', atMs }]);
  });

  test('told again after the board was away, it is no second press', () => {
    const rig = new LaneRig();
    feel(rig, 'emergency', true);
    feel(rig, 'emergency', true);
    expect(actions(rig)).toEqual(['emergency-button pressed null']);
  });

  test('leaves who is held on the screen as they are', () => {
    const rig = new LaneRig();
    rig.list(AN.number);
    rig.scan(AN.card);
    feel(rig, 'emergency', true);
    expect(rig.shown).toBe('stop status.f0');
  });
});

test('a cover that is opened, and an arm that is lifted, are recorded, told and shown', () => {
  const rig = new LaneRig();
  feel(rig, 'tamper', true);
  rig.runner.barrier({ kind: 'moved', deviceId: 'barrier-1', atMs: 0 });
  expect(actions(rig)).toEqual(['barrier-tamper opened null', 'opened-by-hand no-order null']);
  expect(rig.told).toEqual([{ event: 'barrier-tamper' }, { event: 'barrier-moved' }]);
  expect(rig.view.barrier).toEqual({
    emergency: false,
    tamper: true,
    movedAtMs: rig.clock.wallMs(),
  });
  // Whoever does something has seen it; a cover that stays open stays told.
  rig.runner.signIn(OFFICER);
  rig.tap('count-crossing');
  expect(rig.view.barrier).toMatchObject({ tamper: true, movedAtMs: null });
});

describe('loops of a lane that clears by them', () => {
  test('who leaves the lane after being let through has crossed, and the screen is free', () => {
    const rig = new LaneRig({ clear: 'loop' });
    feel(rig, 'presence', true);
    rig.scan(AN.card);
    expect(rig.view.current).not.toBeNull();
    feel(rig, 'presence', false);
    expect(rig.outcomes).toMatchObject([{ ordinal: 1, crossed: 'yes' }]);
    expect(rig.view.current).toBeNull();
  });

  test('who leaves it undecided or held has not, and nobody is accused of anything', () => {
    const rig = new LaneRig({ clear: 'loop' });
    feel(rig, 'presence', true);
    feel(rig, 'presence', false);
    rig.list(AN.number);
    feel(rig, 'presence', true);
    rig.scan(AN.card);
    feel(rig, 'presence', false);
    expect(rig.outcomes).toEqual([]);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.told).not.toContainEqual({ event: 'crossing-unexplained' });
  });

  test('with a loop under the arm that one counts, and somebody nobody let through is told', () => {
    const rig = new LaneRig({ clear: 'loop' });
    feel(rig, 'closing', false);
    feel(rig, 'presence', true);
    rig.scan(AN.card);
    feel(rig, 'presence', false);
    expect(rig.outcomes).toEqual([]);
    feel(rig, 'closing', true);
    expect(rig.outcomes).toEqual([]);
    feel(rig, 'closing', false);
    expect(rig.outcomes).toMatchObject([{ crossed: 'yes' }]);
    feel(rig, 'closing', true);
    feel(rig, 'closing', false);
    expect(rig.told).toContainEqual({ event: 'crossing-unexplained' });
  });

  test('other lanes take no notice of loops', () => {
    const rig = new LaneRig({ clear: 'next' });
    feel(rig, 'presence', true);
    rig.scan(BINH.card);
    feel(rig, 'presence', false);
    expect(rig.outcomes).toEqual([]);
  });
});
