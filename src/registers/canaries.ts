/** Ids are stored, and stand in the canaries' numbers: never renumbered. */
export const STATUS_IDS = { active: 1, ended: 2 } as const;
export type Status = keyof typeof STATUS_IDS;
export const STATUSES: readonly Status[] = ['active', 'ended'];

/** What canary rows name as their source. */
export const CANARY_SOURCE = 'canary';
export const CANARY_SOURCE_ID = 0;

/** In force on any day a station may see. */
export const CANARY_FROM_DAY = 0;
/** 2399-12-31, the last day there is here. */
export const CANARY_UNTIL_DAY = 157_053;

/** The number that every register lists with this status, to prove that red still works: 000000000sss (security R4). */
export function canaryNumber(status: Status): string {
  return String(STATUS_IDS[status]).padStart(12, '0');
}

/** 000000000000 is never listed, and 000000000001 to 000000000999 are canaries: a register file may hold none of them. */
export function isReservedNumber(number: string): boolean {
  return number.startsWith('000000000');
}
