import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IdentityDocument } from '../documents/document.ts';
import { parsePresentation, parseTyped } from '../documents/parse-presentation.ts';
import { DAY_MS, dayEndMs, dayFromIso, dayOf, dayStartMs } from '../kernel/calendar.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Notice, RegisterHit } from '../registers/lookup.ts';
import { decide } from './decide.ts';
import { compareSeverity, REASON_VERDICTS } from './reasons.ts';
import { NO_CARD_FINDINGS, type RegisterAnswer, type Situation } from './situation.ts';
import type { FreshnessState, Verdict } from './verdict.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 5);
const TODAY = dayOf(NOW_MS);
const NUMBER = '001200000001';
const CARD = `${NUMBER}|100000001|Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021`;

describe('the outcome table of the screens', () => {
  test('clear: a card on no list passes, as a claim, without a reason', () => {
    const verdict = decide([document(CARD)], situation());
    expect(verdict).toMatchObject({ kind: 'pass', reasons: [], proof: 'claim', test: false });
    expect(verdict.checks.find(({ code }) => code === 'register.f0')).toEqual({
      code: 'register.f0',
      outcome: 'passed',
      ageMs: 3_600_000,
    });
  });

  test('typed, clear: a typed number passes too', () => {
    expect(codes(decide([typed(NUMBER)], situation()))).toEqual(['pass']);
  });

  test('repeat: check, with the earlier time', () => {
    const verdict = decide([document(CARD)], situation({ repeat: { earlierAtMs: 7 } }));
    expect(codes(verdict)).toEqual(['check', 'repeat']);
    expect(verdict.reasons[0]?.earlierAtMs).toBe(7);
  });

  test.each([
    ['sex', CARD.replace('|Nam|', '|Nữ|'), 'number.sex'],
    ['birth date', CARD.replace('01022000', '01021999'), 'number.birth'],
  ])('mismatch: a number against the %s is check', (_what, text, code) => {
    expect(codes(decide([document(text)], situation()))).toEqual(['check', code]);
  });

  test('ageing data: still a pass, never without saying so', () => {
    const registers = [answer({ state: 'ageing', ageMs: 5 * DAY_MS })];
    expect(codes(decide([document(CARD)], situation({ registers })))).toEqual([
      'pass',
      'register.ageing',
    ]);
  });

  test('F0: stop, with the row that says so', () => {
    const f0 = hit({});
    const verdict = decide([document(CARD)], situation({ registers: [answer({ hits: [f0] })] }));
    expect(verdict).toMatchObject({ kind: 'stop', reasons: [{ code: 'status.f0', hit: f0 }] });
    expect(outcome(verdict, 'register.f0')).toBe('failed');
  });

  test('F1: check, until when and by whom', () => {
    const f1 = hit({ register: 'f1', untilDay: TODAY + 5 });
    const registers = [answer({}), answer({ register: 'f1', hits: [f1] })];
    const verdict = decide([document(CARD)], situation({ registers, listed: ['f0', 'f1'] }));
    expect(verdict).toMatchObject({ kind: 'check', reasons: [{ code: 'status.f1', hit: f1 }] });
  });
});

describe('a notice beside an F0 row', () => {
  const transfer: Notice = { code: 'transfer', endMs: NOW_MS + 3_600_000 };
  const noticed = (notices: readonly Notice[], over: Partial<Answer> = {}) =>
    decide(
      [document(CARD)],
      situation({ registers: [answer({ hits: [hit({})], notices, ...over })] }),
    );

  test('turns the stop into check and never into pass, saying until when', () => {
    const verdict = noticed([transfer, { ...transfer, endMs: NOW_MS + 60_000 }]);
    expect(codes(verdict)).toEqual(['check', 'status.f0-transfer']);
    expect(verdict.reasons[0]).toMatchObject({ noticeEndMs: transfer.endMs, hit: hit({}) });
    expect(outcome(verdict, 'register.f0')).toBe('failed');
  });

  test('found recovered at another gate is check too, with its own word', () => {
    const notice = { ...transfer, code: 'recovered-elsewhere' };
    expect(codes(noticed([notice]))).toEqual(['check', 'status.f0-recovered']);
  });

  test('that may be over, at the latest time it can be, is none: the stop stands', () => {
    const over = { ...transfer, endMs: situation({}).time.latestMs };
    expect(codes(noticed([over]))).toEqual(['stop', 'status.f0']);
    const within = { ...transfer, endMs: over.endMs + 1 };
    expect(codes(noticed([within]))).toEqual(['check', 'status.f0-transfer']);
  });

  test('of a code unknown here changes nothing', () => {
    expect(codes(noticed([{ ...transfer, code: 'pardoned' }]))).toEqual(['stop', 'status.f0']);
  });

  test('under one key does not speak for a row under another', () => {
    const rows = { by: 'qid' as const, hits: [hit({})], notices: [] };
    const one = answer({ hits: [hit({})], notices: [transfer] });
    const registers = [{ ...one, found: [...one.found, rows] }];
    expect(codes(decide([document(CARD)], situation({ registers })))).toEqual([
      'stop',
      'status.f0',
      'status.f0-transfer',
    ]);
  });

  test('without a row in force says nothing, and softens no other register', () => {
    expect(codes(noticed([transfer], { hits: [] }))).toEqual(['pass']);
    const registers = [
      answer({}),
      answer({ register: 'f1', hits: [hit({ register: 'f1' })], notices: [transfer] }),
    ];
    const verdict = decide([document(CARD)], situation({ registers, listed: ['f0', 'f1'] }));
    expect(codes(verdict)).toEqual(['check', 'status.f1']);
  });
});

describe('registers', () => {
  test.each<[FreshnessState, string]>([
    ['expired', 'register.expired'],
    ['absent', 'register.absent'],
    ['unusable', 'register.unusable'],
  ])('%s is check', (state, code) => {
    const registers = [answer({ state })];
    expect(codes(decide([document(CARD)], situation({ registers })))).toEqual(['check', code]);
  });

  test('a hit on expired data stays a stop, with its age', () => {
    const registers = [answer({ state: 'expired', ageMs: 9 * DAY_MS, hits: [hit({})] })];
    const verdict = decide([document(CARD)], situation({ registers }));
    expect(codes(verdict)).toEqual(['stop', 'status.f0', 'register.expired']);
    expect(verdict.checks.find(({ code }) => code === 'register.f0')?.ageMs).toBe(9 * DAY_MS);
  });

  test('an answer about another number is no look-up of this one', () => {
    const registers = [answer({ number: '001200000002' })];
    expect(decide([document(CARD)], situation({ registers })).kind).toBe('check');
  });

  test('F0 is asked even when the policy forgets it', () => {
    const registers = [answer({ register: 'f1' })];
    const verdict = decide([document(CARD)], situation({ registers, listed: ['f1'] }));
    expect(codes(verdict)).toEqual(['check', 'register.absent']);
  });

  test('an active row whose illness has ended no longer holds; a later row does', () => {
    const ended = hit({ status: 'ended', fromDay: TODAY - 1 });
    const before = hit({ fromDay: TODAY - 10 });
    const again = hit({ fromDay: TODAY });
    const withHits = (hits: readonly RegisterHit[]) =>
      decide([document(CARD)], situation({ registers: [answer({ hits })] })).kind;
    expect(withHits([before, ended])).toBe('pass');
    expect(withHits([before, ended, again])).toBe('stop');
  });

  test('what ended under somebody else’s QID cancels nothing under the number', () => {
    const found = [
      { by: 'number' as const, hits: [hit({ fromDay: TODAY - 10 })], notices: [] },
      { by: 'qid' as const, hits: [hit({ status: 'ended', fromDay: TODAY - 1 })], notices: [] },
    ];
    const registers = [{ ...answer({}), found }];
    expect(decide([document(CARD)], situation({ registers })).kind).toBe('stop');
  });

  test('an earlier number that only an unsigned code names gives check, never stop', () => {
    const found = [{ by: 'alias' as const, hits: [hit({})], notices: [] }];
    const registers = [{ ...answer({}), found }];
    expect(codes(decide([document(CARD)], situation({ registers })))).toEqual([
      'check',
      'status.f0-alias',
    ]);
  });

  test('a status in a register without an own rule is check', () => {
    const registers = [answer({}), answer({ register: 'wanted', hits: [hit({})] })];
    expect(
      codes(decide([document(CARD)], situation({ registers, listed: ['f0', 'wanted'] }))),
    ).toEqual(['check', 'status.listed']);
  });
});

describe('documents', () => {
  test('a masked number cannot be looked up', () => {
    const masked = document('******000001|NGUYEN VAN MAU|2000-02-01|1|Q12345|');
    const verdict = decide([masked], situation({ registers: [answer({ number: null })] }));
    expect(codes(verdict)).toEqual(['check', 'subject.no-number']);
  });

  test('the number that one document lacks, another supplies', () => {
    const masked = document('******000001|NGUYEN VAN MAU|2000-02-01|1|Q12345|');
    const verdict = decide([masked, document(CARD)], situation());
    expect(codes(verdict)).toEqual(['pass']);
    expect(outcome(verdict, 'number.digits')).toBe('passed');
    expect(outcome(verdict, 'documents.agree')).toBe('passed');
  });

  test('an unknown place of registration is looked at, not refused', () => {
    const number = '099200000001';
    const registers = [answer({ number })];
    expect(codes(decide([typed(number)], situation({ registers })))).toEqual([
      'check',
      'number.prefix-known',
    ]);
  });

  test('a repaired text passes and says so, because its birth date bears the number out', () => {
    const mangled = Buffer.from(CARD, 'utf8').toString('latin1');
    const verdict = decide([document(mangled)], situation());
    expect(codes(verdict)).toEqual(['pass', 'text.repaired']);
  });

  test('a repaired number with nothing to bear it out is looked at', () => {
    const bare: IdentityDocument = { ...typed(NUMBER), repaired: true };
    expect(codes(decide([bare], situation()))).toEqual(['check', 'text.repaired-alone']);
  });

  test('a lost name goes on by the number and says so', () => {
    const dropped = CARD.replace(/[^ -~]/g, '');
    const verdict = decide([document(dropped)], situation());
    expect(codes(verdict)).toEqual(['pass', 'name.lost']);
  });

  test('a name that is none, in a text that was not damaged, is looked at', () => {
    const verdict = decide([document(CARD.replace('Mẫu', '<script>'))], situation());
    expect(codes(verdict)).toEqual(['check', 'name.recovered']);
  });

  test('a card without a name is looked at', () => {
    const verdict = decide([document(CARD.replace('Nguyễn Văn Mẫu', ''))], situation());
    expect(codes(verdict)).toEqual(['check', 'name.recovered']);
  });

  test('a text whose end is missing cannot vouch for its number', () => {
    const verdict = decide([document(CARD.slice(0, -12))], situation());
    expect(verdict.kind).toBe('check');
    expect(codes(verdict)).toContain('text.damaged');
  });

  test('an unknown day of birth goes to review', () => {
    const verdict = decide([document(CARD.replace('01022000', '00002000'))], situation());
    expect(codes(verdict)).toEqual(['check', 'birth.complete']);
  });

  test.each([
    ['name', CARD.replace('Mẫu', 'Khác'), 'documents.differ-name'],
    ['birth date', CARD.replace('01022000', '02022000'), 'documents.differ-birth'],
  ])('two codes of one number that differ in the %s are looked at', (_what, other, code) => {
    expect(codes(decide([document(CARD), document(other)], situation()))).toEqual(['check', code]);
  });

  test('another spelling, and another address after moving, are no difference', () => {
    const other = CARD.replace('Nguyễn Văn Mẫu', 'NGUYEN VAN MAU').replace('Hà Nội', 'Huế');
    expect(codes(decide([document(CARD), document(other)], situation()))).toEqual(['pass']);
  });

  test('nothing shown is nobody looked up', () => {
    expect(codes(decide([], situation()))).toEqual(['check', 'subject.no-number']);
  });

  test('a policy that wants the chip turns every claim into check', () => {
    const verdict = decide([document(CARD)], situation({ requireChip: true }));
    expect(codes(verdict)).toEqual(['check', 'chip.required']);
  });

  test('a test code runs the whole chain and is marked', () => {
    const number = '000000000000';
    const verdict = decide([typed(number)], situation({ registers: [answer({ number })] }));
    expect(verdict).toMatchObject({ kind: 'pass', test: true });
  });

  test('without anybody who answers for the date nobody passes', () => {
    const time: TimeInterval = { earliestMs: NOW_MS, latestMs: NOW_MS, trust: 'unset' };
    expect(codes(decide([document(CARD)], { ...situation(), time }))).toEqual([
      'check',
      'time.unset',
    ]);
  });
});

const states = fc.constantFrom<FreshnessState>('fresh', 'ageing', 'expired', 'absent', 'unusable');
const hits = fc.record<RegisterHit>({
  register: fc.constant('f0'),
  status: fc.constantFrom('active', 'ended'),
  fromDay: fc.integer({ min: TODAY - 5, max: TODAY + 5 }),
  untilDay: fc.integer({ min: TODAY - 5, max: TODAY + 5 }),
  source: fc.constantFrom('cdc', 'gate'),
});
const texts = fc.constantFrom(
  CARD,
  CARD.replace('|Nam|', '|Nữ|'),
  CARD.replace(/[^ -~]/g, ''),
  NUMBER,
  '******000001|NGUYEN VAN MAU|2000-02-01|1|Q12345|',
);
const documents = fc.array(texts.map(document), { maxLength: 3 });
const times = fc
  .tuple(fc.integer({ min: 0, max: 4 * DAY_MS }), fc.integer({ min: 0, max: 4 * DAY_MS }))
  .map(
    ([before, after]): TimeInterval => ({
      earliestMs: NOW_MS - before,
      latestMs: NOW_MS + after,
      trust: 'carried',
    }),
  );
const answers = fc.array(
  fc.record({
    register: fc.constantFrom('f0', 'f1'),
    state: states,
    number: fc.constantFrom(NUMBER, '001200000002', null),
    hits: fc.array(hits, { maxLength: 4 }),
  }),
  { maxLength: 3 },
);
const situations = fc
  .record({
    time: times,
    registers: answers.map((each) => each.map(answer)),
    listed: fc.constantFrom(['f0'], ['f1'], ['f0', 'f1'], []),
    requireChip: fc.boolean(),
    repeat: fc.constantFrom(null, { earlierAtMs: 1 }),
  })
  .map((given) => ({ ...situation(given), time: given.time }));

describe('properties', () => {
  test('nobody passes without a look-up in every register asked, on data not expired', () => {
    fc.assert(
      fc.property(documents, situations, (shown, given) => {
        if (decide(shown, given).kind !== 'pass') return;
        for (const register of new Set(['f0', ...given.policy.registers])) {
          const found = given.registers.find(({ use }) => use.register === register);
          expect(found?.number).toBe(NUMBER);
          expect(['fresh', 'ageing']).toContain(found?.use.state);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('for any true time in the interval, no F0 still in force passes', () => {
    fc.assert(
      fc.property(
        situations,
        fc.array(hits, { maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, rows, share) => {
          const { earliestMs, latestMs } = given.time;
          const trueMs = earliestMs + share * (latestMs - earliestMs);
          const verdict = decide([document(CARD)], {
            ...given,
            registers: [answer({ hits: rows })],
          });
          if (holdsAt(rows, trueMs)) expect(verdict.kind).toBe('stop');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('one more F0 row never improves a verdict', () => {
    fc.assert(
      fc.property(documents, situations, hits, (shown, given, more) => {
        const added = { ...more, status: 'active' as const };
        const registers = given.registers.map((each) => ({
          ...each,
          found: each.found.map((rows) => ({ ...rows, hits: [...rows.hits, added] })),
        }));
        const before = decide(shown, given);
        const after = decide(shown, { ...given, registers });
        expect(compareSeverity(after.kind, before.kind)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('reasons stand worst first, and the worst makes the verdict', () => {
    const ranks = Object.keys(REASON_VERDICTS);
    fc.assert(
      fc.property(documents, situations, (shown, given) => {
        const { kind, reasons } = decide(shown, given);
        const order = reasons.map(({ code }) => ranks.indexOf(code));
        expect(order).toEqual([...order].sort((one, other) => one - other));
        const [first] = reasons;
        expect(kind).toBe(first === undefined ? 'pass' : REASON_VERDICTS[first.code]);
      }),
    );
  });
});

/** In force at one instant, told apart from the rules' own code on purpose. */
function holdsAt(rows: readonly RegisterHit[], atMs: number): boolean {
  return rows.some(
    (row) =>
      row.status === 'active' &&
      atMs >= dayStartMs(row.fromDay) &&
      atMs < dayEndMs(row.untilDay) &&
      !rows.some(
        (other) =>
          other.status === 'ended' &&
          other.fromDay >= row.fromDay &&
          atMs >= dayStartMs(other.fromDay),
      ),
  );
}

function document(text: string): IdentityDocument {
  return identity(parsePresentation(new TextEncoder().encode(text), { latestDay: TODAY }));
}

function typed(text: string): IdentityDocument {
  return identity(parseTyped(text, { latestDay: TODAY }));
}

function identity(parsed: ReturnType<typeof parseTyped>): IdentityDocument {
  if (parsed.kind === 'other') throw new Error(`not an identity: ${parsed.looksLike}`);
  return parsed;
}

function hit(fields: Partial<RegisterHit>): RegisterHit {
  return {
    register: 'f0',
    status: 'active',
    fromDay: dayFromIso('2026-11-18') ?? 0,
    untilDay: dayFromIso('2026-12-02') ?? 0,
    source: 'cdc',
    ...fields,
  };
}

type Answer = {
  readonly register?: string;
  readonly state?: FreshnessState;
  readonly ageMs?: number;
  readonly number?: string | null;
  readonly hits?: readonly RegisterHit[];
  readonly notices?: readonly Notice[];
};

function answer({
  register = 'f0',
  state = 'fresh',
  ageMs = 3_600_000,
  number = NUMBER,
  hits: rows = [],
  notices = [],
}: Answer): RegisterAnswer {
  return {
    use: { register, state, asOfMs: NOW_MS - ageMs, version: 1 },
    ageMs,
    number,
    found: [{ by: 'number', hits: rows, notices }],
  };
}

function situation({
  registers = [answer({})],
  listed = ['f0'],
  requireChip = false,
  repeat = null,
  cards = NO_CARD_FINDINGS,
}: {
  readonly registers?: readonly RegisterAnswer[];
  readonly listed?: readonly string[];
  readonly requireChip?: boolean;
  readonly repeat?: Situation['repeat'];
  readonly cards?: Situation['cards'];
} = {}): Situation {
  return {
    time: { earliestMs: NOW_MS - 1_000, latestMs: NOW_MS + 1_000, trust: 'vouched' },
    policy: { version: 1, registers: listed, requireChip },
    registers,
    repeat,
    cards,
  };
}

function codes({ kind, reasons }: Verdict): string[] {
  return [kind, ...reasons.map(({ code }) => code)];
}

function outcome({ checks }: Verdict, code: string): string | undefined {
  return checks.find((check) => check.code === code)?.outcome;
}
