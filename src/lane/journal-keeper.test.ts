import { describe, expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';
import { encodeRecord } from '../journal/record-codec.ts';

const AN = person(1);
const BINH = person(2);
const CHI = person(3);

describe('a journal that cannot write', () => {
  test('shows the verdict as not recorded and gives nothing by itself', () => {
    const rig = full({ operation: 'automatic', openOnClaim: true });
    rig.scan(AN.card);
    expect(rig.view).toMatchObject({
      current: { verdict: 'pass', recorded: false, passage: 0 },
      outward: 'wait',
      journal: { state: 'not-writing', reason: 'journal.full', unrecorded: 0 },
    });
    expect(rig.openings).toEqual([]);
    expect(rig.told).toContainEqual({ event: 'journal-lost', cause: 'full' });
  });

  test('does not keep staff from opening by hand', () => {
    const rig = full();
    rig.scan(AN.card);
    expect(rig.tap('let-pass')).toBeNull();
    expect(rig.openings).toHaveLength(1);
    expect(rig.view.outward).toBe('go');
  });

  test('an F0 is still a stop', () => {
    const rig = full();
    rig.list(AN.number);
    rig.scan(AN.card);
    expect(rig.shown).toBe('stop status.f0');
  });

  test('crossings are counted, and told in one gap record when it writes again', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    await rig.pass(2_000);
    rig.journalFault = 'read-only';
    const fromMs = rig.clock.wallMs();
    rig.scan(BINH.card);
    rig.tap('let-pass');
    await rig.pass(40_000);
    rig.scan(CHI.card);
    await rig.pass(2_000);
    expect(rig.view.journal.unrecorded).toBe(1);
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('gap')).toMatchObject([
      { cause: 'read-only', fromMs, untilMs: rig.clock.wallMs() - 2_000, decided: 2, crossed: 1 },
    ]);
    expect(rig.view.journal).toEqual({ state: 'writing', reason: null, unrecorded: 0 });
    expect(rig.told).toContainEqual({ event: 'journal-back', decided: 2, crossed: 1 });
  });

  test('the end of a passage recorded before is written afterwards, under its own time', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.journalFault = 'full';
    await rig.pass(15_000);
    const endedAtMs = rig.clock.wallMs();
    await rig.pass(60_000);
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.records.map(({ type }) => type)).toEqual(['passage', 'gap', 'end']);
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'assumed', atMs: endedAtMs }]);
  });

  test('a crossing after the gap was told, of somebody decided within it, is not lost', async () => {
    const rig = full();
    rig.scan(AN.card);
    await rig.pass(6_000);
    rig.journalFault = null;
    await rig.pass(15_000);
    expect(rig.records.map(({ type }) => type)).toEqual(['gap', 'action']);
    expect(rig.of('action')).toMatchObject([
      { passage: null, action: 'crossed-unrecorded', reason: 'assumed' },
    ]);
  });

  test('it stays one gap while writing fails again and again', async () => {
    const rig = full();
    for (let index = 0; index < 20; index += 1) {
      rig.scan(person(index).card);
      await rig.pass(4_000);
    }
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('gap')).toMatchObject([{ decided: 20, crossed: 19 }]);
    expect(rig.told.filter(({ event }) => event === 'journal-lost')).toHaveLength(1);
  });

  test('an amendment holds a number, so it does not wait in memory', async () => {
    const rig = new LaneRig();
    rig.scan(AN.personal);
    rig.journalFault = 'full';
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass');
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.records.map(({ type }) => type)).toEqual(['passage', 'gap']);
  });

  test('what waits to be written is bounded', async () => {
    const rig = full();
    for (let tap = 0; tap < 700; tap += 1) rig.tap('acknowledge-ageing');
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('action')).toHaveLength(512);
  });

  test('test codes are not counted', async () => {
    const rig = full();
    rig.type('000000000000');
    await rig.pass(20_000);
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('gap')).toMatchObject([{ decided: 0, crossed: 0 }]);
  });
});

describe('passages that only the journal knows', () => {
  test('a record that reached the disk although its writing failed is ended as unknown after the gap', async () => {
    const rig = new LaneRig({ clear: 'tap' });
    rig.scan(AN.card);
    rig.tap('set-aside');
    const held = rig.view.parked[0]?.ordinal ?? null;
    await rig.pass(250);
    rig.journalFault = 'io';
    rig.scan(BINH.card);
    rig.tap('let-pass');
    rig.tap('crossed');
    await rig.pass(40_000);
    rig.unfinished.add(777);
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('gap')).toMatchObject([{ decided: 1, crossed: 1 }]);
    expect(rig.of('end')).toMatchObject([{ passage: 777, crossed: 'unknown', officer: null }]);
    expect(rig.records.at(-1)?.type).toBe('end');
    expect(rig.told).toContainEqual({ event: 'strays-ended', unfinished: 1 });
    // It was no restart, and whom the lane still has is left to it.
    expect(rig.view.restart).toBeNull();
    rig.tap('left', held);
    await rig.pass(40_000);
    expect(rig.of('end')).toHaveLength(2);
    expect([...rig.unfinished]).toEqual([]);
  });

  test('ends that waited are written with what is known, not as unknown', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.journalFault = 'full';
    await rig.pass(60_000);
    rig.journalFault = null;
    await rig.pass(10_000);
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'assumed' }]);
    expect(rig.told.some(({ event }) => event === 'strays-ended')).toBe(false);
  });

  test('an end that found no room among those that wait is unknown', async () => {
    const rig = new LaneRig({ clear: 'tap' });
    rig.scan(AN.card);
    rig.journalFault = 'full';
    for (let tap = 0; tap < 520; tap += 1) rig.tap('acknowledge-ageing');
    rig.tap('crossed');
    await rig.pass(60_000);
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.of('end')).toMatchObject([{ passage: 1, crossed: 'unknown' }]);
  });

  test('a journal that cannot be read at the start has its open passages ended once it can', async () => {
    const rig = full();
    const startedAtMs = rig.clock.wallMs();
    rig.unfinished.add(17);
    rig.scan(AN.card);
    await rig.pass(20_000);
    expect(rig.view.restart).toBeNull();
    rig.journalFault = null;
    await rig.pass(5_000);
    expect(rig.records.map(({ type }) => type)).toEqual(['gap', 'end']);
    expect(rig.of('end')).toMatchObject([{ passage: 17, crossed: 'unknown' }]);
    expect(rig.view.restart).toEqual({ atMs: startedAtMs, unfinished: 1 });
  });

  test('of a lane that wrote nothing meanwhile too', async () => {
    const rig = full();
    rig.unfinished.add(17);
    await rig.pass(20_000);
    rig.journalFault = null;
    await rig.pass(250);
    expect(rig.records.map(({ type }) => type)).toEqual(['end']);
  });
});

describe('records', () => {
  test('a passage record tells everything it rests on', () => {
    const rig = new LaneRig({ registers: ['f0', 'f1'] });
    rig.runner.signIn('mau');
    rig.list(AN.number, 'f1');
    rig.scan(AN.card);
    const nowMs = rig.clock.wallMs();
    const [record] = rig.of('passage');
    expect(record).toMatchObject({
      v: 1,
      atMs: nowMs,
      earliestMs: nowMs - 1_000,
      latestMs: nowMs + 1_000,
      trust: 'vouched',
      lane: 'lane-1',
      officer: 'mau',
      software: '0.1.0',
      passage: 2,
      verdict: 'check',
      reasons: ['status.f1'],
      documents: ['cccd-qr'],
      proof: 'claim',
      number: AN.number,
      direction: 'in',
      mode: 'normal',
      group: null,
      source: 'scanner',
      policyVersion: 1,
      certificates: [],
      papers: [],
      services: [],
      test: false,
      registers: [
        { register: 'f0', version: 1, state: 'fresh' },
        { register: 'f1', version: 1, state: 'fresh' },
      ],
    });
    expect(record?.subjectKey).toMatch(/^[0-9a-f]{16}$/);
    expect(record?.checks).toContainEqual({
      code: 'register.f1',
      outcome: 'failed',
      ageMs: 1_000,
    });
  });

  test('everything a lane can write fits the closed schema, and no name is in it', async () => {
    const rig = new LaneRig();
    rig.runner.signIn('mau');
    rig.list(BINH.number);
    rig.scan(AN.card);
    rig.scan(AN.card.replace('01022000', '02022000'));
    rig.tap('set-aside');
    rig.type(BINH.number);
    rig.tap('handed-over');
    rig.tap('mode-release', null, 'queue');
    rig.scan(CHI.personal);
    rig.tap('mode-normal', null, 'queue');
    rig.tap('emergency-open', null, 'unstated');
    rig.tap('emergency-reason', null, 'fire');
    rig.tap('confirm-time');
    rig.journalFault = 'io';
    rig.scan(person(4).card);
    rig.journalFault = null;
    await rig.pass(60_000);
    rig.unfinished.add(999);
    rig.journalFault = 'io';
    rig.tap('acknowledge-ageing');
    rig.journalFault = null;
    await rig.pass(5_000);
    const kinds = new Set(rig.records.map(({ type }) => type));
    expect([...kinds].sort()).toEqual([
      'action',
      'amendment',
      'end',
      'gap',
      'mode',
      'officer',
      'passage',
    ]);
    rig.records.forEach((record, index) => {
      const stored = { ...record, station: 'gate-1', sequence: index + 1 };
      expect(() => encodeRecord(stored)).not.toThrow();
    });
    expect(JSON.stringify(rig.records)).not.toMatch(/Nguy|NGUYEN|2000-02|Hà Nội/);
  });
});

function full(options: ConstructorParameters<typeof LaneRig>[0] = {}): LaneRig {
  const rig = new LaneRig(options);
  rig.journalFault = 'full';
  return rig;
}
