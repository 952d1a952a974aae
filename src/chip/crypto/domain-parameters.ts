import { CURVES } from './curves.ts';
import type { Group } from './group.ts';
import { MODP_GROUPS } from './modp-groups.ts';

/** ICAO 9303-11, 9.5.1, table 12: 0 to 2 modulo a prime, 8 to 18 curves. Null for an ID that is reserved or unknown. */
export function standardizedGroup(parameterId: number): Group | null {
  return MODP_GROUPS[parameterId] ?? CURVES[parameterId - FIRST_CURVE_ID] ?? null;
}

const FIRST_CURVE_ID = 8;
