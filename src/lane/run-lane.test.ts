import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LaneRig, person } from '../../test/scenarios/lane-rig.ts';

const AN = person(1);

test('the loop ticks by itself and ends when it is told to', async () => {
  const rig = new LaneRig();
  const running = rig.start();
  rig.scan(AN.card);
  await rig.clock.advance(20_000);
  expect(rig.outcomes).toMatchObject([{ crossed: 'assumed' }]);
  rig.stop();
  await running;
  expect(rig.outward).toEqual(['idle', 'go', 'idle']);
});

test('who looks on hears of every change, and of nothing when nothing changes', async () => {
  const rig = new LaneRig();
  let changes = 0;
  const off = rig.runner.onChange(() => {
    changes += 1;
  });
  rig.scan(AN.card);
  expect(changes).toBe(1);
  await rig.pass(14_000);
  expect(changes).toBe(1);
  await rig.pass(1_000);
  expect(changes).toBe(2);
  off();
  rig.scan(person(2).card);
  expect(changes).toBe(2);
});

test('a listener that fails stands in nobody’s way', () => {
  const rig = new LaneRig({ operation: 'automatic', openOnClaim: true });
  const heard: string[] = [];
  rig.runner.onTold(() => {
    throw new Error('a page that went away');
  });
  rig.runner.onTold(({ event }) => heard.push(event));
  rig.scan(AN.card);
  expect(rig.openings).toHaveLength(1);
  expect(heard).toEqual(['decided', 'listener-fault']);
  expect(rig.view.outward).toBe('go');
});

test('a listener may act on the lane', () => {
  const rig = new LaneRig();
  rig.runner.onTold(({ event }) => {
    if (event === 'decided') rig.tap('set-aside');
  });
  rig.scan(AN.personal);
  expect(rig.view.parked).toHaveLength(1);
});

test('a decision is told with its codes and time, and without the person', () => {
  const rig = new LaneRig();
  rig.list(AN.number);
  rig.scan(AN.card);
  expect(rig.told).toEqual([
    {
      event: 'decided',
      ordinal: 1,
      verdict: 'stop',
      reasons: ['status.f0'],
      source: 'scanner',
      test: false,
      tookMs: 0,
    },
  ]);
});

test('registers that throw give check, never a pass', () => {
  const rig = new LaneRig();
  rig.breakRegisters = true;
  rig.scan(AN.card);
  expect(rig.shown).toBe('check register.unusable');
});

test('any bytes from anywhere leave the lane working', () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 5_000 }),
    fc.string({ unit: 'binary', maxLength: 400 }).map((text) => new TextEncoder().encode(text)),
    fc
      .array(
        fc.constantFrom('|', '001200000001', '\u202e', '<script>', "'; DROP", '\0', '01022000'),
      )
      .map((parts) => new TextEncoder().encode(parts.join('|'))),
  );
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 20 }), (payloads) => {
      const rig = new LaneRig();
      for (const bytes of payloads) rig.runner.present(bytes, 'scanner', 0);
      // The one number among them may pass, whatever stands around it; nothing else is a number.
      for (const { number } of rig.of('passage')) expect(number ?? AN.number).toBe(AN.number);
      rig.runner.present(new TextEncoder().encode(person(2).card), 'camera', 0);
      expect(rig.of('passage').map(({ number }) => number)).toContain(person(2).number);
    }),
    { numRuns: 300 },
  );
});

test('a hundred codes in one frame are bounded, and the next person is served', async () => {
  const rig = new LaneRig();
  const tracks = Array.from({ length: 100 }, (_, index) => rig.hold(person(index).card));
  expect(rig.of('passage').length).toBeLessThanOrEqual(8);
  for (const track of tracks) rig.withdraw(track);
  await rig.pass(30_000);
  rig.hold(person(500).card);
  expect(rig.view.current?.subject.number).toBe(person(500).number);
});
