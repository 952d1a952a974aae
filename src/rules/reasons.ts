export type VerdictKind = 'pass' | 'check' | 'stop';

/**
 * Every reason a verdict can give, worst first, and the verdict it leads to by itself. Stable: journals and hubs keep
 * these codes. A reason that leads to `pass` is a note: the person may go, and the screen says it nevertheless. Codes
 * that a document check has too (`number.sex`) mean that this check did not pass.
 */
export const REASON_VERDICTS = {
  /** In an F0 register, in force. */
  'status.f0': 'stop',
  /** F0 in force for an earlier number that only an unsigned code names: never more than a check (security R1). */
  'status.f0-alias': 'check',
  /** F0 in force, and a notice with it: on the way to a hospital, or found recovered at another gate. Never a pass. */
  'status.f0-transfer': 'check',
  'status.f0-recovered': 'check',
  'status.f1': 'check',
  'status.f1-alias': 'check',
  /** In force in any other register that the policy asks. */
  'status.listed': 'check',
  'status.listed-alias': 'check',
  /** The rules themselves failed or did not answer in time. */
  'rules.fault': 'check',
  /** There, but its canaries or its file failed. */
  'register.unusable': 'check',
  /** Never imported, or the look-up did not take place. */
  'register.absent': 'check',
  'register.expired': 'check',
  /** Nobody answers for the date. */
  'time.unset': 'check',
  /** No 12-digit number to look up: masked, a QID, an old CMND. */
  'subject.no-number': 'check',
  /** What was shown together names two numbers, or tells different things of one. */
  'documents.differ-number': 'check',
  'documents.differ-name': 'check',
  'documents.differ-birth': 'check',
  'documents.differ-sex': 'check',
  'documents.differ-issued': 'check',
  /** What the chip is not, worst first (security C1, C3). */
  'chip.altered': 'check',
  'chip.cloned': 'check',
  'chip.unverifiable': 'check',
  'chip.issuer-unknown': 'check',
  'chip.not-proven': 'check',
  /** The number that was shown does not open the card that lies on the reader (security C5). */
  'chip.not-opened': 'check',
  /** The policy wants the chip, and no genuine one was read. */
  'chip.required': 'check',
  /** The same subject in the same lane and direction a moment ago. */
  repeat: 'check',
  /** The card contradicts itself, or offered to open in another way than it was signed to. */
  'card.groups-agree': 'check',
  'card.access-agrees': 'check',
  'number.sex': 'check',
  'number.birth': 'check',
  'number.prefix-known': 'check',
  'birth.real': 'check',
  'birth.complete': 'check',
  'birth.not-future': 'check',
  'issued.real': 'check',
  'issued.not-before-2021': 'check',
  'issued.not-future': 'check',
  'issued.after-birth': 'check',
  'expires.not-past': 'check',
  'old-number.form': 'check',
  /** No name where one belongs, in a text that was not damaged. */
  'name.recovered': 'check',
  /** Damaged in a way that leaves the number in doubt. */
  'text.damaged': 'check',
  /** A number put right from a damaged text that holds nothing else to bear it out. */
  'text.repaired-alone': 'check',
  /** A check this list has no own word for. */
  'document.check-failed': 'check',
  /** Every look-up was done, on data past its first limit: its own look, never green. */
  'register.ageing': 'pass',
  /** The name was lost with a damaged text; the number stands. */
  'name.lost': 'pass',
  'text.repaired': 'pass',
} as const satisfies Record<string, VerdictKind>;

export type ReasonCode = keyof typeof REASON_VERDICTS;

const CODES = Object.keys(REASON_VERDICTS) as readonly ReasonCode[];
const RANKS: ReadonlyMap<string, number> = new Map(CODES.map((code, rank) => [code, rank]));
const SEVERITY = { pass: 0, check: 1, stop: 2 } as const satisfies Record<VerdictKind, number>;

export function isReasonCode(code: string): code is ReasonCode {
  return RANKS.has(code);
}

/** Sorts the worse reason first. */
export function byRank(one: ReasonCode, other: ReasonCode): number {
  return (RANKS.get(one) ?? 0) - (RANKS.get(other) ?? 0);
}

/** Positive when `one` is worse than `other`. */
export function compareSeverity(one: VerdictKind, other: VerdictKind): number {
  return SEVERITY[one] - SEVERITY[other];
}
