import type { CasesAnswer, CasesRequest } from '../sync/protocol/wire.ts';

/** What the health unit has made of a station's stops. */
export interface StationCases {
  /** Of those passages that have a case; others are left out. */
  casesOf(station: string, passages: CasesRequest['passages']): Promise<CasesAnswer['cases']>;
}
