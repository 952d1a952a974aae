import { expect, test } from 'vitest';
import type { LaneView } from '../station/http/lane-shape.ts';
import type { PassageView } from '../station/http/passage-shape.ts';
import { AT_POST, type StandInState, stepStandIn } from './stand-in-officer.ts';

function lane(overrides: Partial<LaneView> = {}): LaneView {
  return {
    mode: 'normal',
    undo: null,
    current: null,
    registers: [],
    hub: null,
    time: { trust: 'carried', nowMs: 0, uncertaintyMs: 1 },
    ...overrides,
  } as LaneView;
}

function held(verdict: 'check' | 'stop', code: string, ordinal = 1): LaneView {
  const reasons = [{ code, hit: null, earlierAtMs: null, noticeEndMs: null }];
  return lane({ current: { ordinal, verdict, reasons, staff: null } as unknown as PassageView });
}

function after(view: LaneView, ms: number): ReturnType<typeof stepStandIn> {
  const [waiting] = stepStandIn(AT_POST, view, 0);
  return stepStandIn(waiting, view, ms);
}

test('who is held is answered after six seconds, by what holds them', () => {
  expect(after(held('stop', 'status.f0'), 5_999)[1]).toBeNull();
  expect(after(held('stop', 'status.f0'), 6_000)[1]).toMatchObject({ action: 'handed-over' });
  expect(after(held('check', 'repeat'), 6_000)[1]).toMatchObject({ action: 'turn-back' });
  expect(after(held('check', 'chip.cloned'), 6_000)[1]).toMatchObject({ action: 'turn-back' });
  expect(after(held('check', 'status.f1'), 6_000)[1]).toMatchObject({ action: 'let-pass' });
});

test("a visitor's first tap ends it for good, its own undo does not", () => {
  const [acted] = after(held('check', 'status.f1'), 6_000);
  const own = { passage: 1, ordinal: 1, action: 'let-pass', restMs: 1 };
  const [still] = stepStandIn(acted, lane({ undo: own }), 7_000);
  expect(still.standsDown).toBe(false);
  const [down] = stepStandIn(still, lane({ undo: { ...own, ordinal: 2 } }), 8_000);
  expect(down.standsDown).toBe(true);
  const later: StandInState = { ...down, waitingFor: { ordinal: 3, sinceMonoMs: 0 } };
  expect(stepStandIn(later, held('stop', 'status.f0', 3), 99_000)[1]).toBeNull();
});

test('an unset clock is confirmed first', () => {
  const view = lane({ time: { trust: 'unset', nowMs: 0, uncertaintyMs: null } });
  expect(stepStandIn(AT_POST, view, 0)[1]).toMatchObject({ action: 'confirm-time' });
});

test('a pass that no barrier opens for is let through after three seconds, unless a card may still do it', () => {
  const passage = { ordinal: 1, verdict: 'pass', reasons: [], staff: null };
  const pass = (extra: Partial<LaneView>) =>
    lane({ current: passage as unknown as PassageView, outward: 'wait', card: null, ...extra });
  expect(after(pass({}), 2_999)[1]).toBeNull();
  expect(after(pass({}), 3_000)[1]).toMatchObject({ action: 'let-pass', reason: 'clear' });
  expect(after(pass({ outward: 'go' }), 9_000)[1]).toBeNull();
  const card = { stage: 'reading' } as LaneView['card'];
  expect(after(pass({ card }), 9_000)[1]).toBeNull();
});
