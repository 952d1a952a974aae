import type { DamageProfile, RepairProfile } from './check-codes.ts';

/** Stands in a mended text for what is gone and must not be guessed. */
export const LOST = '\uFFFD';

/** A payload's text after everything that is certain was put right. */
export type Reading = {
  /** NFC, with LOST where characters are gone. */
  readonly text: string;
  readonly repairs: readonly RepairProfile[];
  readonly damage: readonly DamageProfile[];
  /** Letters vanished or changed without a trace: no name and no address in this text can be trusted. */
  readonly lettersLost: boolean;
};

export function isDamaged(reading: Reading): boolean {
  return reading.repairs.length > 0 || reading.damage.length > 0;
}

/** The text with one more repair done to it. */
export function repairedAs(profile: RepairProfile, text: string, before: Reading): Reading {
  return { ...before, text, repairs: [...before.repairs, profile] };
}

/** The text with one more damage found in it; `lettersLost` unless only marked places are affected. */
export function damagedAs(profile: DamageProfile, before: Reading, lettersLost = true): Reading {
  return {
    ...before,
    damage: [...before.damage, profile],
    lettersLost: before.lettersLost || lettersLost,
  };
}
