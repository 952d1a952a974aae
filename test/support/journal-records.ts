import fc from 'fast-check';
import type {
  ActionRecord,
  EndRecord,
  JournalRecord,
  OfficerRecord,
  PassageRecord,
  StoredRecord,
} from '../../src/journal/record.ts';

/** Journal records of nobody, for tests of the journal and of whoever writes into it. */
const stamped = {
  v: 1,
  atMs: 1_790_000_000_000,
  earliestMs: 1_789_999_400_000,
  latestMs: 1_790_000_600_000,
  trust: 'carried',
  lane: 'lane-1',
  officer: 'officer-1',
  software: '0.1.0+abc1234',
} as const;

/** A CCCD code at a camera with every check its document and the rules make: about the longest usual passage. */
export function passageRecord(
  passage: number,
  changes: Partial<PassageRecord> = {},
): PassageRecord {
  return {
    ...stamped,
    type: 'passage',
    passage,
    verdict: 'pass',
    reasons: [],
    checks: CHECKS.map((code) => ({
      code,
      outcome: 'passed',
      ageMs: code.startsWith('register') ? 3_600_000 : null,
    })),
    documents: ['cccd-qr'],
    proof: 'claim',
    trustVersion: null,
    subjectKey: '00112233445566ff',
    number: '001200012345',
    registers: [{ register: 'f0', version: 412, state: 'fresh' }],
    direction: 'in',
    mode: 'normal',
    group: null,
    source: 'camera',
    policyVersion: 3,
    certificates: [],
    papers: [],
    services: [],
    test: false,
    ...changes,
  };
}

const CHECKS = [
  ...['text.utf8', 'text.length', 'number.digits', 'number.prefix-known', 'number.sex'],
  ...['number.birth', 'old-number.form', 'birth.real', 'birth.complete', 'birth.not-future'],
  ...['issued.real', 'issued.not-before-2021', 'issued.not-future', 'issued.after-birth'],
  ...['documents.agree', 'register.f0', 'chip.genuine', 'repeat', 'time.set'],
];

export function endRecord(passage: number, crossed: EndRecord['crossed'] = 'yes'): EndRecord {
  return { ...stamped, type: 'end', passage, crossed };
}

export function actionRecord(passage: number | null, action = 'let-pass'): ActionRecord {
  return { ...stamped, type: 'action', passage, action, reason: 'photo-agrees' };
}

export function officerRecord(event: OfficerRecord['event'], lane = 'lane-1'): OfficerRecord {
  return { ...stamped, lane, type: 'officer', event };
}

const code = fc.stringMatching(/^[a-z][a-z0-9]{0,7}([.-][a-z0-9]{1,7}){0,3}$/);
const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
const hash = fc.stringMatching(/^[0-9a-f]{16}$/);
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const version = fc.integer({ min: 0, max: 2 ** 40 });
const sequence = fc.integer({ min: 1, max: 2 ** 48 });
const count = fc.integer({ min: 0, max: 1_000_000 });
const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const mode = fc.constantFrom('normal', 'release', 'closed');

const base = {
  v: fc.constant(1),
  station: id,
  sequence,
  atMs: instant,
  earliestMs: instant,
  latestMs: instant,
  trust: fc.constantFrom('vouched', 'carried', 'unset'),
  lane: id,
  officer: orNull(id),
  software: fc.constantFrom('0.1.0', '0.1.0+abc1234', '12.3.456-rc.1'),
};
const paper = {
  kind: code,
  paperKey: hash,
  rule: code,
  ruleVersion: version,
  outcome: code,
};
const decided = {
  passage: sequence,
  verdict: fc.constantFrom('pass', 'check', 'stop'),
  reasons: fc.array(code, { maxLength: 8 }),
  checks: fc.array(
    fc.record({
      code,
      outcome: fc.constantFrom('passed', 'failed', 'skipped', 'impossible'),
      ageMs: orNull(fc.integer({ min: -86_400_000, max: 2 ** 45 })),
    }),
    { maxLength: 30 },
  ),
  documents: fc.array(code, { maxLength: 4 }),
  proof: code,
  trustVersion: fc.option(sha256),
  subjectKey: orNull(hash),
  number: orNull(fc.stringMatching(/^[0-9]{12}$/)),
  registers: fc.array(fc.record({ register: code, version: orNull(version), state: code }), {
    maxLength: 4,
  }),
};

/** Every record the schema allows, of every type. */
export const anyStoredRecord: fc.Arbitrary<StoredRecord> = fc.oneof(
  fc.record({
    type: fc.constant('passage'),
    ...base,
    ...decided,
    direction: fc.constantFrom('in', 'out'),
    mode,
    group: orNull(sequence),
    source: code,
    policyVersion: version,
    certificates: fc.array(sha256, { maxLength: 3 }),
    papers: fc.array(fc.record(paper), { maxLength: 3 }),
    services: fc.array(fc.record({ kind: code, reference: hash }), { maxLength: 3 }),
    test: fc.boolean(),
  }),
  fc.record({ type: fc.constant('amendment'), ...base, ...decided }),
  fc.record({
    type: fc.constant('action'),
    ...base,
    passage: orNull(sequence),
    action: code,
    reason: code,
  }),
  fc.record({
    type: fc.constant('end'),
    ...base,
    passage: sequence,
    crossed: fc.constantFrom('yes', 'no', 'assumed', 'unknown'),
  }),
  fc.record({ type: fc.constant('mode'), ...base, mode, reason: code, counted: count }),
  fc.record({
    type: fc.constant('gap'),
    ...base,
    cause: code,
    fromMs: instant,
    untilMs: instant,
    decided: count,
    crossed: count,
  }),
  fc.record({ type: fc.constant('paper'), ...base, ...paper, passage: sequence }),
  fc.record({
    type: fc.constant('look-up'),
    ...base,
    subjectKey: hash,
    reason: code,
    verdict: code,
  }),
  fc.record({
    type: fc.constant('trust'),
    ...base,
    event: fc.constantFrom('added', 'removed'),
    purpose: code,
    fingerprint: sha256,
    storeVersion: version,
  }),
  fc.record({
    type: fc.constant('officer'),
    ...base,
    event: fc.constantFrom('signed-in', 'signed-out', 'handed-over', 'time-confirmed'),
  }),
) as fc.Arbitrary<StoredRecord>;

export function stored(record: JournalRecord, sequenceNumber = 1): StoredRecord {
  return { ...record, station: 'station-1', sequence: sequenceNumber };
}
