import { describe, expect, test } from 'vitest';
import { LaneRig, OFFICER, person } from '../../test/scenarios/lane-rig.ts';
import { PAPER_LINES_MAX } from './lane-settings.ts';

const AN = person(1);

describe('a line of the paper book', () => {
  test('opens at once, is recorded with its reason, and stays in sight until its number is entered', async () => {
    const rig = signedIn();
    expect(rig.tap('paper', null, 'nothing-read')).toBeNull();
    expect(rig.openings).toHaveLength(1);
    expect(rig.of('action')).toMatchObject([
      { passage: null, action: 'paper', reason: 'nothing-read', officer: OFFICER },
    ]);
    const [line] = rig.view.paperLines;
    expect(line).toMatchObject({ reason: 'nothing-read', atMs: rig.clock.wallMs() });
    expect(line?.slip).toMatch(/^\d{8}-\d{6}$/);
    expect(rig.view.notice).toMatchObject({ kind: 'on-paper', looksLike: line?.slip });

    await rig.pass(3_600_000);
    expect(rig.runner.reconcile(line?.slip ?? '', AN.number)).toBeNull();
    expect(rig.view.paperLines).toEqual([]);
    expect(rig.of('passage')).toMatchObject([
      { source: 'paper', number: AN.number, verdict: 'pass' },
    ]);
    const { passage } = rig.of('passage')[0] ?? {};
    expect(rig.of('end')).toMatchObject([{ passage, crossed: 'yes' }]);
    expect(rig.of('action')[1]).toMatchObject({
      ...{ passage, action: 'paper-reconciled', reason: `slip-${line?.slip}`, officer: OFFICER },
    });
    expect(rig.unfinished.size).toBe(0);
  });

  test('entered afterwards opens nothing, shows nobody, and is no repeat when the person comes back', () => {
    const rig = signedIn();
    const outward = rig.outward.length;
    expect(rig.runner.reconcile('20261126-021307', AN.number)).toBeNull();
    expect(rig.view).toMatchObject({ current: null, outward: 'idle', waiting: 0 });
    expect(rig.openings).toEqual([]);
    expect(rig.outward).toHaveLength(outward);
    expect(JSON.stringify(rig.view)).not.toContain(AN.number);
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass');
  });

  test('of somebody on the list is told until an officer says that the health unit knows', async () => {
    const rig = signedIn();
    rig.list(AN.number);
    rig.runner.reconcile('20261126-021307', AN.number);
    expect(rig.view).toMatchObject({
      current: null,
      foundOnPaper: '20261126-021307',
      notice: { kind: 'reconciled-stop' },
    });
    await rig.pass(3_600_000);
    expect(rig.view.foundOnPaper).toBe('20261126-021307');
    expect(rig.tap('paper-seen', null, 'health-told')).toBeNull();
    expect(rig.view.foundOnPaper).toBeNull();
    const { passage } = rig.of('passage')[0] ?? {};
    expect(rig.of('action').at(-1)).toMatchObject({ passage, action: 'paper-seen' });
    expect(rig.tap('paper-seen')?.code).toBe('paper.nothing-found');
  });

  test('somebody on the screen keeps it, and nobody is assumed to have crossed', () => {
    const rig = signedIn();
    rig.scan(person(2).personal);
    expect(rig.shown).toBe('check subject.no-number');
    rig.runner.reconcile('20261126-021307', AN.number);
    expect(rig.shown).toBe('check subject.no-number');
    expect(rig.outcomes).toMatchObject([{ crossed: 'yes' }]);
  });

  test('of a person without a number is closed without a look-up', () => {
    const rig = signedIn();
    rig.tap('paper', null, 'nothing-read');
    const slip = rig.view.paperLines[0]?.slip ?? '';
    expect(rig.runner.reconcile(slip, null)).toBeNull();
    expect(rig.view.paperLines).toEqual([]);
    expect(rig.of('passage')).toEqual([]);
    expect(rig.of('action').at(-1)).toMatchObject({
      action: 'paper-without-number',
      reason: `slip-${slip}`,
    });
  });

  test.each([
    ['no number', '20261126-021307', 'NGUYEN VAN MAU', 'paper.number'],
    ['nine digits', '20261126-021307', '012345678', 'paper.number'],
    ['a time alone', '02:13:07', AN.number, 'paper.slip'],
  ])('with %s is refused and stays', (_, slip, number, code) => {
    const rig = signedIn();
    rig.tap('paper', null, 'nothing-read');
    expect(rig.runner.reconcile(slip, number)?.code).toBe(code);
    expect(rig.view.paperLines).toHaveLength(1);
    expect(rig.of('passage')).toEqual([]);
  });

  test('is not lost while the journal cannot write: it opens, and its number waits', async () => {
    const rig = signedIn();
    rig.journalFault = 'full';
    rig.tap('paper', null, 'not-recording');
    expect(rig.openings).toHaveLength(1);
    const slip = rig.view.paperLines[0]?.slip ?? '';
    expect(rig.runner.reconcile(slip, AN.number)?.code).toBe('paper.not-writing');
    expect(rig.view.paperLines).toHaveLength(1);
    rig.journalFault = null;
    await rig.pass(6_000);
    expect(rig.of('action')).toMatchObject([{ action: 'paper', reason: 'not-recording' }]);
    expect(rig.runner.reconcile(slip, AN.number)).toBeNull();
    expect(rig.view.paperLines).toEqual([]);
  });

  test('a disk that fails in the midst of it leaves the line and no half passage', () => {
    const rig = signedIn();
    rig.tap('paper', null, 'nothing-read');
    rig.journalFault = 'full';
    const slip = rig.view.paperLines[0]?.slip ?? '';
    expect(rig.runner.reconcile(slip, AN.number)?.code).toBe('paper.not-writing');
    expect(rig.view.paperLines).toHaveLength(1);
    expect(rig.view.current).toBeNull();
    expect(rig.outcomes).toEqual([]);
  });

  test('a loop explains a crossing by it, once', () => {
    const rig = new LaneRig({ clear: 'loop' });
    rig.runner.signIn(OFFICER);
    rig.tap('paper', null, 'nothing-read');
    rig.cross();
    expect(rig.told).not.toContainEqual({ event: 'crossing-unexplained' });
    rig.cross();
    expect(rig.told).toContainEqual({ event: 'crossing-unexplained' });
  });

  test('needs somebody who is signed in, and lines are bounded', () => {
    const rig = new LaneRig();
    expect(rig.runner.reconcile('20261126-021307', AN.number)?.code).toBe('officer.none');
    const paper = { action: 'paper', ordinal: null, reason: 'nothing-read' } as const;
    expect(rig.runner.staff(paper, null)?.code).toBe('officer.none');
    for (let line = 0; line < PAPER_LINES_MAX + 5; line++) rig.tap('paper');
    expect(rig.view.paperLines).toHaveLength(PAPER_LINES_MAX);
    expect(rig.of('action')).toHaveLength(PAPER_LINES_MAX + 5);
  });
});

function signedIn(): LaneRig {
  const rig = new LaneRig();
  rig.runner.signIn(OFFICER);
  return rig;
}
