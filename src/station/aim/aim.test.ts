import { expect, test } from 'vitest';
import { qrMatrix } from '../../../fixtures/codes.ts';
import { syntheticPeople } from '../../../fixtures/people.ts';
import { aimLine } from './aim-lines.ts';
import type { AimLook } from './aim-look.ts';
import { AIM_BEGUN, type AimState, aimView, stepAim } from './aim-session.ts';
import { aimSheet } from './aim-sheet.ts';
import { SHEET_CODES, sheetCodeOf, sheetPayload } from './sheet-codes.ts';

const CAMERA = { id: 'c', state: 'online', reason: null, widthPx: 1920, heightPx: 1080 } as const;

test('each code of the sheet is as dense and as large as it says, and is known again', () => {
  for (const code of SHEET_CODES) {
    const matrix = qrMatrix(sheetPayload(code), code.level);
    expect([matrix.version, matrix.size]).toEqual([code.version, code.modules]);
    expect(sheetCodeOf(sheetPayload(code))).toBe(code);
    expect(aimSheet()).toContain(`scale(${code.sideMm / code.modules})`);
  }
});

test('nobody else’s code is taken for one of the sheet', () => {
  const [person] = syntheticPeople('aim', 1);
  expect(sheetCodeOf(person?.number ?? '')).toBeNull();
  expect(sheetCodeOf('CHOT-AIM 1 unknown x')).toBeNull();
  expect(sheetCodeOf(null)).toBeNull();
});

/** A look at the whole sheet, so many pixels a millimetre near. */
function look(pxPerMm: number, blur = 0.25): AimLook {
  const codes = SHEET_CODES.map(({ kind, sideMm, modules }) => ({
    kind,
    pxPerMm,
    modulePx: (pxPerMm * sideMm) / modules,
    blur,
  }));
  return { ...NOTHING, codes, sharpness: 0.4 };
}

const NOTHING: AimLook = {
  codes: [],
  unreadModulePx: null,
  isSomethingUnread: false,
  sharpness: null,
  luminance: 0.4,
  glare: 0,
};

function after(looks: readonly AimLook[]) {
  let state: AimState = AIM_BEGUN;
  for (const each of looks) state = stepAim(state, each);
  return aimView(state, CAMERA);
}

const still = (each: AimLook) => Array.from({ length: 10 }, () => each);

test('moved from 20 to 15 cm and read all the way, a camera is good for card and phone', () => {
  const view = after([...still(look(8)), ...still(look(9)), ...still(look(10.7))]);
  expect([view.card.verdict, view.phone.verdict, view.advice]).toEqual(['good', 'good', 'done']);
});

test('read in one place only, it is good there, and wants to be moved', () => {
  const view = after(still(look(9)));
  expect([view.card.verdict, view.advice]).toEqual(['good-here', 'move-through']);
});

test('a focus that was turned after it was good undoes what was good, a shake of the hand does not', () => {
  const good = [...still(look(8)), ...still(look(9)), ...still(look(10.7))];
  expect(after([...good, look(9, 0.5), look(9, 0.5), ...still(look(9))]).advice).toBe('done');
  const turned = after([...good, ...still(look(9, 0.5))]);
  expect([turned.card.verdict, turned.card.range, turned.advice]).toEqual([
    'not-yet',
    null,
    'focus',
  ]);
});

test('a camera without a picture has neither figures nor another advice', () => {
  const lost = { ...CAMERA, state: 'offline', reason: 'camera.lost' } as const;
  expect(aimView(AIM_BEGUN, lost)).toMatchObject({ advice: 'no-picture', sharpness: null });
  expect(aimView(AIM_BEGUN, { ...CAMERA, state: 'starting' }).advice).toBe('wait');
});

test('what a terminal says begins with what to do', () => {
  expect(aimLine(after(still(look(6))))).toMatch(
    /^mã nhỏ: .* \| thẻ 2\.0 px\/ô, nhòe 0\.25: chưa \|/,
  );
});

test.each([
  ['too few pixels', still(look(6)), 'nearer'],
  ['too soft', still(look(9, 0.5)), 'focus'],
  ['nothing shown', still(NOTHING), 'show-sheet'],
  ['dark', still({ ...NOTHING, luminance: 0.03 }), 'light'],
  ['too bright', still({ ...NOTHING, luminance: 0.97 }), 'less-light'],
  ['glare on the code', still({ ...NOTHING, isSomethingUnread: true, glare: 0.2 }), 'less-glare'],
  [
    'small and unread',
    still({ ...NOTHING, isSomethingUnread: true, unreadModulePx: 1.5 }),
    'nearer',
  ],
  ['large and unread', still({ ...NOTHING, isSomethingUnread: true, unreadModulePx: 4 }), 'focus'],
  ['now and then unread', [...still(look(9)), NOTHING, NOTHING, look(9)], 'hold'],
] as const)('%s: one thing to do', (_name, looks, advice) => {
  const view = after(looks);
  expect(view.advice).toBe(advice);
  expect(view.card.verdict).not.toBe('good');
});
