import { dayFromParts, dayToIso } from '../kernel/calendar.ts';

/** A date as documents print it: exact, or with an unknown day or month (`00`). Days as in kernel/calendar. */
export type CivilDate = {
  /** `2000-02-01`, `2000-02` or `2000`. */
  readonly iso: string;
  readonly year: number;
  readonly earliestDay: number;
  readonly latestDay: number;
};

/** `ddMMyyyy`, `dd/MM/yyyy` or a bare `yyyy`; null when it is no date of the years 1900 to 2399. */
export function parseDayFirst(text: string): CivilDate | null {
  const match = /^(?:(\d{2})(\d{2})|(\d{2})\/(\d{2})\/)?(\d{4})$/.exec(text);
  if (match === null) return null;
  const [, day, month, slashedDay, slashedMonth, year] = match;
  return fromParts(
    Number(year),
    Number(month ?? slashedMonth ?? 0),
    Number(day ?? slashedDay ?? 0),
  );
}

/** `yyyy-MM-dd`; null when it is no date of the years 1900 to 2399. */
export function parseYearFirst(text: string): CivilDate | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  return fromParts(Number(match[1]), Number(match[2]), Number(match[3]));
}

export function isExact(date: CivilDate): boolean {
  return date.earliestDay === date.latestDay;
}

function fromParts(year: number, month: number, day: number): CivilDate | null {
  // A day without its month says no more than the year does.
  if (month === 0) return spanning(year, 1, 12, String(year));
  if (day === 0) return spanning(year, month, month, `${year}-${String(month).padStart(2, '0')}`);
  const exact = dayFromParts(year, month, day);
  if (exact === null) return null;
  return { iso: dayToIso(exact), year, earliestDay: exact, latestDay: exact };
}

function spanning(year: number, first: number, last: number, iso: string): CivilDate | null {
  const earliestDay = dayFromParts(year, first, 1);
  const lastMonthDay = dayFromParts(year, last, 1);
  if (earliestDay === null || lastMonthDay === null) return null;
  for (const length of [31, 30, 29, 28]) {
    const latestDay = dayFromParts(year, last, length);
    if (latestDay !== null) return { iso, year, earliestDay, latestDay };
  }
  return null;
}
