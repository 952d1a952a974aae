import type { IdentityDocument } from '../documents/document.ts';
import { surelyWithin, type TimeInterval } from '../kernel/time-interval.ts';
import type { RegisterHit } from '../registers/lookup.ts';
import { type Finding, reason } from './finding.ts';
import { inForce } from './in-force.ts';
import type { ReasonCode } from './reasons.ts';
import type { FoundRows, RegisterAnswer, Situation } from './situation.ts';
import { numbersOf } from './subject.ts';
import type { FreshnessState, Reason } from './verdict.ts';

/** Without a completed look-up here nobody passes, whatever the policy lists (design: verdicts). */
export const ALWAYS_ASKED = 'f0';

type StatusCodes = {
  readonly own: ReasonCode;
  readonly alias: ReasonCode;
  /** What becomes of `own` where a notice of that code is in force. */
  readonly noticed: ReadonlyMap<string, ReasonCode>;
};

const UNNOTICED: StatusCodes['noticed'] = new Map();
const F0_NOTICED: StatusCodes['noticed'] = new Map([
  ['transfer', 'status.f0-transfer'],
  ['recovered-elsewhere', 'status.f0-recovered'],
]);

const STATUS_CODES: ReadonlyMap<string, StatusCodes> = new Map([
  ['f0', { own: 'status.f0', alias: 'status.f0-alias', noticed: F0_NOTICED }],
  ['f1', { own: 'status.f1', alias: 'status.f1-alias', noticed: UNNOTICED }],
]);
const OTHER_STATUS: StatusCodes = {
  ...{ own: 'status.listed', alias: 'status.listed-alias', noticed: UNNOTICED },
};

const STATE_CODES: Readonly<Record<FreshnessState, ReasonCode | null>> = {
  fresh: null,
  ageing: 'register.ageing',
  expired: 'register.expired',
  absent: 'register.absent',
  unusable: 'register.unusable',
};

/** Every register that must be asked was asked about the one number, is recent enough, and knows nothing in force. */
export function judgeRegisters(
  documents: readonly IdentityDocument[],
  { time, policy, registers }: Situation,
): Finding {
  const [number, ...others] = numbersOf(documents);
  const subject = others.length === 0 ? (number ?? null) : null;
  const asked = [...new Set([ALWAYS_ASKED, ...policy.registers])].map((register) => {
    const answer = registers.find(({ use }) => use.register === register);
    return judgeAnswer(register, answer, subject, time);
  });
  const reasons = asked.flatMap((finding) => finding.reasons);
  if (number === undefined) reasons.push(reason('subject.no-number'));
  return { checks: asked.flatMap((finding) => finding.checks), reasons: oncePerCode(reasons) };
}

function judgeAnswer(
  register: string,
  answer: RegisterAnswer | undefined,
  subject: string | null,
  time: TimeInterval,
): Finding {
  const code = `register.${register}`;
  if (answer === undefined) {
    return {
      checks: [{ code, outcome: 'impossible', ageMs: null }],
      reasons: [reason('register.absent')],
    };
  }
  const codes = STATUS_CODES.get(register) ?? OTHER_STATUS;
  const own = answer.found.filter(({ by }) => by !== 'alias');
  const alias = answer.found.filter(({ by }) => by === 'alias');
  const noticed = (rows: FoundRows) => noticeReason(rows, codes, time);
  const reasons = [
    ...statusReason(
      codes.own,
      worstInForce(
        own.filter((rows) => noticed(rows) === null),
        time,
      ),
    ),
    ...softened(own, codes, time),
    ...statusReason(codes.alias, worstInForce(alias, time)),
  ];
  const state = answerState(answer, subject);
  const failed = reasons.length > 0;
  const usable = (state === 'fresh' || state === 'ageing') && subject !== null;
  return {
    checks: [
      { code, outcome: failed ? 'failed' : usable ? 'passed' : 'impossible', ageMs: answer.ageMs },
    ],
    reasons: [...reasons, ...stateReason(state)],
  };
}

/** An answer about another number, or about none, is no look-up of this subject. */
function answerState({ use, number }: RegisterAnswer, subject: string | null): FreshnessState {
  if (subject === null || number === subject) return use.state;
  return use.state === 'unusable' ? 'unusable' : 'absent';
}

function statusReason(code: ReasonCode, hit: RegisterHit | null): Reason[] {
  return hit === null ? [] : [{ ...reason(code), hit }];
}

/** One reason a key whose rows in force stand beside a notice. */
function softened(own: readonly FoundRows[], codes: StatusCodes, time: TimeInterval): Reason[] {
  return own.flatMap((rows) => {
    const noticed = noticeReason(rows, codes, time);
    const hit = worstInForce([rows], time);
    return noticed === null || hit === null ? [] : [{ ...noticed, hit }];
  });
}

/**
 * What a notice makes of rows under the same key; the one that lasts longest speaks. A permission: it counts only while the latest
 * time is within it (security T1). A code that is not known here changes nothing.
 */
function noticeReason(
  { notices }: FoundRows,
  { noticed }: StatusCodes,
  time: TimeInterval,
): Reason | null {
  return notices
    .filter(({ endMs }) => surelyWithin(time, endMs))
    .flatMap(({ code, endMs }) => {
      const known = noticed.get(code);
      return known === undefined ? [] : [{ ...reason(known), noticeEndMs: endMs }];
    })
    .reduce<Reason | null>(
      (longest, one) =>
        longest === null || one.noticeEndMs > (longest.noticeEndMs ?? 0) ? one : longest,
      null,
    );
}

function stateReason(state: FreshnessState): Reason[] {
  const code = STATE_CODES[state];
  return code === null ? [] : [reason(code)];
}

/** The row that lasts longest speaks for its register. */
function worstInForce(found: readonly FoundRows[], time: TimeInterval): RegisterHit | null {
  return found
    .flatMap(({ hits }) => inForce(hits, time))
    .reduce<RegisterHit | null>(
      (worst, hit) => (worst === null || hit.untilDay > worst.untilDay ? hit : worst),
      null,
    );
}

/** Registers in the same state say it once; rows in force all speak. */
function oncePerCode(reasons: readonly Reason[]): Reason[] {
  return reasons.filter(
    (one, index) =>
      one.hit !== null || reasons.findIndex((other) => other.code === one.code) === index,
  );
}
