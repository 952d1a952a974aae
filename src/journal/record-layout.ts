import type {
  ActionRecord,
  AmendmentRecord,
  EndRecord,
  GapRecord,
  LookUpRecord,
  ModeRecord,
  OfficerRecord,
  PaperRecord,
  PassageRecord,
  RecordedCheck,
  RecordedPaper,
  RecordedRegister,
  RecordedService,
  StoredRecord,
  TrustRecord,
} from './record.ts';
import { SCHEMA_VERSION } from './record.ts';
import {
  type Field,
  flag,
  group,
  integer,
  type Layout,
  list,
  nullable,
  oneOf,
  text,
} from './record-fields.ts';

/**
 * Bounds and bytes of the closed schema (security J1). Labels and the order of words are the format: they are added
 * to and never changed. docs/journal.md prints this table for who reads journals elsewhere.
 */
const code = text(
  /^(?=.{1,48}$)[a-z][a-z0-9]*([.-][a-z0-9]+)*$/,
  'a lower-case code of at most 48 letters',
);
const id = text(/^[a-z0-9][a-z0-9-]{0,31}$/, 'an id of a-z, 0-9 and -');
const keyedHash = text(/^[0-9a-f]{16}$/, '16 hexadecimal digits');
const sha256 = text(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const personalNumber = text(/^[0-9]{12}$/, '12 digits');
const software = text(
  /^[0-9]{1,3}(\.[0-9]{1,3}){2}([+-][a-z0-9.-]{1,40})?$/,
  'a version like 1.2.3 or 1.2.3+commit',
);
const version = integer(0, 2 ** 40);
const sequence = integer(1, 2 ** 48);
const count = integer(0, 1_000_000);
/** Milliseconds since 1970 UTC, to the end of the year 9999. */
const instant = integer(0, 253_402_300_799_999);
/** An age can be negative where data are dated ahead of us. */
const age = integer(-253_402_300_799_999, 253_402_300_799_999);

const mode = oneOf('normal', 'release', 'closed');
const verdict = oneOf('pass', 'check', 'stop');

const check = group<RecordedCheck>({
  code: [0, code],
  outcome: [1, oneOf('passed', 'failed', 'skipped', 'impossible')],
  ageMs: [2, nullable(age)],
});
const register = group<RecordedRegister>({
  register: [0, code],
  version: [1, nullable(version)],
  state: [2, code],
});
const paper = group<RecordedPaper>({
  kind: [0, code],
  paperKey: [1, keyedHash],
  rule: [2, code],
  ruleVersion: [3, version],
  outcome: [4, code],
});
const service = group<RecordedService>({ kind: [0, code], reference: [1, keyedHash] });

const only = <const Word extends string>(word: Word): Field<Word> => ({
  toWire: () => word,
  fromWire: () => word,
});

const schemaNumber = integer(SCHEMA_VERSION, SCHEMA_VERSION);
const schema: Field<typeof SCHEMA_VERSION> = {
  toWire: schemaNumber.toWire,
  fromWire: (wire) => {
    schemaNumber.fromWire(wire);
    return SCHEMA_VERSION;
  },
};

const stamped = {
  v: [1, schema],
  station: [2, id],
  sequence: [3, sequence],
  atMs: [4, instant],
  earliestMs: [5, instant],
  latestMs: [6, instant],
  trust: [7, oneOf('vouched', 'carried', 'unset')],
  lane: [8, id],
  officer: [9, nullable(id)],
  software: [10, software],
} as const;

const decided = {
  passage: [11, sequence],
  verdict: [12, verdict],
  reasons: [13, list(code, 64)],
  checks: [14, list(check, 128)],
  documents: [15, list(code, 16)],
  proof: [16, code],
  subjectKey: [17, nullable(keyedHash)],
  number: [18, nullable(personalNumber)],
  registers: [19, list(register, 16)],
  trustVersion: [29, nullable(sha256)],
} as const;

type Stored<Kind> = Kind & Pick<StoredRecord, 'station' | 'sequence'>;

const passage: Layout<Stored<PassageRecord>> = {
  type: [0, only('passage')],
  ...stamped,
  ...decided,
  direction: [20, oneOf('in', 'out')],
  mode: [21, mode],
  group: [22, nullable(sequence)],
  source: [23, code],
  policyVersion: [24, version],
  certificates: [25, list(sha256, 16)],
  papers: [26, list(paper, 32)],
  services: [27, list(service, 16)],
  test: [28, flag],
};

const amendment: Layout<Stored<AmendmentRecord>> = {
  type: [0, only('amendment')],
  ...stamped,
  ...decided,
};

const action: Layout<Stored<ActionRecord>> = {
  type: [0, only('action')],
  ...stamped,
  passage: [11, nullable(sequence)],
  action: [12, code],
  reason: [13, code],
};

const end: Layout<Stored<EndRecord>> = {
  type: [0, only('end')],
  ...stamped,
  passage: [11, sequence],
  crossed: [12, oneOf('yes', 'no', 'assumed', 'unknown')],
};

const modeChange: Layout<Stored<ModeRecord>> = {
  type: [0, only('mode')],
  ...stamped,
  mode: [11, mode],
  reason: [12, code],
  counted: [13, count],
};

const gap: Layout<Stored<GapRecord>> = {
  type: [0, only('gap')],
  ...stamped,
  cause: [11, code],
  fromMs: [12, instant],
  untilMs: [13, instant],
  decided: [14, count],
  crossed: [15, count],
};

const laterPaper: Layout<Stored<PaperRecord>> = {
  type: [0, only('paper')],
  ...stamped,
  passage: [11, sequence],
  kind: [12, code],
  paperKey: [13, keyedHash],
  rule: [14, code],
  ruleVersion: [15, version],
  outcome: [16, code],
};

const lookUp: Layout<Stored<LookUpRecord>> = {
  type: [0, only('look-up')],
  ...stamped,
  subjectKey: [11, keyedHash],
  reason: [12, code],
  verdict: [13, code],
};

const trust: Layout<Stored<TrustRecord>> = {
  type: [0, only('trust')],
  ...stamped,
  event: [11, oneOf('added', 'removed')],
  purpose: [12, code],
  fingerprint: [13, sha256],
  storeVersion: [14, version],
};

const officer: Layout<Stored<OfficerRecord>> = {
  type: [0, only('officer')],
  ...stamped,
  event: [11, oneOf('signed-in', 'signed-out', 'handed-over', 'time-confirmed')],
};

/** By `type`; a type without a layout, or the reverse, does not compile. */
export const LAYOUTS: {
  readonly [Type in StoredRecord['type']]: Layout<Extract<StoredRecord, { readonly type: Type }>>;
} = {
  passage,
  amendment,
  action,
  end,
  mode: modeChange,
  gap,
  paper: laterPaper,
  'look-up': lookUp,
  trust,
  officer,
};
