import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { asOf } from '../../shared/dates.ts';
import type { Translate } from '../../texts/texts.ts';

type Used = PassageView['registers'][number];
type Freshness = LaneView['registers'][number]['state'];

const NAME_CHARS_MAX = 16;

/** `f0` is F0: registers are named as people say them. */
export function registerName(register: string): string {
  return register.slice(0, NAME_CHARS_MAX).toUpperCase();
}

export function namesOf(registers: readonly { readonly register: string }[], t: Translate): string {
  return registers.map(({ register }) => registerName(register)).join(t('list.and'));
}

export function inState<T extends { readonly state: string }>(
  registers: readonly T[],
  ...states: readonly Freshness[]
): readonly T[] {
  return registers.filter(({ state }) => states.some((wanted) => wanted === state));
}

/** The oldest data among them, as time or day; null when none is dated. */
export function oldestAsOf(registers: readonly Used[], nowMs: number): string | null {
  const oldest = oldestMs(registers);
  return oldest === null ? null : asOf(oldest, nowMs);
}

export function oldestMs(registers: readonly Pick<Used, 'asOfMs'>[]): number | null {
  const dated = registers.flatMap(({ asOfMs }) => asOfMs ?? []);
  return dated.length === 0 ? null : Math.min(...dated);
}
