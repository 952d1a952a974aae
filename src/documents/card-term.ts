import { dayFromIso, dayFromParts, dayToIso } from '../kernel/calendar.ts';

/** Law on citizen identification 59/2014, article 21; law on identification 26/2023, article 21, from 1 July 2024. */
const AGES = [25, 40, 60] as const;
const AGES_SINCE_2024 = [14, ...AGES] as const;
const LAW_OF_2023_DAY = dayFromParts(2024, 7, 1) ?? 0;
/** Who gets a card so shortly before such a birthday keeps it until the next one. */
const SPARED_YEARS = 2;
/** What the machine-readable zone bears of a card without an end. */
const NO_END = '2099-12-31';

/**
 * The last day of a card's term as the law sets it, from whole dates of birth and issue (ISO 8601): a QR code has both and
 * not the term, without which a chip that knows no PACE does not open. Null when it cannot be told.
 */
export function termOf(birth: string | null, issued: string | null): string | null {
  const issuedDay = issued === null ? null : dayFromIso(issued);
  if (birth === null || issuedDay === null || dayFromIso(birth) === null) return null;
  const ages = issuedDay >= LAW_OF_2023_DAY ? AGES_SINCE_2024 : AGES;
  for (const age of ages) {
    const [spared, last] = [birthday(birth, age - SPARED_YEARS), birthday(birth, age)];
    // Born on 29 February: nobody says how such a card is dated.
    if (spared === null || last === null) return null;
    if (issuedDay < spared) return dayToIso(last);
  }
  return NO_END;
}

function birthday(birth: string, age: number): number | null {
  const [year, month, day] = birth.split('-').map(Number);
  return dayFromParts((year ?? 0) + age, month ?? 0, day ?? 0);
}
