import type { Translate } from '../texts/texts.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Vietnam has been UTC+7 without daylight saving since 1975; the panel's own zone may be anything. */
const OFFSET_MS = 7 * HOUR_MS;
/** From here on an age is told in days. */
const HOURS_MAX = 48;

/** `02:14`, in Vietnam. */
export function clockTime(atMs: number): string {
  return new Date(atMs + OFFSET_MS).toISOString().slice(11, 16);
}

/** `02:14:37`. */
export function clockSeconds(atMs: number): string {
  return new Date(atMs + OFFSET_MS).toISOString().slice(11, 19);
}

/** `16/11`. */
export function dayAndMonth(atMs: number): string {
  const iso = new Date(atMs + OFFSET_MS).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}`;
}

/** `02:14 16/11/2026`, for confirming. */
export function fullTime(atMs: number): string {
  return `${clockSeconds(atMs)} · ${isoToDate(new Date(atMs + OFFSET_MS).toISOString().slice(0, 10))}`;
}

/** `01:40` on the same day in Vietnam, `16/11` otherwise. */
export function asOf(atMs: number, nowMs: number): string {
  const sameDay =
    Math.floor((atMs + OFFSET_MS) / DAY_MS) === Math.floor((nowMs + OFFSET_MS) / DAY_MS);
  return sameDay ? clockTime(atMs) : dayAndMonth(atMs);
}

/** `01:40` on the same day in Vietnam, `20:14 16/11` otherwise: a night shift began the day before. */
export function since(atMs: number, nowMs: number): string {
  const day = asOf(atMs, nowMs);
  const time = clockTime(atMs);
  return day === time ? time : `${time} ${day}`;
}

/** ISO `2000-02-01` to `01/02/2000`; reduced forms `2000-02` and `2000` to `02/2000` and `2000`. */
export function isoToDate(iso: string): string {
  return iso.split('-').reverse().join('/');
}

/** `02/12` of an ISO date: statuses last weeks, so the year only costs room. */
export function isoToDayAndMonth(iso: string): string {
  return isoToDate(iso).slice(0, 5);
}

/** `34'`, `5 giờ`, `5 ngày`; never negative. */
export function age(ms: number, t: Translate): string {
  if (ms < MINUTE_MS) return t('age.seconds', { count: Math.max(0, Math.floor(ms / SECOND_MS)) });
  if (ms < 2 * HOUR_MS) return t('age.minutes', { count: Math.floor(ms / MINUTE_MS) });
  if (ms < HOURS_MAX * HOUR_MS) return t('age.hours', { count: Math.floor(ms / HOUR_MS) });
  return t('age.days', { count: Math.floor(ms / DAY_MS) });
}

/** `04:12`, `1:04:12`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours === 0 ? rest : `${hours}:${rest}`;
}
