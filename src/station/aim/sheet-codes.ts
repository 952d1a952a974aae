import type { ErrorCorrection } from '../../../fixtures/codes.ts';

export type SheetKind = 'card' | 'card-dense' | 'phone';

/** A code of the test sheet, as large as the one it stands for. */
export type SheetCode = {
  readonly kind: SheetKind;
  /** Side without the quiet zone, as printed. */
  readonly sideMm: number;
  readonly version: number;
  readonly modules: number;
  readonly bytes: number;
  readonly level: ErrorCorrection;
};

const MARK = 'CHOT-AIM 1 ';
const FILLER = 'test sheet of chot aim ';

/**
 * The code of an identity card is printed 18 mm wide and has version 9 with a usual address (0.34 mm a module), 14 at
 * the densest (0.25 mm); an app shows the same text about 40 mm wide.
 */
export const SHEET_CODES = [
  { kind: 'card', sideMm: 18, version: 9, modules: 53, bytes: 170, level: 'M' },
  { kind: 'card-dense', sideMm: 18, version: 14, modules: 73, bytes: 345, level: 'M' },
  { kind: 'phone', sideMm: 40, version: 9, modules: 53, bytes: 170, level: 'M' },
] as const satisfies readonly SheetCode[];

/** Nobody's data, and no identity code: a lane takes it for another code. */
export function sheetPayload({ kind, bytes }: SheetCode): string {
  return `${MARK}${kind} ${FILLER.repeat(bytes)}`.slice(0, bytes);
}

/** Which code of the sheet a text is; null for any other code, which nobody looks into. */
export function sheetCodeOf(text: string | null): SheetCode | null {
  if (text?.startsWith(MARK) !== true) return null;
  const [kind] = text.slice(MARK.length).split(' ', 1);
  return SHEET_CODES.find((code) => code.kind === kind) ?? null;
}
