/**
 * Disk that is kept for passages while no hub answers (design: off line): 30 days of a busy lane. A busy lane is taken
 * as 10,000 passages a day, one every 6 s for 17 h, of three records each: the passage, what staff did, its end.
 */
export const RESERVE_DAYS = 30;
const LANE_RECORDS_A_DAY = 10_000 * 3;
/** A sealed record with its link, its share of pages and of the segment's row; measured by scripts/bench/journal.ts. */
export const RECORD_DISK_BYTES = 1_088;

export type JournalRoom = {
  readonly reserveBytes: number;
  readonly freeBytes: number;
  readonly isEnough: boolean;
  /** Days that the free space lasts with every lane busy. */
  readonly daysLeft: number;
};

export function journalRoom(laneCount: number, freeBytes: number): JournalRoom {
  const bytesADay = laneCount * LANE_RECORDS_A_DAY * RECORD_DISK_BYTES;
  const reserveBytes = bytesADay * RESERVE_DAYS;
  return {
    reserveBytes,
    freeBytes,
    isEnough: freeBytes >= reserveBytes,
    daysLeft: Math.floor(freeBytes / bytesADay),
  };
}
