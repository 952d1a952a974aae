import { expect, test } from 'vitest';
import { translator } from '../../texts/texts.ts';
import { lane, NOW_MS, OLD_AS_OF_MS, register } from '../gallery/people.ts';
import { bannersOf } from './banners.ts';
import { stateItemsOf } from './states.ts';
import { themeByLight } from './theme-by-light.ts';

const t = translator('vi');

function banners(view: Parameters<typeof lane>[0], restartSeenMs: number | null = null) {
  return bannersOf(
    lane(view),
    NOW_MS,
    { restartMs: restartSeenMs, card: null, keyboard: 'us' },
    t,
  ).map(({ text }) => text);
}

test('a lane in order has nothing above its answer', () => {
  expect(banners({})).toEqual([]);
});

test('the worst lane states are told first, and two at most', () => {
  const told = banners({
    officer: null,
    journal: { state: 'not-writing', reason: 'journal.full', unrecorded: 2 },
    hub: null,
    time: { trust: 'unset', nowMs: NOW_MS, uncertaintyMs: null },
  });
  expect(told).toEqual([
    'KHÔNG GHI ĐƯỢC: ghi sổ giấy, báo kỹ thuật. 2 lượt chưa ghi.',
    'Máy chưa biết ngày giờ. Giờ đang có: 02:14:37 · 21/11/2021. Đúng thì xác nhận.',
  ]);
});

test('ageing data asks for an acknowledgement until it has one', () => {
  const ageing = register('f0', 'ageing', OLD_AS_OF_MS);
  expect(banners({ registers: [ageing] })).toEqual([
    'Danh sách F0 cũ 5 ngày. Cho qua cần cán bộ ca nhận biết.',
  ]);
  expect(banners({ registers: [{ ...ageing, acknowledged: true }] })).toEqual([]);
});

const HUB = { state: 'up', sinceMs: NOW_MS, unsent: 0, mandate: null } as const;
const DAYS = { from: '2021-07-01', until: '2021-11-20' } as const;
const ABSENT = { registers: [register('f0', 'absent', null)] };

test('lists that may be asked no more are told by the end of the mandate, not as missing', () => {
  expect(banners({ ...ABSENT, hub: { ...HUB, mandate: { state: 'ended', ...DAYS } } })).toEqual([
    'Hết hạn được phép tra danh sách (20/11/2021): ai cũng phải kiểm tra. Báo chỉ huy.',
  ]);
  expect(banners({ ...ABSENT, hub: { ...HUB, mandate: { state: 'over', ...DAYS } } })).toEqual([
    'Hết hạn được phép tra danh sách (20/11/2021), danh sách đã xóa: ai cũng phải kiểm tra. Báo chỉ huy.',
  ]);
  expect(banners({ ...ABSENT, hub: { ...HUB, mandate: { state: 'before', ...DAYS } } })).toEqual([
    'Từ 01/07/2021 mới được phép tra danh sách: ai cũng phải kiểm tra.',
  ]);
  expect(banners({ ...ABSENT, hub: HUB })).toEqual([
    'Chưa có danh sách F0: ai cũng phải kiểm tra. Báo kỹ thuật.',
  ]);
});

test('a hub that has revoked the station is told above the answer and in the strip', () => {
  const hub = { ...HUB, state: 'revoked', sinceMs: NOW_MS - 60_000, unsent: 3 } as const;
  expect(banners({ hub })).toEqual([
    'Máy chủ đã ngừng nhận trạm này từ 02:13:37 · 21/11/2021: danh sách sẽ cũ dần. Báo kỹ thuật.',
  ]);
  expect(stateItemsOf(lane({ hub }), 0, t)).toContainEqual(
    expect.objectContaining({
      ...{ id: 'hub', level: 'bad' },
      detail: 'máy chủ không nhận trạm này từ 02:13, 3 đoạn nhật ký chờ gửi',
    }),
  );
});

test('a restart is told until it was seen', () => {
  const restart = { atMs: NOW_MS - 60_000, unfinished: 1 };
  expect(banners({ restart })).toEqual(['Khởi động lại 02:13 · 1 lượt cuối chưa rõ đã qua']);
  expect(banners({ restart }, restart.atMs)).toEqual([]);
});

test('a release tells how long and how many', () => {
  const released = { mode: 'release', modeSinceMs: NOW_MS - 252_000, released: 37 } as const;
  expect(banners(released)).toEqual(['ĐANG XẢ CHỐT 04:12 · 37 lượt']);
});

test('the age of data goes on between two events', () => {
  const view = lane({ registers: [register('f0', 'fresh')] });
  expect(stateItemsOf(view, 0, t)[0]?.label).toBe("F0 34'");
  expect(stateItemsOf(view, 120_000, t)[0]?.label).toBe("F0 36'");
});

test('night follows the light, with room between dusk and dawn', () => {
  expect(themeByLight('light', 20, 'light')).toBe('night');
  expect(themeByLight('night', 45, 'light')).toBe('night');
  expect(themeByLight('light', 45, 'light')).toBe('light');
  expect(themeByLight('night', 80, 'dark')).toBe('dark');
  expect(themeByLight('night', null, 'light')).toBe('light');
});

test('a desktop that changes what a wedge types is told until it does so no more', () => {
  const told = (keyboard: 'us' | 'input-method' | 'other-layout') =>
    bannersOf(lane({}), NOW_MS, { restartMs: null, card: null, keyboard }, t).map(
      ({ text }) => text,
    );
  expect(told('us')).toEqual([]);
  expect(told('input-method')).toEqual([
    'Bộ gõ Telex/VNI đang bật: mã quét vẫn đọc đúng. Tắt bộ gõ.',
  ]);
  expect(told('other-layout')).toEqual([
    'Bàn phím máy này không phải kiểu US: mã quét vẫn đọc đúng. Đặt lại kiểu US.',
  ]);
});
