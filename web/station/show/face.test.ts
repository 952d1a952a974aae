import { expect, test } from 'vitest';
import { translator } from '../../texts/texts.ts';
import { F0, F1, lane, NOW_MS, OLD_AS_OF_MS, passage, reason } from '../gallery/people.ts';
import { actionsOf } from './actions.ts';
import { faceOf, type Moment } from './face.ts';

const t = translator('vi');
const NOW: Moment = { dead: false, nowMs: NOW_MS, sinceMs: 0 };

function face(view: Parameters<typeof lane>[0], moment: Partial<Moment> = {}) {
  return faceOf(lane(view), { ...NOW, ...moment }, t);
}

test('a clear claim says only that it is not on the lists that were looked up', () => {
  const { word, why, action } = face({ current: passage('pass') });
  expect(word).toBe('ĐƯỢC QUA');
  expect(why).toEqual(['Không thuộc danh sách F0, F1 (cập nhật 01:40).']);
  expect(action).toBe('Đối chiếu người với thẻ.');
});

test('a register that was not looked up is not named', () => {
  const registers = [
    { register: 'f0', state: 'fresh', asOfMs: NOW_MS },
    { register: 'f1', state: 'absent', asOfMs: null },
  ];
  expect(face({ current: passage('pass', [], { registers }) }).why).toEqual([
    'Không thuộc danh sách F0 (cập nhật 02:14).',
  ]);
});

test('a typed number says what it means and asks for the year of birth', () => {
  const { why, action } = face({ current: passage('pass', [], { source: 'typed' }) });
  expect(why[0]).toBe('Nhập tay: Nam, 2000, Hà Nội.');
  expect(action).toBe('Hỏi lại năm sinh.');
});

test('a hit tells its time and its source, and what to do first', () => {
  expect(face({ current: passage('stop', [F0]) })).toMatchObject({
    tone: 'stop',
    glyph: 'octagon',
    word: 'GIỮ LẠI',
    why: ['Thuộc diện F0 từ 18/11 đến hết 02/12 (CDC).'],
    action: 'Mời sang bên, cách 2 m. Gọi y tế.',
  });
  expect(face({ current: passage('check', [F1]) }).why).toEqual([
    'Thuộc diện F1 đến hết 25/11 (CDC, 20/11).',
  ]);
});

test('a repeat tells when the code was used before', () => {
  const repeat = reason('repeat', { earlierAtMs: NOW_MS - 97_000 });
  expect(face({ current: passage('check', [repeat]) }).why).toEqual(['Mã này vừa dùng lúc 02:13.']);
});

test('a pass on ageing data has its own shape and word and tells its age', () => {
  const registers = [{ register: 'f0', state: 'ageing', asOfMs: OLD_AS_OF_MS }];
  const shown = face({ current: passage('pass', [reason('register.ageing')], { registers }) });
  expect(shown).toMatchObject({ tone: 'ageing', glyph: 'diamond', word: 'DỮ LIỆU CŨ' });
  expect(shown.why).toEqual(['Danh sách F0 ngày 16/11, cũ 5 ngày; chưa thấy số này.']);
});

test('a reason without words is told by its code, and never as a pass', () => {
  const shown = face({ current: passage('check', [reason('of.tomorrow')]) });
  expect(shown.why).toEqual(['Lý do máy chưa có lời: of.tomorrow.']);
  expect(shown.action).toBe('Kiểm tra bằng mắt, báo kỹ thuật mã lý do này.');
});

test('a dead line shows no verdict and no person, whatever was there', () => {
  for (const verdict of ['pass', 'check', 'stop'] as const) {
    const shown = face({ current: passage(verdict, [F0]) }, { dead: true });
    expect(shown).toMatchObject({ tone: 'dead', passage: null, rest: null, word: 'MẤT KẾT NỐI' });
  }
});

test('a pass disappears when its time is up; a check and a stop never do', () => {
  expect(face({ current: passage('pass') }, { sinceMs: 11_599 }).passage).not.toBeNull();
  expect(face({ current: passage('pass') }, { sinceMs: 11_600 }).word).toBe('SẴN SÀNG');
  expect(face({ current: passage('check', [F1]) }, { sinceMs: 9e9 }).word).toBe('KIỂM TRA');
  expect(face({ current: passage('stop', [F0]) }, { sinceMs: 9e9 }).word).toBe('GIỮ LẠI');
});

test('while released passes do not take the screen, a check does', () => {
  expect(face({ mode: 'release', current: passage('pass') }).word).toBe('ĐANG XẢ CHỐT');
  expect(face({ mode: 'release', current: passage('check', [F1]) }).word).toBe('KIỂM TRA');
});

test('what staff did is told in the place of the verdict', () => {
  expect(face({ current: passage('check', [F1], { staff: 'turned-back' }) }).word).toBe('QUAY ĐẦU');
  const letPass = face({ current: passage('check', [F1], { staff: 'let-pass' }) });
  expect(letPass).toMatchObject({ tone: 'quiet', word: 'ĐÃ CHO QUA' });
  expect(letPass.why).toEqual(['Cán bộ đã cho qua. Máy báo: KIỂM TRA.']);
});

test('a stop ends in one of five outcomes or is set aside, and letting pass is no button', () => {
  const actions = actionsOf(lane(), face({ current: passage('stop', [F0]) }));
  expect(actions.map(({ action }) => action)).toEqual([
    'handed-over',
    'recovered',
    'in-transfer',
    'wrong-person',
    'left',
    'set-aside',
  ]);
});

test('every decision about somebody names that person', () => {
  for (const verdict of ['pass', 'check', 'stop'] as const) {
    const actions = actionsOf(lane(), face({ current: passage(verdict, [F1]) }));
    expect(actions.map(({ ordinal }) => ordinal)).toEqual(actions.map(() => 41));
  }
});

test('without a person there is nothing to decide', () => {
  expect(actionsOf(lane(), face({}))).toEqual([]);
});
