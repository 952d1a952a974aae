import type { IdentityDocument } from '../documents/document.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import type { RegisterHit } from '../registers/lookup.ts';
import { type Finding, reason } from './finding.ts';
import { inForce } from './in-force.ts';
import type { ReasonCode } from './reasons.ts';
import type { FoundRows, RegisterAnswer, Situation } from './situation.ts';
import { numbersOf } from './subject.ts';
import type { FreshnessState, Reason } from './verdict.ts';

/** Without a completed look-up here nobody passes, whatever the policy lists (design: verdicts). */
export const ALWAYS_ASKED = 'f0';

type StatusCodes = { readonly own: ReasonCode; readonly alias: ReasonCode };

const STATUS_CODES: ReadonlyMap<string, StatusCodes> = new Map([
  ['f0', { own: 'status.f0', alias: 'status.f0-alias' }],
  ['f1', { own: 'status.f1', alias: 'status.f1-alias' }],
]);
const OTHER_STATUS: StatusCodes = { own: 'status.listed', alias: 'status.listed-alias' };

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
  const own = worstInForce(answer, time, (by) => by !== 'alias');
  const alias = worstInForce(answer, time, (by) => by === 'alias');
  const state = answerState(answer, subject);
  const failed = own !== null || alias !== null;
  const usable = (state === 'fresh' || state === 'ageing') && subject !== null;
  return {
    checks: [
      { code, outcome: failed ? 'failed' : usable ? 'passed' : 'impossible', ageMs: answer.ageMs },
    ],
    reasons: [
      ...statusReason(codes.own, own),
      ...statusReason(codes.alias, alias),
      ...stateReason(state),
    ],
  };
}

/** An answer about another number, or about none, is no look-up of this subject. */
function answerState({ use, number }: RegisterAnswer, subject: string | null): FreshnessState {
  if (subject === null || number === subject) return use.state;
  return use.state === 'unusable' ? 'unusable' : 'absent';
}

function statusReason(code: ReasonCode, hit: RegisterHit | null): Reason[] {
  return hit === null ? [] : [{ code, hit, earlierAtMs: null }];
}

function stateReason(state: FreshnessState): Reason[] {
  const code = STATE_CODES[state];
  return code === null ? [] : [reason(code)];
}

/** The row that lasts longest speaks for its register. */
function worstInForce(
  { found }: RegisterAnswer,
  time: TimeInterval,
  speaks: (by: FoundRows['by']) => boolean,
): RegisterHit | null {
  return found
    .filter(({ by }) => speaks(by))
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
