import { expect, test } from 'vitest';
import { card, F0, F1, lane, parked, passage } from '../gallery/people.ts';
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

test('the same person judged worse by the chip is heard, though the outside is told the same', () => {
  const check = lane({ outward: 'wait', current: passage('check', [F1]) });
  const stop = lane({ outward: 'wait', current: passage('stop', [F0]) });
  const pass = lane({ outward: 'go', current: passage('pass') });
  expect(cueOf(check, stop)).toBe('wait');
  expect(cueOf(pass, check)).toBe('wait');
  expect(cueOf(pass, { ...pass, current: passage('check', [F1]) })).toBe('wait');
});

test('a read that changes nothing is silent, from the first byte to the card taken away', () => {
  const pass = lane({ outward: 'go', current: passage('pass') });
  const reading = { ...pass, card: card({ stage: 'reading' }) };
  const proven = passage('pass', [], { proof: 'chip-genuine' });
  const read = { ...pass, current: proven, card: card() };
  expect(cueOf(pass, reading)).toBeNull();
  expect(cueOf(reading, read)).toBeNull();
  expect(cueOf(read, { ...read, card: null })).toBeNull();
});
