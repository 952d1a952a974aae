import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import {
  CARD_FIELDS,
  card,
  comparison,
  F0,
  F1,
  LONG,
  lane,
  NOW_MS,
  passage,
  reason,
} from './people.ts';
import { type Scene, staff } from './scene.ts';

const CHIP = { documents: ['cccd-qr', 'chip-card'], comparison: comparison() };
const READING = {
  stage: 'reading',
  fields: null,
  photo: null,
  authenticity: null,
} as const;
const NO_PASSAGE = { ...READING, ordinal: null };

function failed(problem: string): Scene {
  return staff({ card: card({ ...READING, stage: 'failed', problem }) });
}

/** A card whose chip did not prove to be genuine, for as many reasons as there are. */
function doubtful(authenticity: string, extra: Parameters<typeof card>[0] = {}): Scene {
  return staff({
    current: passage('check', [reason(`chip.${authenticity}`)], {
      ...CHIP,
      proof: `chip-${authenticity}`,
    }),
    card: card({
      authenticity: authenticity === 'not-proven' ? 'chip-not-proven' : authenticity,
      ...extra,
    }),
    outward: 'wait',
  });
}

/** Signed as it is, and yet at odds with itself. */
function contradicting(code: string): Scene {
  return staff({
    current: passage('check', [reason(code)], { ...CHIP, proof: 'chip-genuine' }),
    card: card(),
    outward: 'wait',
  });
}

function mismatch(field: 'birth' | 'issued'): PassageView {
  return passage('check', [reason(`documents.differ-${field}`)], {
    ...CHIP,
    proof: 'chip-genuine',
    comparison: comparison(field),
  });
}

function differing(field: 'birth' | 'issued'): Scene {
  return staff({
    current: mismatch(field),
    card: card(),
    outward: 'wait',
  });
}

const ALL_BYTES = { phase: 'files', group: 2, bytes: 18_204, bytesTotal: 18_204 } as const;
const READING_DATA = { ...READING, phase: 'files', group: 14, fields: CARD_FIELDS } as const;
const STOP = passage('stop', [F0], { ...CHIP, proof: 'chip-genuine', caseCode: '7K3F' });
const PASS = passage('pass');
const GENUINE = passage('pass', [], { ...CHIP, proof: 'chip-genuine' });
const MISMATCH = mismatch('birth');
const CHIP_CHECKS = [
  ...MISMATCH.checks.filter(({ code }) => code !== 'chip.genuine'),
  ...['sod.signature', 'chain.anchor', 'csca.validity', 'group.1', 'group.2', 'group.13'].map(
    (code) => ({ code, outcome: 'passed', ageMs: null }) as const,
  ),
  { code: 'sod.content-type', outcome: 'failed', ageMs: null },
  { code: 'crl.available', outcome: 'skipped', ageMs: null },
  { code: 'card.access-strong', outcome: 'failed', ageMs: null },
] satisfies PassageView['checks'];
const REQUIRED = passage('check', [reason('chip.required')]);

/** The chip card at the lane, from laying it down to taking it away. */
export const CARD_SCENES: Readonly<Record<string, Scene>> = {
  'card-opening': staff({
    current: PASS,
    card: card({ ...READING, phase: 'access' }),
    outward: 'go',
  }),
  'card-reading': staff({
    current: REQUIRED,
    card: card(READING_DATA),
    outward: 'wait',
  }),
  'card-reading-photo': staff({
    current: PASS,
    card: card({
      ...READING,
      phase: 'files',
      group: 2,
      bytes: 12_288,
      bytesTotal: 18_204,
      fields: CARD_FIELDS,
    }),
    outward: 'go',
  }),
  'card-reading-alone': staff({
    card: card({ ...READING, phase: 'chip-authentication', fields: CARD_FIELDS }),
  }),
  'card-photo-early': staff({
    current: PASS,
    card: card({ ...READING, ...ALL_BYTES, fields: CARD_FIELDS, photo: 'drawn' }),
    outward: 'go',
  }),
  'pass-chip': staff({ current: GENUINE, card: card(), outward: 'go' }),
  'pass-chip-long': staff({
    current: { ...GENUINE, subject: LONG },
    card: card(),
    outward: 'go',
  }),
  'pass-chip-taken': staff({ current: GENUINE, outward: 'go' }),
  'card-photo-coming-early': staff({
    current: PASS,
    card: card({ ...READING, ...ALL_BYTES, fields: CARD_FIELDS, photoPending: true }),
    outward: 'go',
  }),
  'pass-chip-photo-coming': staff({
    current: GENUINE,
    card: card({ photo: null, photoPending: true }),
    outward: 'go',
  }),
  'pass-chip-photo-none': staff({ current: GENUINE, card: card({ photo: null }), outward: 'go' }),
  'pass-chip-no-photo': staff({
    current: GENUINE,
    card: card({ photo: null, photoProblem: 'photo.damaged' }),
  }),
  'pass-chip-two-lanes': {
    page: 'staff',
    lanes: [
      lane({ current: PASS, card: card(READING_DATA) }),
      lane({ id: 'out-2', name: '2', direction: 'out', current: STOP, card: card() }),
    ],
    line: 'alive',
    sheet: null,
  },
  'stop-chip': staff({
    current: STOP,
    card: card(),
    outward: 'wait',
  }),
  'chip-not-proven': doubtful('not-proven'),
  'chip-issuer-unknown': doubtful('issuer-unknown'),
  'chip-altered': doubtful('altered'),
  'chip-altered-photo': doubtful('altered', { photo: null, photoProblem: 'photo.altered' }),
  'chip-photo-coming': doubtful('issuer-unknown', { photo: null, photoPending: true }),
  'chip-cloned': doubtful('cloned'),
  'chip-unverifiable': doubtful('unverifiable'),
  'chip-differs-birth': differing('birth'),
  'chip-differs-issued': differing('issued'),
  'chip-contradicts-itself': contradicting('card.groups-agree'),
  'chip-access-differs': contradicting('card.access-agrees'),
  'chip-many': staff({
    current: passage(
      'check',
      [F1, reason('documents.differ-birth'), reason('chip.cloned'), reason('expires.not-past')],
      { ...CHIP, subject: LONG, proof: 'chip-cloned', comparison: comparison('birth') },
    ),
    card: card({ authenticity: 'cloned' }),
    outward: 'wait',
  }),
  'sheet-details-chip': staff({ current: { ...MISMATCH, checks: CHIP_CHECKS } }, 'details'),
  'chip-expired': staff({
    current: passage('check', [reason('expires.not-past')], { ...CHIP, proof: 'chip-genuine' }),
    card: card({ fields: { ...CARD_FIELDS, expires: '2021-10-04' } }),
  }),
  'chip-not-opened': staff({
    current: passage('check', [reason('chip.not-opened')]),
    card: card({ ...READING, stage: 'failed', problem: 'number-does-not-open' }),
    outward: 'wait',
  }),
  'chip-gone': staff({
    current: REQUIRED,
    card: card({ ...READING, stage: 'gone', ordinal: null }),
  }),
  'card-waiting': staff({ card: card({ ...NO_PASSAGE, stage: 'waiting' }) }),
  'card-waiting-held': staff({
    current: passage('check', [F1]),
    card: card({ ...NO_PASSAGE, stage: 'waiting' }),
  }),
  'card-waiting-again': staff({
    current: GENUINE,
    card: card({ ...NO_PASSAGE, stage: 'waiting' }),
    outward: 'go',
  }),
  'card-waiting-again-held': staff({
    current: MISMATCH,
    card: card({ ...NO_PASSAGE, stage: 'waiting' }),
    outward: 'wait',
  }),
  'card-gone': staff({ card: card({ ...READING, stage: 'gone', ordinal: null }) }),
  'card-gone-held': staff({
    current: passage('stop', [F0], { caseCode: '7K3F' }),
    card: card({ ...READING, stage: 'gone', ordinal: null }),
  }),
  'card-left-next': staff({ current: PASS, card: card({ ordinal: 40 }), outward: 'go' }),
  'card-left': staff({ card: card({ ordinal: 40 }), hint: 'card-take' }),
  'card-number': failed('number-does-not-open'),
  'card-more-needed': failed('more-needed'),
  'card-no-application': failed('no-application'),
  'card-refused': failed('refused'),
  'card-spent': failed('spent'),
  'card-lost': failed('lost'),
  'card-deadline': failed('deadline'),
  'card-fault': failed('fault'),
  'reader-out': staff({
    devices: lane().devices.map((device) =>
      device.kind === 'reader'
        ? { ...device, state: 'offline', reason: 'reader.not-found', sinceMs: NOW_MS - 217_000 }
        : device,
    ),
  }),
};
