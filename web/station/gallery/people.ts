import type { CardView } from '../../../src/station/http/card-shape.ts';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';

/** Static views of made-up people for the gallery and its tests. Every scene is at one moment of one night. */
export const NOW_MS = Date.UTC(2021, 10, 20, 19, 14, 37);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Subject = PassageView['subject'];
type Reason = PassageView['reasons'][number];
type Parked = LaneView['parked'][number];

export const SAMPLE: Subject = {
  number: '001200000001',
  name: 'Nguyễn Văn Mẫu',
  birth: '2000-02-01',
  sex: 'male',
  residence: 'Số 1, Ngõ Thử, Phường Ví Dụ, Quận Minh Họa, Hà Nội',
  issued: '2021-04-03',
  province: 'Hà Nội',
};

export const LONG: Subject = {
  number: '079199000002',
  name: 'Công Tằng Tôn Nữ Hoàng Ngọc Phương Thảo Nguyên Minh Anh Thí Dụ',
  birth: '1999-11',
  sex: 'female',
  residence:
    'Căn hộ 12A-07, Tòa nhà Thử Nghiệm số 3, Khu đô thị mới Minh Họa Phía Tây Bắc, Phường Ví Dụ Thượng, Thành phố Mẫu Đức, Thành phố Hồ Chí Minh',
  issued: '2021-12-31',
  province: 'Hồ Chí Minh',
};

/** What a hostile code may put where a name belongs: overrides, controls, marks piled up, markup. */
export const HOSTILE: Subject = {
  ...SAMPLE,
  name: `\u202e\u2067<b onclick=1>A\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0000\u0007${'W'.repeat(300)}`,
  residence: `\u202d\u200b\u2028${'\u0e49'.repeat(40)} ${'x'.repeat(400)} אבג`,
};

export function reason(code: string, extra: Partial<Reason> = {}): Reason {
  return { code, hit: null, earlierAtMs: null, noticeEndMs: null, ...extra };
}

export const F0 = reason('status.f0', {
  hit: { register: 'f0', status: 'active', from: '2021-11-18', until: '2021-12-02', source: 'CDC' },
});
export const F1 = reason('status.f1', {
  hit: { register: 'f1', status: 'active', from: '2021-11-20', until: '2021-11-25', source: 'CDC' },
});

const FRESH_AS_OF_MS = NOW_MS - 34 * MINUTE_MS;
export const OLD_AS_OF_MS = NOW_MS - 5 * DAY_MS;

export function register(
  name: string,
  state: LaneView['registers'][number]['state'],
  asOfMs: number | null = FRESH_AS_OF_MS,
): LaneView['registers'][number] {
  return {
    register: name,
    state,
    asOfMs,
    ageMs: asOfMs === null ? null : NOW_MS - asOfMs,
    acknowledged: false,
  };
}

export function passage(
  verdict: PassageView['verdict'],
  reasons: readonly Reason[] = [],
  extra: Partial<PassageView> = {},
): PassageView {
  return {
    passage: 41,
    ordinal: 41,
    verdict,
    reasons: [...reasons],
    checks: CHECKS,
    comparison: [],
    registers: [
      { register: 'f0', state: 'fresh', asOfMs: FRESH_AS_OF_MS },
      { register: 'f1', state: 'fresh', asOfMs: FRESH_AS_OF_MS },
    ],
    subject: SAMPLE,
    documents: ['cccd-qr'],
    source: 'camera',
    repaired: false,
    proof: 'claim',
    test: false,
    decidedAtMs: NOW_MS - 3_000,
    tookMs: 18,
    recorded: true,
    restMs: verdict === 'pass' ? 11_600 : null,
    staff: null,
    ...extra,
  };
}

const COMPARED = ['number', 'name', 'birth', 'sex', 'issued'] as const;

/** Chip and code side by side, differing in `differs`. */
export function comparison(
  differs: (typeof COMPARED)[number] | null = null,
): PassageView['comparison'] {
  return COMPARED.map((field) => ({ field, outcome: field === differs ? 'failed' : 'passed' }));
}

export const CARD_FIELDS = {
  number: SAMPLE.number,
  name: SAMPLE.name,
  birth: SAMPLE.birth,
  sex: SAMPLE.sex,
  issued: SAMPLE.issued,
  expires: '2040-02-01',
};

/** The card of passage 41, read to its end, unless `extra` says otherwise. */
export function card(extra: Partial<CardView> = {}): CardView {
  return {
    insertion: 7,
    stage: 'read',
    ordinal: 41,
    phase: null,
    group: null,
    bytes: 0,
    bytesTotal: null,
    problem: null,
    fields: CARD_FIELDS,
    photo: 'drawn',
    photoPending: false,
    photoProblem: null,
    authenticity: 'genuine',
    ...extra,
  };
}

const CHECKS: PassageView['checks'] = [
  { code: 'register.f0', outcome: 'passed', ageMs: 34 * MINUTE_MS },
  { code: 'register.f1', outcome: 'passed', ageMs: 34 * MINUTE_MS },
  { code: 'chip.genuine', outcome: 'skipped', ageMs: null },
  { code: 'repeat', outcome: 'passed', ageMs: null },
  { code: 'time.set', outcome: 'passed', ageMs: null },
  { code: 'text.utf8', outcome: 'passed', ageMs: null },
  { code: 'number.digits', outcome: 'passed', ageMs: null },
  { code: 'number.prefix-known', outcome: 'passed', ageMs: null },
  { code: 'number.sex', outcome: 'failed', ageMs: null },
  { code: 'number.birth', outcome: 'passed', ageMs: null },
  { code: 'birth.real', outcome: 'passed', ageMs: null },
  { code: 'issued.real', outcome: 'impossible', ageMs: null },
];

export function parked(
  ordinal: number,
  verdict: Parked['verdict'],
  minutes: number,
  extra: Partial<Parked> = {},
): Parked {
  return {
    passage: ordinal,
    ordinal,
    verdict,
    reasons: [verdict === 'stop' ? 'status.f0' : 'repeat'],
    name: 'Trần Thị Ví Dụ',
    number: '079300000002',
    sinceMs: NOW_MS - minutes * MINUTE_MS,
    overdue: minutes > 1,
    ...extra,
  };
}

function recent(
  ordinal: number,
  verdict: LaneView['recent'][number]['verdict'],
  crossed: LaneView['recent'][number]['crossed'],
  secondsAgo: number,
  reasons: string[] = [],
): LaneView['recent'][number] {
  const atMs = NOW_MS - secondsAgo * 1_000;
  return { passage: ordinal, ordinal, verdict, crossed, reasons, test: false, atMs };
}

export function lane(extra: Partial<LaneView> = {}): LaneView {
  return {
    id: 'in-1',
    name: '1',
    direction: 'in',
    mode: 'normal',
    modeSinceMs: NOW_MS - 4 * HOUR_MS,
    released: 0,
    officer: 'mau',
    current: null,
    notice: null,
    parked: [],
    waiting: 0,
    card: null,
    recent: [
      recent(40, 'pass', 'assumed', 12),
      recent(39, 'pass', 'assumed', 31),
      recent(38, 'check', 'no', 58),
      recent(37, 'pass', 'yes', 84),
      recent(36, 'pass', 'assumed', 101, ['register.ageing']),
      recent(35, 'pass', 'unknown', 140),
    ],
    undo: null,
    hint: null,
    outward: 'idle',
    devices: [
      { id: 'cam-1', kind: 'camera', state: 'online', reason: null, sinceMs: NOW_MS - HOUR_MS },
      { id: 'read-1', kind: 'reader', state: 'online', reason: null, sinceMs: NOW_MS - HOUR_MS },
      { id: 'scan-1', kind: 'scanner', state: 'online', reason: null, sinceMs: NOW_MS - HOUR_MS },
      { id: 'bar-1', kind: 'barrier', state: 'online', reason: null, sinceMs: NOW_MS - HOUR_MS },
    ],
    paperLines: [],
    foundOnPaper: null,
    registers: [register('f0', 'fresh'), register('f1', 'fresh')],
    journal: { state: 'writing', reason: null, unrecorded: 0 },
    hub: { state: 'up', sinceMs: NOW_MS, unsent: 0, mandate: null },
    time: { trust: 'vouched', nowMs: NOW_MS, uncertaintyMs: 800 },
    restart: null,
    emergencyAtMs: null,
    openings: { sinceMs: NOW_MS - 4 * HOUR_MS, untied: 0, overridden: 0, beforeStart: 0 },
    barrier: { emergency: false, tamper: false, movedAtMs: null },
    healthPhone: '0900 000 000',
    luminance: 120,
    demo: false,
    ...extra,
  };
}
