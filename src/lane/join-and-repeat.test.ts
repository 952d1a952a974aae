import { describe, expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';

const AN = person(1);
const BINH = person(2);

describe('presentations of one subject join its open passage', () => {
  test('a code shown again within 15 s is the same pass', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    await rig.pass(14_000);
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass');
    expect(rig.of('passage')).toHaveLength(1);
    expect(rig.of('amendment')).toEqual([]);
  });

  test('a masked personal code joins the card by folded name and birth date', () => {
    const rig = new LaneRig();
    rig.scan(AN.personal);
    expect(rig.shown).toBe('check subject.no-number');
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass');
    expect(rig.view.current?.documents).toEqual(['personal-qr', 'cccd-qr']);
    expect(rig.of('passage')).toHaveLength(1);
    expect(rig.of('amendment')).toMatchObject([{ passage: 1, verdict: 'pass', number: AN.number }]);
  });

  test('a held passage is joined at any age', async () => {
    const rig = new LaneRig();
    rig.list(AN.number);
    rig.scan(AN.card);
    await rig.pass(600_000);
    rig.scan(AN.card);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('somebody set aside who shows a card again joins there', async () => {
    const rig = new LaneRig();
    rig.scan(AN.personal);
    rig.tap('set-aside');
    await rig.pass(30_000);
    rig.scan(AN.card);
    expect(rig.view.parked).toEqual([]);
    expect(rig.shown).toBe('pass');
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('a different number is another passage, whatever the name', () => {
    const rig = new LaneRig();
    rig.list(AN.number);
    rig.scan(AN.card);
    rig.scan(AN.card.replaceAll(AN.number, BINH.number));
    expect(rig.of('passage').map(({ number }) => number)).toEqual([AN.number, BINH.number]);
  });

  test('a code held up beyond the joining time is neither a repeat nor a second pass', async () => {
    const rig = new LaneRig();
    const track = rig.hold(AN.card);
    await rig.pass(20_000);
    expect(rig.view.current).toBeNull();
    rig.withdraw(track);
    await rig.pass(1_000);
    rig.hold(AN.card);
    expect(rig.view.current).toBeNull();
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('a code that a tracker loses for a moment beside another is no repeat', async () => {
    const rig = new LaneRig();
    const track = rig.hold(AN.card);
    await rig.pass(3_000);
    rig.hold(BINH.card);
    rig.withdraw(track);
    await rig.pass(1_000);
    rig.hold(AN.card);
    expect(rig.view.current?.subject.number).toBe(BINH.number);
    expect(rig.of('passage')).toHaveLength(2);
  });

  test('a worse answer after opening is an amendment and told', () => {
    const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
    rig.scan(AN.card);
    expect(rig.openings).toHaveLength(1);
    rig.list(AN.number);
    rig.scan(AN.card);
    expect(rig.shown).toBe('stop status.f0');
    expect(rig.view.outward).toBe('wait');
    expect(rig.of('amendment')).toMatchObject([{ passage: 1, verdict: 'stop' }]);
    expect(rig.told).toContainEqual(
      expect.objectContaining({ event: 'amended', ordinal: 1, verdict: 'stop', opened: true }),
    );
  });

  test('two codes of one number that differ are looked at', () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.scan(AN.card.replace('01022000', '02022000'));
    expect(rig.shown).toBe('check documents.differ-birth');
  });
});

describe('afterwards the same subject is a repeat', () => {
  test('two brothers, one screenshot: the second is looked at, with the earlier time', async () => {
    const rig = new LaneRig();
    const atMs = rig.clock.wallMs();
    const track = rig.hold(AN.card);
    await rig.pass(1_000);
    rig.withdraw(track);
    await rig.pass(19_000);
    rig.hold(AN.card);
    expect(rig.shown).toBe('check repeat');
    expect(rig.view.current?.reasons[0]?.earlierAtMs).toBe(atMs);
    expect(rig.of('passage')).toHaveLength(2);
  });

  test('the second brother is a repeat also while the first is not known to have crossed', async () => {
    const rig = new LaneRig({ clear: 'tap' });
    rig.scan(AN.card);
    await rig.pass(20_000);
    rig.scan(AN.card);
    expect(rig.shown).toBe('check repeat');
  });

  test('after 180 s nobody remembers', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    await rig.pass(20_000);
    await rig.pass(180_000);
    rig.scan(AN.card);
    expect(rig.shown).toBe('pass');
  });

  test('who was turned back and waves the phone again has had the answer', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.tap('turn-back', null, 'no-permit');
    await rig.pass(5_000);
    rig.scan(AN.card);
    expect(rig.view.current).toMatchObject({ ordinal: 1, staff: 'turned-back' });
    expect(rig.of('passage')).toHaveLength(1);
  });

  test('who was turned back and comes again is a repeat', async () => {
    const rig = new LaneRig();
    rig.scan(AN.card);
    rig.tap('turn-back', null, 'no-permit');
    await rig.pass(40_000);
    rig.scan(AN.card);
    expect(rig.shown).toBe('check repeat');
  });

  test('a personal code without a number repeats by its QID', async () => {
    const rig = new LaneRig();
    rig.scan(AN.personal);
    rig.tap('let-pass');
    await rig.pass(40_000);
    rig.scan(AN.personal);
    expect(rig.shown).toBe('check subject.no-number repeat');
  });

  test('test codes are nobody’s repeat', async () => {
    const rig = new LaneRig();
    rig.scan('000000000000');
    await rig.pass(30_000);
    rig.scan('000000000000');
    expect(rig.shown).toBe('pass');
    expect(rig.of('passage').map(({ test }) => test)).toEqual([true, true]);
  });

  test('twice a day for a month gives no amber', async () => {
    const rig = new LaneRig();
    for (let day = 0; day < 30; day += 1) {
      for (const pauseMs of [9 * 3_600_000, 15 * 3_600_000]) {
        rig.freshen();
        rig.scan(AN.card);
        expect(rig.shown).toBe('pass');
        await rig.pass(30_000);
        await rig.clock.advance(pauseMs - 30_000);
      }
    }
    expect(rig.of('end').map(({ crossed }) => crossed)).toEqual(Array(60).fill('assumed'));
  });
});
