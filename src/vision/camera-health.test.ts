import { expect, test } from 'vitest';
import { cameraDay, type DayFault } from '../../fixtures/camera-day/camera-day.ts';
import { seededRandom } from '../../fixtures/random.ts';
import { type CameraWarning, type HealthState, startHealth, stepHealth } from './camera-health.ts';
import { agreement, isSettled, type LongView, learnView, reliefOf } from './long-view.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

type Day = {
  readonly seed: string;
  readonly startHour: number;
  readonly hours: number;
  readonly everyMs?: number;
  readonly faults?: readonly DayFault[];
  readonly swapped?: number;
  readonly view?: LongView | null;
};

function live({ everyMs = 2_000, faults = [], view = null, ...day }: Day) {
  const told: { readonly warning: CameraWarning | null; readonly atMs: number }[] = [];
  let state: HealthState = startHealth(view);
  for (const look of cameraDay({ ...day, everyMs, faults })) {
    const { nowMs, cells, sharpness, read, tries } = look;
    const before = state.told;
    state = stepHealth(state, { signature: { cells, sharpness }, read, tries, nowMs });
    if (state.told !== before) told.push({ warning: state.told, atMs: nowMs });
  }
  return { told, view: state.view };
}

/** The gate's view by day and by night, as it is known after an hour and what stood before it. */
const KNOWN = [9, 20].map((startHour) => {
  const { view } = live({ seed: 'fault', startHour, hours: 1.4 });
  if (view === null || !isSettled(view)) throw new Error(`hour ${startHour}: view not settled`);
  return { startHour, view };
});

/** What is told of a fault before a camera whose view is known. */
function duringFault(kind: DayFault['kind'], minutes: number, startHour = 9) {
  const fromMs = 6 * MINUTE_MS;
  const untilMs = fromMs + minutes * MINUTE_MS;
  const hours = (untilMs + 3 * MINUTE_MS) / HOUR_MS;
  const view = KNOWN.findLast((known) => known.startHour <= startHour)?.view ?? null;
  const faults = [{ kind, fromMs, untilMs }];
  const { told } = live({ seed: 'fault', startHour, hours, faults, view });
  return told.map(({ warning, atMs }) => ({
    warning,
    afterS: (atMs - (warning === null ? untilMs : fromMs)) / 1_000,
  }));
}

test.each([
  ['a hand before the lens', 'hand', 'camera.covered', 1, 6],
  ['tape over the lens', 'tape', 'camera.covered', 1, 6],
  ['light that no exposure can take', 'sun', 'camera.glare', 2, 20],
  ['a push', 'pushed', 'camera.moved', 12, 480],
  ['a lens out of focus', 'out-of-focus', 'camera.blurred', 25, 1_200],
] as const)(
  '%s is told, and taken back when it is over',
  (_name, kind, warning, minutes, withinS) => {
    const told = duringFault(kind, minutes);
    expect(told.map((each) => each.warning)).toEqual([warning, null]);
    expect(told[0]?.afterS).toBeLessThanOrEqual(withinS);
    expect(told[1]?.afterS).toBeLessThanOrEqual(150);
  },
);

test('a camera turned elsewhere, where nobody is read, is told after half an hour', () => {
  const told = duringFault('turned', 40);
  expect(told[0]?.warning).toBe('camera.moved');
  expect(told[0]?.afterS).toBeGreaterThanOrEqual(1_790);
});

test('a lamp that fails at night is told like a cover, nightfall without a lamp as darkness', () => {
  expect(duringFault('lamp-out', 3, 20)[0]).toMatchObject({ warning: 'camera.covered' });
  expect(duringFault('lamp-out', 100, 18).map(({ warning }) => warning)).toContain('camera.dark');
});

test('codes that are seen and not read, one person after another, are told', () => {
  const told = duringFault('unread', 25);
  expect(told[0]?.warning).toBe('camera.unread');
  expect(told[0]?.afterS).toBeGreaterThanOrEqual(300);
});

test('an afternoon, a night and a morning of people, lorries, rain, clouds and lamps tells nothing', () => {
  const { told, view } = live({ seed: 'quiet', startHour: 15, hours: 18, everyMs: 10_000 });
  expect(told).toEqual([]);
  expect(view !== null && isSettled(view)).toBe(true);
});

test('nobody can be told in what is kept: another person in somebody’s place changes no cell by two levels', () => {
  const day = { seed: 'whose', startHour: 9, hours: 1.1 } as const;
  const first = live(day).view;
  for (const swapped of [3, 20]) {
    const second = live({ ...day, swapped }).view;
    expect(mostApart(first, second)).toBeLessThan(2);
  }
});

test('whoever stood there while the view was new is gone before it is kept', () => {
  const empty = new Float32Array(576);
  const withPerson = (level: number) => empty.map((_, at) => (at % 32 > 10 ? level : 0));
  const learnt = [-70, 70].map((level) => {
    let view = learnView(null, withPerson(level), null, 0);
    for (let second = 0; second < 180; second++)
      view = learnView(view, withPerson(level), null, 1_000);
    while (!isSettled(view)) view = learnView(view, empty, null, 5_000);
    return view;
  });
  expect(mostApart(learnt[0] ?? null, learnt[1] ?? null)).toBe(0);
});

/** Blocks of 4 by 3 cells, drawn, those in the first `kept` columns of blocks as in the gate; edges of up to half more light. */
function blocks(seed: string, depth: number, kept = 0): Uint8Array {
  const [own, gate] = [seededRandom(seed), seededRandom('gate')];
  const levels = Array.from({ length: 48 }, (_, block) => {
    const [drawn, usual] = [own.next(), gate.next()];
    return 100 + depth * (block % 8 < kept ? usual : drawn);
  });
  return Uint8Array.from(
    { length: 576 },
    (_, at) => levels[8 * Math.floor(at / 96) + Math.floor((at % 32) / 4)] ?? 0,
  );
}

const GATE = blocks('gate', 60);
const LORRY = blocks('lorry', 120);

type Stay = {
  readonly minutes: number;
  readonly seen: (look: number) => Uint8Array;
  readonly read: number;
};

const gate = (minutes: number): Stay => ({ minutes, seen: () => GATE, read: 1 });
const lorry = (minutes: number): Stay => ({ minutes, seen: () => LORRY, read: 0 });

/** What is told, and known, as one thing after another is before the camera; where codes are read, one in 20 s. */
function standing(...stays: readonly Stay[]) {
  const told: { readonly warning: CameraWarning | null; readonly atMinute: number }[] = [];
  let state = startHealth(null);
  let looks = 0;
  for (const { minutes, seen, read } of stays) {
    for (const until = looks + 12 * minutes; looks < until; looks++) {
      const before = state.told;
      const input = { read: looks % 4 === 0 ? read : 0, tries: 0, nowMs: 5_000 * looks };
      const signature = { cells: seen(looks), sharpness: 0.3 };
      state = stepHealth(state, { signature, ...input });
      if (state.told !== before) told.push({ warning: state.told, atMinute: looks / 12 });
    }
  }
  const { view } = state;
  if (view === null || !isSettled(view)) throw new Error('the view is not settled');
  const likeness = (cells: Uint8Array) => agreement(view, { cells, relief: reliefOf(cells) });
  return { told, likeness };
}

test.each([
  { when: 'before anything else is seen', stays: [lorry(12), gate(110)] },
  { when: 'while the view settles', stays: [gate(51), lorry(12), gate(60)] },
  {
    when: 'half of the time',
    stays: [gate(11), ...Array.from({ length: 8 }, () => [lorry(11), gate(11)]).flat()],
  },
])('a lorry that stands there $when is not in the view', ({ stays }) => {
  const { told, likeness } = standing(...stays);
  expect(told).toEqual([]);
  expect(likeness(GATE)).toBe(1);
});

test('a camera turned to a view much alike is told, however often a look agrees by chance', () => {
  const [alike, chance] = [blocks('elsewhere', 60), blocks('elsewhere', 60, 2)];
  const seen = (look: number) => (look % 20 === 19 ? chance : alike);
  const { told, likeness } = standing(gate(70), { minutes: 40, seen, read: 0 });
  expect(likeness(chance)).toBeGreaterThan(0.5);
  expect(told.map(({ warning }) => warning)).toEqual(['camera.moved']);
  expect(told[0]?.atMinute).toBeLessThanOrEqual(102);
});

test('where a camera is that was turned and goes on reading is its view, also in a quiet night', () => {
  const view = blocks('elsewhere', 60);
  const elsewhere = { seen: () => view, minutes: 100, read: 1 };
  const { told, likeness } = standing(gate(70), elsewhere, { ...elsewhere, minutes: 40, read: 0 });
  expect(told).toEqual([]);
  expect(likeness(view)).toBe(1);
});

function mostApart(first: LongView | null, second: LongView | null): number {
  if (first === null || second === null) throw new Error('a view was not learned');
  return Math.max(
    ...first.relief.map((level, at) => Math.abs(level - (second.relief[at] ?? Number.NaN))),
  );
}
