/**
 * Calendar days are integers: days since 1970-01-01 in Asia/Ho_Chi_Minh, which has been UTC+7 without daylight
 * saving since 1975. ISO text exists only in files, at the command line and on screens.
 */
export const DAY_MS = 86_400_000;
const OFFSET_MS = 7 * 3_600_000;

/** The calendar day in Vietnam at the instant `wallMs` (milliseconds since 1970 UTC). */
export function dayOf(wallMs: number): number {
  return Math.floor((wallMs + OFFSET_MS) / DAY_MS);
}

/** First instant of `day`, in milliseconds since 1970 UTC. */
export function dayStartMs(day: number): number {
  return day * DAY_MS - OFFSET_MS;
}

/** First instant after `day`, in milliseconds since 1970 UTC: what is valid until `day` inclusive ends here. */
export function dayEndMs(day: number): number {
  return dayStartMs(day + 1);
}

/** `YYYY-MM-DD`. */
export function dayToIso(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Day number of a strict `YYYY-MM-DD` that exists, else null. Years 1900 to 2399, as the personal number knows. */
export function dayFromIso(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  return dayFromParts(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** Day number of a date that exists in the proleptic Gregorian calendar, else null. */
export function dayFromParts(year: number, month: number, dayOfMonth: number): number | null {
  if (year < 1900 || year > 2399) return null;
  const ms = Date.UTC(year, month - 1, dayOfMonth);
  const date = new Date(ms);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== dayOfMonth) return null;
  return ms / DAY_MS;
}

/** Milliseconds since 1970 UTC of an ISO 8601 instant that names its offset, else null. */
export function instantFromIso(text: string): number | null {
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  const ms = Date.parse(text);
  return isIso && !Number.isNaN(ms) ? ms : null;
}

/** ISO 8601 instant with Vietnam's offset, to the second: `2026-11-24T17:30:00+07:00`. */
export function instantToIso(wallMs: number): string {
  return `${new Date(wallMs + OFFSET_MS).toISOString().slice(0, 19)}+07:00`;
}
