import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GIVEN_MAX,
  IN_VIEW_MAX,
  type LaneSettings,
  NUMBERS_TRIED_MAX,
  PAPER_LINES_MAX,
  RECENT_MAX,
  TRAY_MAX,
  TRIES_MAX,
  WAITING_MAX,
} from '../../src/lane/lane-settings.ts';
import type { LaneState, Passage } from '../../src/lane/lane-state.ts';
import type { LaneAction, PassageAction } from '../../src/lane/lane-words.ts';
import { onScreen } from '../../src/lane/screen.ts';
import { compareSeverity } from '../../src/rules/reasons.ts';
import { type CardHappening, type Happening, LaneMachine, type Taken } from './lane-machine.ts';

/** The full campaign is for `npm run soak`. */
const RUNS = process.env['CHOT_SOAK'] === '1' ? 10_000 : 200;
const SEED = 20_261_125;
const HANG_MS = 900_000;

const SUBJECTS = 12;
/** Who starts out with a check or a stop. */
const BAD = [1, 2, 3, 4];
const PASSAGE_ACTIONS: readonly PassageAction[] = [
  'let-pass',
  'turn-back',
  'set-aside',
  'recall',
  'crossed',
  'handed-over',
  'recovered',
  'left',
  'undo',
];
const LANE_ACTIONS: readonly LaneAction[] = [
  'mode-normal',
  'mode-release',
  'mode-closed',
  'count-crossing',
  'emergency-open',
  'paper',
  'paper-seen',
];

const CARD_HAPPENINGS: readonly CardHappening[] = [
  ...(['lay', 'lay', 'lift', 'part', 'photo', 'lost', 'wrong', 'genuine', 'cloned'] as const),
];

const who = fc.integer({ min: 1, max: SUBJECTS });
const nth = fc.option(fc.nat({ max: 7 }));

function happenings(actions: readonly (PassageAction | LaneAction)[]): fc.Arbitrary<Happening> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('show'), who, seen: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw'), who }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait'),
        ms: fc.constantFrom(500, 1_500, 5_000, 16_000, 40_000, 70_000, 200_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('staff'),
        action: fc.constantFrom(...actions),
        nth,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('verdict'),
        who,
        verdict: fc.constantFrom('pass', 'check', 'stop'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('journal'), writes: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('officer'),
        officer: fc.constantFrom('mau', 'thu', null),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'crossing' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconcile'), who }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('card'),
        what: fc.constantFrom(...CARD_HAPPENINGS),
      }),
    },
  ) as fc.Arbitrary<Happening>;
}

const settings: fc.Arbitrary<LaneSettings> = fc.record({
  lane: fc.constant('lane-1'),
  direction: fc.constant('in'),
  operation: fc.constantFrom('automatic', 'assisted', 'monitor'),
  hasBarrier: fc.boolean(),
  clear: fc.constantFrom('tap', 'loop', 'next'),
  openOnClaim: fc.boolean(),
  selfTested: fc.boolean(),
  officerRequired: fc.boolean(),
  joinMs: fc.constant(15_000),
  repeatMs: fc.constant(180_000),
});

const SETTINGS: LaneSettings = {
  lane: 'lane-1',
  direction: 'in',
  operation: 'assisted',
  hasBarrier: true,
  clear: 'next',
  openOnClaim: false,
  selfTested: true,
  officerRequired: true,
  joinMs: 15_000,
  repeatMs: 180_000,
};

/** What must be true of the lane's past: told anew at every step, from its inputs and effects alone. */
type Model = { readonly begun: Set<number>; readonly ended: Map<number, number> };

class Happens implements fc.Command<Model, LaneMachine> {
  readonly happening: Happening;

  constructor(happening: Happening) {
    this.happening = happening;
  }

  check(): boolean {
    return true;
  }

  run(_model: Model, lane: LaneMachine): void {
    lane.happen(this.happening);
  }

  toString(): string {
    return JSON.stringify(this.happening);
  }
}

describe('whatever happens at a lane', () => {
  test(
    'its promises hold at every step, and every passage ends exactly once',
    () => {
      const commands = fc.commands(
        [
          happenings([...PASSAGE_ACTIONS, ...LANE_ACTIONS]).map(
            (happening) => new Happens(happening),
          ),
        ],
        { maxCommands: 80, size: 'max' },
      );
      fc.assert(
        fc.property(settings, commands, (drawn, happens) => {
          const model: Model = { begun: new Set(), ended: new Map() };
          const lane = new LaneMachine(drawn, (taken) => {
            if (taken.before === taken.after && taken.effects.length === 0) return;
            noteEnds(model, taken);
            heldStayHeld(taken);
            worstHasTheScreen(taken.after);
            goOnlyForWhoMayGo(taken.after);
            opensOnlyWhenAllowed(taken, drawn);
            namesOnlyOfThoseAtTheLane(taken.after);
            staysWithinBounds(taken.after);
            triesFewNumbers(taken);
          });
          for (const who of BAD) lane.happen({ kind: 'verdict', who, verdict: badOf(who) });
          fc.modelRun(() => ({ model, real: lane }), happens);
          finish(lane);
          expect([...model.ended.keys()].sort()).toEqual([...model.begun].sort());
          expect(new Set(model.ended.values())).toEqual(new Set(model.begun.size > 0 ? [1] : []));
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    HANG_MS,
  );

  test('rules that do not answer give check, also for who already had a pass', () => {
    const lane = new LaneMachine(SETTINGS, () => {});
    lane.happen({ kind: 'show', who: 1, seen: false });
    expect(onScreen(lane.state)?.verdict?.kind).toBe('pass');
    lane.answers = false;
    lane.happen({ kind: 'show', who: 1, seen: false });
    lane.happen({ kind: 'show', who: 2, seen: false });
    lane.wait(2_000);
    expect(lane.state.passages.map(({ verdict }) => verdict?.reasons[0]?.code)).toEqual([
      'rules.fault',
      'rules.fault',
    ]);
    expect(onScreen(lane.state)?.stage.kind).toBe('held');
  });

  test('a code shown again behind the next person leaves no name in memory', () => {
    const lane = new LaneMachine({ ...SETTINGS, clear: 'tap' }, () => {});
    lane.happen({ kind: 'show', who: 1, seen: false });
    lane.wait(1_500);
    lane.happen({ kind: 'show', who: 2, seen: false });
    lane.happen({ kind: 'show', who: 1, seen: false });
    expect(JSON.stringify(lane.state)).not.toContain('Person1.');
    expect(JSON.stringify(lane.state)).toContain('Person2.');
  });

  test(
    'check and stop are byte for byte the same from outside',
    () => {
      const drawn = fc.array(
        happenings([...PASSAGE_ACTIONS, 'emergency-open', 'mode-closed', 'mode-normal']),
        { minLength: 10, maxLength: 80, size: 'max' },
      );
      fc.assert(
        fc.property(settings, drawn, (given, each) => {
          const traces = (['check', 'stop'] as const).map((bad) => {
            const lane = new LaneMachine(given, () => {});
            // A mixture would put another person on the screen, and staff would act on that one.
            lane.repeats = bad;
            for (const who of BAD) lane.happen({ kind: 'verdict', who, verdict: bad });
            for (const happening of each) lane.happen(onlyBad(happening, bad));
            return lane.signals.join('\n');
          });
          expect(traces[0]).toBe(traces[1]);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    HANG_MS,
  );
});

function badOf(who: number): 'check' | 'stop' {
  return who % 2 === 0 ? 'check' : 'stop';
}

function onlyBad(happening: Happening, bad: 'check' | 'stop'): Happening {
  if (happening.kind !== 'verdict' || happening.verdict === 'pass') return happening;
  return { ...happening, verdict: bad };
}

function noteEnds({ begun, ended }: Model, { effects }: Taken): void {
  for (const effect of effects) {
    if (effect.kind === 'record' && effect.entry.type === 'passage') {
      begun.add(effect.entry.passage.ordinal);
    }
    if (effect.kind !== 'outcome') continue;
    ended.set(effect.row.ordinal, (ended.get(effect.row.ordinal) ?? 0) + 1);
  }
  const ends = effects.filter(({ kind }) => kind === 'outcome').length;
  const records = effects.filter(
    (effect) => effect.kind === 'record' && effect.entry.type === 'end',
  );
  expect(records).toHaveLength(ends);
}

/** Only staff and the person's own further document end a check or a stop; neither time nor anybody else does. */
function heldStayHeld({ before, input, after }: Taken): void {
  if (input.kind === 'staff' || input.kind === 'decided') return;
  for (const passage of before.passages) {
    if (passage.stage.kind !== 'held') continue;
    const still = after.passages.find(({ ordinal }) => ordinal === passage.ordinal);
    expect(still?.stage.kind).toBe('held');
  }
}

function worstHasTheScreen(state: LaneState): void {
  const held = state.passages.filter(
    ({ stage, parked }) => stage.kind === 'held' && parked === null,
  );
  if (held.length === 0) return;
  const shown = onScreen(state);
  expect(shown?.stage.kind).toBe('held');
  for (const passage of held) {
    expect(compareSeverity(kindOf(shown), kindOf(passage))).toBeGreaterThanOrEqual(0);
  }
}

function goOnlyForWhoMayGo(state: LaneState): void {
  if (state.outward !== 'go' || state.mode === 'release') return;
  const { stage, verdict, record, amendment } = onScreen(state) ?? {};
  expect(stage?.kind).toBe('given');
  if (stage?.kind !== 'given' || stage.by !== 'lane') return;
  expect(verdict?.kind).toBe('pass');
  expect(record).toBe('written');
  expect(amendment?.record).not.toBe('failed');
}

/** Nothing opens without a tap, but a recorded pass on the screen where policy lets this lane open on a claim. */
function opensOnlyWhenAllowed({ input, after, effects }: Taken, given: LaneSettings): void {
  if (!effects.some(({ kind }) => kind === 'open-barrier')) return;
  expect(given.hasBarrier).toBe(true);
  if (input.kind === 'staff') return;
  const shown = onScreen(after);
  expect(given).toMatchObject({ operation: 'automatic', openOnClaim: true });
  expect(after.mode).toBe('normal');
  expect(shown).toMatchObject({ record: 'written', verdict: { kind: 'pass' }, opened: true });
  expect(shown?.sequence).not.toBeNull();
  expect(shown?.amendment?.record ?? 'written').toBe('written');
}

/** On the screen, about to be, in the tray, or being decided or recorded; nowhere else in the lane's memory. */
function namesOnlyOfThoseAtTheLane(state: LaneState): void {
  const shown = onScreen(state);
  const may = state.passages.filter(
    ({ ordinal, stage, parked, record, askedMonoMs }) =>
      ordinal === shown?.ordinal ||
      parked !== null ||
      record === 'pending' ||
      askedMonoMs !== null ||
      ['deciding', 'held', 'queued'].includes(stage.kind),
  );
  const numbers = new Set(may.map(({ keys }) => keys.number));
  const found = [...JSON.stringify(state).matchAll(/Person(\d+)\./g)].map(
    ([, subject]) => `key-${subject}`,
  );
  for (const key of found) expect(numbers).toContain(key);
}

function staysWithinBounds(state: LaneState): void {
  const { passages } = state;
  const waiting = passages.filter(
    ({ stage, parked }) => parked === null && ['deciding', 'held', 'queued'].includes(stage.kind),
  );
  // Staff can bring people back from the tray or take back a let-pass, and nobody is turned off for that.
  expect(waiting.length).toBeLessThanOrEqual(WAITING_MAX + TRAY_MAX + 1);
  expect(passages.filter(({ parked }) => parked !== null).length).toBeLessThanOrEqual(TRAY_MAX + 1);
  const given = passages.filter(({ stage }) => stage.kind === 'given');
  expect(given.length).toBeLessThanOrEqual(GIVEN_MAX + 1);
  expect(passages.filter(({ stage }) => stage.kind === 'settled').length).toBeLessThanOrEqual(2);
  expect(state.recent.length).toBeLessThanOrEqual(RECENT_MAX);
  expect(state.inView.length).toBeLessThanOrEqual(IN_VIEW_MAX);
  expect(state.paperLines.length).toBeLessThanOrEqual(PAPER_LINES_MAX);
}

/** Two numbers a card at most, each once, and only of somebody who is here (security C5). */
function triesFewNumbers({ before, input, after, effects }: Taken): void {
  const requests = effects.flatMap((effect) =>
    effect.kind === 'read-card' ? [effect.request] : [],
  );
  expect(requests.length).toBeLessThanOrEqual(1);
  const tried = after.card?.tried ?? [];
  expect(after.card?.numbersSpent ?? 0).toBeLessThanOrEqual(NUMBERS_TRIED_MAX);
  expect(tried.length).toBeLessThanOrEqual(TRIES_MAX);
  expect(new Set(tried).size).toBe(tried.length);
  for (const { insertion, ordinal } of requests) {
    expect(after.card).toMatchObject({ insertion, stage: { kind: 'reading', ordinal } });
    expect(after.passages.some((passage) => passage.ordinal === ordinal)).toBe(true);
    if (before.card?.insertion !== insertion || before.card.stage.kind !== 'reading') continue;
    expect(['card-ended', 'tick']).toContain(input.kind);
  }
}

/** The day ends: everybody is dealt with, and time goes by. */
function finish(lane: LaneMachine): void {
  lane.writes = true;
  for (let subject = 1; subject <= SUBJECTS; subject += 1) {
    lane.happen({ kind: 'withdraw', who: subject });
  }
  lane.staff('mode-normal', null);
  for (const { ordinal } of lane.state.passages) {
    lane.take({
      kind: 'staff',
      staff: { action: 'turn-back', ordinal, reason: 'closing' },
      officer: 'mau',
    });
  }
  lane.wait(120_000);
  expect(lane.state.passages).toEqual([]);
}

function kindOf(passage: Passage | null): 'pass' | 'check' | 'stop' {
  return passage?.verdict?.kind ?? 'pass';
}
