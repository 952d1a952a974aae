import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { CARD_SCENES } from './card-scenes.ts';
import {
  F0,
  F1,
  HOSTILE,
  LONG,
  lane,
  NOW_MS,
  OLD_AS_OF_MS,
  parked,
  passage,
  reason,
  register,
  SAMPLE,
} from './people.ts';
import { type Scene, staff } from './scene.ts';

function hub(extra: Partial<NonNullable<LaneView['hub']>>): LaneView['hub'] {
  return { state: 'up', sinceMs: NOW_MS, unsent: 0, mandate: null, ...extra };
}

function out(...kinds: readonly string[]): LaneView['devices'] {
  return lane().devices.map((device) =>
    kinds.includes(device.kind)
      ? { ...device, state: 'offline', reason: `${device.kind}.lost`, sinceMs: NOW_MS - 217_000 }
      : device,
  );
}

function onPaper(kind: NonNullable<LaneView['notice']>['kind']): LaneView['notice'] {
  return { kind, looksLike: '20211120-021307', atMs: NOW_MS };
}

function line(state: 'dead' | 'connecting'): Scene {
  return { page: 'staff', lanes: [lane({ current: passage('pass') })], line: state, sheet: null };
}

const AGEING = [register('f0', 'ageing', OLD_AS_OF_MS), register('f1', 'fresh')];
const AGEING_PASSAGE = passage('pass', [reason('register.ageing')], {
  registers: [
    { register: 'f0', state: 'ageing', asOfMs: OLD_AS_OF_MS },
    { register: 'f1', state: 'fresh', asOfMs: NOW_MS - 60_000 },
  ],
});
const UNDO = { passage: 40, ordinal: 40, action: 'let-pass', restMs: 24_600 };
const TRAY = [
  parked(31, 'check', 3, { name: LONG.name, number: LONG.number }),
  parked(33, 'stop', 0.4),
];
const LINES: LaneView['paperLines'] = [
  { slip: '20211120-021307', atMs: NOW_MS - 2_820_000, reason: 'nothing-read' },
  { slip: '20211120-024112', atMs: NOW_MS - 540_000, reason: 'foreign-paper' },
];
const OPENED = { sinceMs: NOW_MS - 10_200_000, untied: 104, overridden: 2, beforeStart: 13 };
const STOP = passage('stop', [F0], { caseCode: '7K3F' });

export const SCENES: Readonly<Record<string, Scene>> = {
  idle: staff({}),
  'idle-hint': staff({ hint: 'too-far' }),
  pass: staff({ current: passage('pass'), outward: 'go', undo: UNDO }),
  'pass-one-register': staff({
    current: passage('pass', [], {
      registers: [{ register: 'f0', state: 'fresh', asOfMs: NOW_MS - 60_000 }],
    }),
  }),
  'pass-typed': staff({ current: passage('pass', [], { source: 'typed' }) }),
  'pass-repaired': staff({
    current: passage('pass', [reason('text.repaired')], { repaired: true, subject: LONG }),
  }),
  'pass-test': staff({ current: passage('pass', [], { test: true }), demo: true }),
  'pass-given': staff({ current: passage('pass', [], { staff: 'let-pass' }), undo: UNDO }),
  ageing: staff({
    current: AGEING_PASSAGE,
    registers: AGEING.map((item) => ({ ...item, acknowledged: true })),
  }),
  'ageing-new': staff({ registers: AGEING }),
  'check-f1': staff({ current: passage('check', [F1]), parked: TRAY, waiting: 2, undo: UNDO }),
  'check-repeat': staff({
    current: passage('check', [reason('repeat', { earlierAtMs: NOW_MS - 97_000 })]),
  }),
  'check-mismatch': staff({ current: passage('check', [reason('number.sex')]) }),
  'check-many': staff({
    current: passage(
      'check',
      [F1, reason('number.sex'), reason('number.birth'), reason('repeat')],
      {
        subject: LONG,
      },
    ),
  }),
  'check-no-number': staff({
    current: passage('check', [reason('subject.no-number')], {
      subject: { ...SAMPLE, number: null, sex: null, issued: null, residence: null },
    }),
  }),
  'check-hostile': staff({
    current: passage('check', [reason('x.unheard-of')], { subject: HOSTILE }),
  }),
  'check-expired': staff({
    current: passage('check', [reason('register.expired')], {
      registers: [{ register: 'f0', state: 'expired', asOfMs: OLD_AS_OF_MS - 864_000_000 }],
    }),
    registers: [register('f0', 'expired', OLD_AS_OF_MS - 864_000_000)],
  }),
  stop: staff({ current: STOP, outward: 'wait' }),
  'stop-not-recorded': staff({
    current: passage('stop', [F0], { recorded: false, passage: 0, caseCode: null, subject: LONG }),
    journal: { state: 'not-writing', reason: 'journal.full', unrecorded: 2 },
  }),
  'turned-back': staff({ current: passage('check', [F1], { staff: 'turned-back' }), undo: UNDO }),
  'let-pass': staff({ current: passage('check', [F1], { staff: 'let-pass' }), undo: UNDO }),
  'not-read': staff({ notice: { kind: 'not-read', looksLike: null, atMs: NOW_MS } }),
  'other-code': staff({ notice: { kind: 'other-code', looksLike: 'payment', atMs: NOW_MS } }),
  'nine-digits': staff({ notice: { kind: 'other-code', looksLike: 'nine-digits', atMs: NOW_MS } }),
  'lane-full': staff({
    notice: { kind: 'lane-full', looksLike: null, atMs: NOW_MS },
    parked: TRAY,
  }),
  release: staff({ mode: 'release', modeSinceMs: NOW_MS - 252_000, released: 37, outward: 'go' }),
  'release-check': staff({
    mode: 'release',
    modeSinceMs: NOW_MS - 252_000,
    released: 37,
    current: passage('check', [F1]),
  }),
  closed: staff({ mode: 'closed', modeSinceMs: NOW_MS - 3_600_000, outward: 'closed' }),
  dead: line('dead'),
  connecting: line('connecting'),
  'camera-out': staff({
    devices: lane().devices.map((device) =>
      device.kind === 'camera'
        ? { ...device, state: 'offline', reason: 'camera.stalled', sinceMs: NOW_MS - 217_000 }
        : device,
    ),
  }),
  'camera-blurred': staff({
    devices: lane().devices.map((device) =>
      device.kind === 'camera'
        ? { ...device, warning: 'camera.blurred', warningSinceMs: NOW_MS - 217_000 }
        : device,
    ),
  }),
  'camera-and-reader-out': staff({ devices: out('camera', 'reader') }),
  'all-out': staff({ devices: out('camera', 'reader', 'scanner') }),
  'on-paper': staff({ notice: onPaper('on-paper'), paperLines: LINES }),
  'paper-found': staff({ notice: onPaper('reconciled-stop'), foundOnPaper: '20211120-021307' }),
  'journal-out': staff({
    current: passage('pass', [], { recorded: false, passage: 0 }),
    journal: { state: 'not-writing', reason: 'journal.full', unrecorded: 3 },
  }),
  'hub-down': staff({ hub: hub({ state: 'down', sinceMs: NOW_MS - 600_000, unsent: 3 }) }),
  'hub-revoked': staff({ hub: hub({ state: 'revoked', sinceMs: NOW_MS - 600_000, unsent: 3 }) }),
  'mandate-over': staff({
    hub: hub({ mandate: { state: 'over', from: '2021-07-01', until: '2021-11-20' } }),
    registers: [register('f0', 'absent', null), register('f1', 'absent', null)],
  }),
  'time-unset': staff({ time: { trust: 'unset', nowMs: NOW_MS, uncertaintyMs: null } }),
  restart: staff({ restart: { atMs: NOW_MS - 97_000, unfinished: 1 } }),
  'no-officer': staff({ officer: null }),
  emergency: staff({ emergencyAtMs: NOW_MS - 20_000 }),
  'barrier-button': staff({ barrier: { emergency: true, tamper: false, movedAtMs: null } }),
  'barrier-by-hand': staff({
    barrier: { emergency: false, tamper: true, movedAtMs: NOW_MS - 20_000 },
  }),
  demo: staff({ current: passage('pass'), demo: true, parked: TRAY }),
  'two-lanes': {
    page: 'staff',
    lanes: [
      lane({ current: passage('pass') }),
      lane({ id: 'out-2', name: '2', direction: 'out', current: STOP, parked: TRAY }),
    ],
    line: 'alive',
    sheet: null,
  },
  ...CARD_SCENES,
  'sheet-keypad': staff({ current: passage('check', [F1]) }, 'keypad'),
  'sheet-tray': staff({ parked: TRAY }, 'tray'),
  'sheet-details': staff({ current: passage('check', [reason('number.sex')]) }, 'details'),
  'sheet-officer': staff({}, 'officer'),
  'sheet-menu': staff({}, 'menu'),
  'sheet-paper': staff({ paperLines: LINES }, 'paper'),
  'sheet-openings': staff({ openings: OPENED }, 'openings'),
  'sheet-officer-openings': staff({ openings: OPENED }, 'officer'),
  'sheet-emergency': staff({ emergencyAtMs: NOW_MS }, 'emergency'),
  'closed-page': { page: 'closed-page' },
  'passer-idle': { page: 'passer', outward: 'idle', hint: null },
  'passer-hint': { page: 'passer', outward: 'idle', hint: 'no-code' },
  'passer-card-lay': { page: 'passer', outward: 'wait', hint: 'card-lay' },
  'passer-card-hold-idle': { page: 'passer', outward: 'idle', hint: 'card-hold' },
  'passer-card-hold-go': { page: 'passer', outward: 'go', hint: 'card-hold' },
  'passer-card-hold-wait': { page: 'passer', outward: 'wait', hint: 'card-hold' },
  'passer-card-take': { page: 'passer', outward: 'go', hint: 'card-take' },
  'passer-card-again': { page: 'passer', outward: 'wait', hint: 'card-again' },
  'passer-go': { page: 'passer', outward: 'go', hint: null },
  'passer-wait': { page: 'passer', outward: 'wait', hint: null },
  'passer-closed': { page: 'passer', outward: 'closed', hint: null },
  'passer-dead': { page: 'passer', outward: 'dead', hint: null },
};
