import { describe, expect, test } from 'vitest';
import { translator } from '../../texts/texts.ts';
import { lane, NOW_MS } from '../gallery/people.ts';
import { slipText } from './paper.ts';
import { lostWays, waitsFor } from './ways-in.ts';

const t = translator('vi');

describe('what is out and what is left, down the ladder', () => {
  test.each([
    [[], null],
    [['camera'], 'Mất hình camera từ 01:14: dùng súng quét, thẻ chip hoặc nhập số.'],
    [['reader'], 'Mất đầu đọc từ 01:14: dùng camera, súng quét hoặc nhập số.'],
    [['scanner'], 'Mất súng quét từ 01:14: dùng camera, thẻ chip hoặc nhập số.'],
    [['camera', 'scanner'], 'Mất hình camera, súng quét từ 01:14: dùng thẻ chip hoặc nhập số.'],
    [
      ['camera', 'scanner', 'reader'],
      'Mất hình camera, súng quét, đầu đọc từ 01:14, không còn máy đọc nào: nhập số hoặc ghi sổ giấy.',
    ],
    // What opens is no way in.
    [['barrier'], null],
  ])('without %j', (out, said) => {
    expect(lostWays({ devices: devices(out) }, t)).toBe(said);
  });

  test('only what the lane has is offered', () => {
    const all = devices(['camera']).filter(({ kind }) => kind !== 'reader');
    expect(lostWays({ devices: all }, t)).toBe(
      'Mất hình camera từ 01:14: dùng súng quét hoặc nhập số.',
    );
  });

  test('an empty lane waits for what works', () => {
    expect(waitsFor(devices([]), t)).toBe('Chờ mã QR, súng quét, thẻ chip hoặc số nhập tay.');
    expect(waitsFor(devices(['camera', 'scanner', 'reader']), t)).toBe('Chờ số nhập tay.');
  });

  test('of two cameras one is enough', () => {
    const [camera] = lane().devices;
    if (camera === undefined) throw new Error('the gallery lane has a camera');
    const both = [...devices(['camera']), { ...camera, id: 'cam-2' }];
    expect(lostWays({ devices: both }, t)).toBeNull();
  });

  test('starting is not out', () => {
    const starting = lane().devices.map((device) => ({ ...device, state: 'starting' as const }));
    expect(lostWays({ devices: starting }, t)).toBeNull();
  });
});

test('a line of the book is read as its time and day', () => {
  expect(slipText('20261126-021307')).toBe('02:13:07 · 26/11');
});

function devices(out: readonly string[]) {
  return lane().devices.map((device) =>
    out.includes(device.kind)
      ? { ...device, state: 'offline' as const, sinceMs: NOW_MS - 3_600_000 }
      : device,
  );
}
