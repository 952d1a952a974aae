import { expect, test } from 'vitest';
import { F0, F1, lane, parked, passage } from '../gallery/people.ts';
import { cueOf } from './sound-cue.ts';

test('a check and a stop are heard as one and the same, and a pass as another', () => {
  const check = lane({ outward: 'wait', current: passage('check', [F1]) });
  const stop = lane({ outward: 'wait', current: passage('stop', [F0]) });
  const pass = lane({ outward: 'go', current: passage('pass') });
  expect(cueOf(lane(), check)).toBe('wait');
  expect(cueOf(lane(), stop)).toBe('wait');
  expect(cueOf(lane(), pass)).toBe('go');
});

test('the first view after loading is silent: it may be old', () => {
  expect(cueOf(null, lane({ outward: 'go', current: passage('pass') }))).toBeNull();
});

test('the next person is heard although the outside is told the same again', () => {
  const first = lane({ outward: 'go', current: passage('pass') });
  const second = lane({ outward: 'go', current: passage('pass', [], { ordinal: 42 }) });
  expect(cueOf(first, second)).toBe('go');
  expect(cueOf(second, second)).toBeNull();
});

test('somebody left waiting for too long is called out once', () => {
  const waiting = lane({ parked: [parked(31, 'stop', 0.5)] });
  const overdue = lane({ parked: [parked(31, 'stop', 2)] });
  expect(cueOf(waiting, overdue)).toBe('wait');
  expect(cueOf(overdue, overdue)).toBeNull();
});

test('an emptied lane is silent', () => {
  expect(cueOf(lane({ outward: 'go', current: passage('pass') }), lane())).toBeNull();
});
