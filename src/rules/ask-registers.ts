import type { IdentityDocument } from '../documents/document.ts';
import { isPersonalNumber } from '../documents/personal-number.ts';
import { surelyWithin, type TimeInterval } from '../kernel/time-interval.ts';
import type { RegisterCondition, Registers, SubjectKind } from '../registers/lookup.ts';
import { ALWAYS_ASKED } from './judge-registers.ts';
import type { FoundRows, Policy, RegisterAnswer } from './situation.ts';
import { numbersOf } from './subject.ts';
import type { RegisterUse } from './verdict.ts';

/** Ages at which one register's data changes its look and its worth, in milliseconds. */
export type FreshnessLimits = { readonly ageingMs: number; readonly expiredMs: number };

/** Limits by register; one without any is expired as soon as it is there. */
export type RegisterLimits = Readonly<Record<string, FreshnessLimits>>;

/** A code may name a few earlier numbers; more than these is no code of a person. */
const ALIASES_MAX = 8;

/** How far a register can be relied on now: freshness counts only while the latest possible time is within it. */
export function registerUse(
  register: string,
  condition: RegisterCondition,
  limits: FreshnessLimits | undefined,
  time: TimeInterval,
): RegisterUse {
  if (condition.state === 'absent') {
    return { register, state: 'absent', asOfMs: null, version: null };
  }
  const { asOfMs, version } = condition;
  if (condition.state === 'unusable') return { register, state: 'unusable', asOfMs, version };
  return { register, state: freshness(condition.asOfMs, limits, time), asOfMs, version };
}

/**
 * Asks every register of the policy about the person the documents name. A register that throws is unusable; what a
 * register finds is told even when its state forbids a pass, because a hit on old data stays a hit.
 */
export function askRegisters(
  documents: readonly IdentityDocument[],
  policy: Policy,
  limits: RegisterLimits,
  registers: Registers,
  time: TimeInterval,
): RegisterAnswer[] {
  return [...new Set([ALWAYS_ASKED, ...policy.registers])].map((register) => {
    try {
      return askOne(documents, register, limits[register], registers, time);
    } catch {
      const use: RegisterUse = { register, state: 'unusable', asOfMs: null, version: null };
      return { use, ageMs: null, number: null, found: [] };
    }
  });
}

function askOne(
  documents: readonly IdentityDocument[],
  register: string,
  limits: FreshnessLimits | undefined,
  registers: Registers,
  time: TimeInterval,
): RegisterAnswer {
  const numbers = numbersOf(documents);
  const rows = (by: FoundRows['by'], kind: SubjectKind, values: readonly string[]): FoundRows[] =>
    values.map((value) => {
      const hits = registers.lookup(register, kind, value);
      // A notice is of use beside a row only.
      const notices = hits.length === 0 ? [] : registers.notices(kind, value);
      return { by, hits, notices };
    });
  const found = [
    ...rows('number', 'number', numbers),
    ...rows('qid', 'qid', qidsOf(documents)),
    ...rows('alias', 'number', aliasesOf(documents, numbers)),
  ];
  // Asked last: a register that became unusable meanwhile must not vouch for what it answered.
  const use = registerUse(register, registers.condition(register), limits, time);
  const ageMs = use.asOfMs === null ? null : Math.max(0, time.latestMs - use.asOfMs);
  const [number = null, ...others] = numbers;
  return { use, ageMs, number: others.length === 0 ? number : null, found };
}

function qidsOf(documents: readonly IdentityDocument[]): string[] {
  return [...new Set(documents.flatMap(({ qid }) => qid ?? []))];
}

function aliasesOf(documents: readonly IdentityDocument[], numbers: readonly string[]): string[] {
  const old = documents.flatMap(({ oldNumbers }) => oldNumbers);
  return [...new Set(old)]
    .filter((number) => isPersonalNumber(number) && !numbers.includes(number))
    .slice(0, ALIASES_MAX);
}

function freshness(
  asOfMs: number,
  limits: FreshnessLimits | undefined,
  time: TimeInterval,
): 'fresh' | 'ageing' | 'expired' {
  if (limits === undefined) return 'expired';
  if (surelyWithin(time, asOfMs + limits.ageingMs)) return 'fresh';
  return surelyWithin(time, asOfMs + limits.expiredMs) ? 'ageing' : 'expired';
}
