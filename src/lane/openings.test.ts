import { expect, test } from 'vitest';
import { LaneRig, OFFICER, person } from '../../test/scenarios/lane-rig.ts';
import { OPENINGS_LISTED_MAX, SHIFTS_LISTED_MAX } from './lane-settings.ts';

const AN = person(1);

function listed(rig: LaneRig) {
  return rig.runner.openings().shifts[0].listed;
}

function kinds(rig: LaneRig) {
  return listed(rig).map(({ kind, reason }) => `${kind} ${reason}`);
}

test('an emergency is listed at once, and has its reason once it was given', async () => {
  const rig = new LaneRig();
  rig.runner.staff({ action: 'emergency-open', ordinal: null, reason: 'afterwards' }, null);
  expect(listed(rig)).toMatchObject([
    { kind: 'emergency-open', reason: null, atMs: rig.clock.wallMs() },
  ]);
  await rig.pass(5_000);
  rig.tap('emergency-open');
  rig.tap('emergency-reason', null, 'ambulance');
  expect(kinds(rig)).toEqual(['emergency-open ambulance', 'emergency-open ambulance']);
  expect(rig.view.openings).toMatchObject({ untied: 2, overridden: 0 });
});

test('what opened the barrier besides staff is listed, and its end is none', () => {
  const rig = new LaneRig();
  const felt = { deviceId: 'arm', atMs: 0 };
  rig.runner.barrier({ kind: 'input', ...felt, input: 'emergency', on: true });
  rig.runner.barrier({ kind: 'input', ...felt, input: 'emergency', on: false });
  rig.runner.barrier({ kind: 'moved', ...felt });
  rig.runner.barrier({ kind: 'input', ...felt, input: 'tamper', on: true });
  rig.runner.barrier({ kind: 'input', ...felt, input: 'tamper', on: false });
  expect(kinds(rig)).toEqual([
    'barrier-tamper opened',
    'opened-by-hand no-order',
    'emergency-button null',
  ]);
});

test('a line of the paper book, and its number entered afterwards, are one', async () => {
  const rig = new LaneRig();
  rig.runner.signIn(OFFICER);
  rig.tap('paper', null, 'no-document');
  const { slip = '' } = rig.view.paperLines[0] ?? {};
  rig.runner.reconcile(slip, AN.number);
  expect(kinds(rig)).toEqual(['paper no-document']);
});

test('a release tells how long it took and who crossed', async () => {
  const rig = new LaneRig();
  rig.tap('mode-release', null, 'queue');
  expect(listed(rig)).toMatchObject([{ kind: 'release', reason: 'queue', ended: null }]);
  await rig.pass(60_000);
  rig.tap('count-crossing');
  rig.tap('count-crossing');
  rig.tap('mode-closed', null, 'shift-change');
  expect(listed(rig)).toMatchObject([
    { kind: 'release', officer: OFFICER, ended: { atMs: rig.clock.wallMs(), crossed: 2 } },
  ]);
});

test('whom staff let go against the rules is listed by the record, without a name or number', () => {
  const rig = new LaneRig();
  rig.list(AN.number);
  rig.scan(AN.card);
  rig.tap('wrong-person', null, 'outcome');
  rig.scan(person(2).personal);
  rig.tap('let-pass', null, 'papers-match');
  expect(listed(rig)).toMatchObject([
    { kind: 'overridden', verdict: 'check', reason: 'papers-match', passage: expect.any(Number) },
    { kind: 'overridden', verdict: 'stop', reason: 'wrong-person', passage: 1 },
  ]);
  expect(JSON.stringify(rig.runner.openings())).not.toContain(AN.number);
  expect(rig.view.openings).toMatchObject({ untied: 0, overridden: 2 });
});

test('a pass that staff let go is nothing to explain; unless nothing could be recorded', () => {
  const rig = new LaneRig({ operation: 'assisted' });
  rig.scan(AN.card);
  rig.tap('let-pass', null, 'clear');
  expect(listed(rig)).toEqual([]);
  rig.journalFault = 'full';
  rig.scan(person(2).card);
  rig.tap('let-pass', 2, 'clear');
  expect(listed(rig)).toMatchObject([{ kind: 'unrecorded', passage: null, verdict: 'pass' }]);
});

test('what was taken back says so', () => {
  const rig = new LaneRig();
  rig.scan(AN.personal);
  rig.tap('let-pass', null, 'papers-match');
  rig.tap('undo');
  expect(listed(rig)).toMatchObject([{ kind: 'overridden', takenBack: true }]);
  rig.tap('set-aside', null, 'wait-papers');
  rig.tap('undo');
  rig.tap('let-pass', null, 'papers-match');
  expect(listed(rig).map(({ takenBack }) => takenBack)).toEqual([false, true]);
});

test('a shift begins with another officer; signing out and in again hides nothing', () => {
  const rig = new LaneRig();
  rig.runner.signIn(OFFICER);
  rig.tap('emergency-open');
  rig.runner.signIn(null);
  rig.runner.barrier({ kind: 'moved', deviceId: 'arm', atMs: 0 });
  rig.runner.signIn(OFFICER);
  expect(kinds(rig)).toHaveLength(2);
  rig.runner.signIn('other');
  expect(rig.view.openings).toMatchObject({ untied: 0 });
  expect(rig.runner.openings().shifts).toMatchObject([
    { officer: 'other', listed: [] },
    { officer: OFFICER, untied: 2, listed: [{ officer: null }, { officer: OFFICER }] },
  ]);
});

test('an arm that flaps and officers who change cost a bounded list, and are counted on', () => {
  const rig = new LaneRig();
  for (let times = 0; times < 3 * OPENINGS_LISTED_MAX; times++) {
    rig.runner.barrier({ kind: 'moved', deviceId: 'arm', atMs: 0 });
  }
  expect(rig.runner.openings().shifts[0].untied).toBe(3 * OPENINGS_LISTED_MAX);
  expect(listed(rig)).toHaveLength(OPENINGS_LISTED_MAX);
  for (let shift = 0; shift < 3 * SHIFTS_LISTED_MAX; shift++) rig.runner.signIn(`officer-${shift}`);
  expect(rig.runner.openings().shifts).toHaveLength(SHIFTS_LISTED_MAX);
});

test('after a start the screen has what the journal counted of the shift that was cut', () => {
  const before = [
    { sinceMs: 1, counts: { paper: 4 } },
    { sinceMs: 2, counts: { 'emergency-open': 1, paper: 2 } },
  ];
  const rig = new LaneRig({ before });
  expect(rig.view.openings).toMatchObject({ untied: 0, beforeStart: 3 });
  expect(rig.runner.openings()).toMatchObject({ before });
  rig.tap('emergency-open');
  rig.runner.signIn('other');
  expect(rig.view.openings).toMatchObject({ untied: 0, beforeStart: 0 });
  expect(new LaneRig({ before: null }).view.openings.beforeStart).toBeNull();
});
