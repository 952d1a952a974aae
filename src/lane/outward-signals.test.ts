import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';
import type { PassageAction } from './lane-words.ts';

const PEOPLE = [person(1), person(2), person(3), person(4)] as const;
const ACTIONS = ['let-pass', 'turn-back', 'set-aside', 'recall', 'undo'] as const;

type Step =
  | { readonly kind: 'show'; readonly who: number }
  | { readonly kind: 'tap'; readonly action: PassageAction | 'undo'; readonly ordinal: number }
  | { readonly kind: 'wait'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('show' as const), who: fc.nat(3) }),
    fc.record({
      kind: fc.constant('tap' as const),
      action: fc.constantFrom(...ACTIONS),
      ordinal: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(250, 2_000, 16_000) }),
  ),
  { minLength: 2, maxLength: 14 },
);

/** What the outside is told and when, with each of the listed in the register given for them. */
async function traceOf(script: readonly Step[], registers: readonly (string | null)[]) {
  const rig = new LaneRig({ registers: ['f0', 'f1'] });
  const trace: string[] = [];
  rig.onSignal = (state) => trace.push(`${rig.clock.monoMs()} ${state}`);
  registers.forEach((register, who) => {
    if (register !== null) rig.list(PEOPLE[who]?.number ?? '', register);
  });
  for (const step of script) {
    if (step.kind === 'show') rig.scan(PEOPLE[step.who]?.card ?? '');
    else if (step.kind === 'tap') rig.tap(step.action, step.ordinal);
    else await rig.pass(step.ms);
  }
  await rig.pass(70_000);
  return trace;
}

describe('whoever stands outside', () => {
  test('cannot tell a check from a stop, whatever the lane and its staff do with one person at a time', async () => {
    let waits = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(3), async (script, listed) => {
        const only = (register: string) =>
          PEOPLE.map((_, who) => (who === listed ? register : null));
        const check = await traceOf(script, only('f1'));
        const stop = await traceOf(script, only('f0'));
        expect(stop).toEqual(check);
        waits += check.filter((line) => line.endsWith('wait')).length;
      }),
      { numRuns: 60 },
    );
    expect(waits).toBeGreaterThan(20);
  });

  test('nor when several are held, some of them checks and some stops', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.constantFrom('f0', 'f1'), { minLength: 4, maxLength: 4 }),
        async (script, registers) => {
          const mixed = await traceOf(script, registers);
          const checks = await traceOf(script, ['f1', 'f1', 'f1', 'f1']);
          expect(mixed).toEqual(checks);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('hears nothing of who is decided while the lane is released or closed', async () => {
    for (const [mode, state] of [
      ['mode-release', 'go'],
      ['mode-closed', 'closed'],
    ] as const) {
      for (const register of ['f0', 'f1', null]) {
        const rig = new LaneRig({ registers: ['f0', 'f1'] });
        const trace: string[] = [];
        rig.onSignal = (shown) => trace.push(`${rig.clock.monoMs()} ${shown}`);
        if (register !== null) rig.list(PEOPLE[0].number, register);
        rig.tap(mode, null, 'queue');
        for (const { card } of PEOPLE) {
          await rig.pass(500);
          rig.scan(card);
          rig.scan(PEOPLE[0].card);
        }
        await rig.pass(70_000);
        expect(trace).toEqual([`0 ${state}`]);
      }
    }
  });

  test('hears the same of a check and of a stop that come back after the lane was released', async () => {
    const traces: string[][] = [];
    for (const register of ['f0', 'f1'] as const) {
      const rig = new LaneRig({ registers: ['f0', 'f1'] });
      const trace: string[] = [];
      rig.onSignal = (shown) => trace.push(`${rig.clock.monoMs()} ${shown}`);
      rig.list(PEOPLE[0].number, register);
      rig.tap('mode-release', null, 'queue');
      rig.scan(PEOPLE[0].card);
      await rig.pass(5_000);
      rig.tap('mode-normal', null, 'resume');
      await rig.pass(5_000);
      rig.scan(PEOPLE[0].card);
      expect(rig.view).toMatchObject({ outward: 'wait', parked: [] });
      await rig.pass(5_000);
      traces.push(trace);
    }
    expect(traces[0]).toEqual(traces[1]);
  });
});
