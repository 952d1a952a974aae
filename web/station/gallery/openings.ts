import type { OpeningsView } from '../../../src/station/http/openings-shape.ts';
import { NOW_MS } from './people.ts';

const MINUTE_MS = 60_000;
type Opening = OpeningsView['lanes'][number]['shifts'][number]['listed'][number];

function opening(kind: Opening['kind'], minutes: number, extra: Partial<Opening> = {}): Opening {
  return {
    ...{ kind, atMs: NOW_MS - minutes * MINUTE_MS, officer: 'mau', reason: null, passage: null },
    ...{ verdict: null, ended: null, takenBack: false },
    ...extra,
  };
}

/** A night that leaves something to explain: one of each kind, a station that was started again, and two lanes. */
export const OPENINGS: OpeningsView = {
  lanes: [
    {
      ...{ id: 'in-2', name: '2', listedSinceMs: NOW_MS - 200 * MINUTE_MS, before: [] },
      shifts: [
        {
          ...{ officer: null, sinceMs: NOW_MS - 200 * MINUTE_MS, untied: 0, overridden: 0 },
          listed: [],
        },
      ],
    },
    {
      ...{ id: 'in-1', name: '1', listedSinceMs: NOW_MS - 200 * MINUTE_MS },
      before: [
        { sinceMs: NOW_MS - 1_900 * MINUTE_MS, counts: [{ kind: 'paper', count: 3 }] },
        {
          sinceMs: NOW_MS - 360 * MINUTE_MS,
          counts: [
            { kind: 'emergency-open', count: 1 },
            { kind: 'opened-by-hand', count: 12 },
          ],
        },
      ],
      shifts: [
        {
          ...{ officer: 'mau', sinceMs: NOW_MS - 170 * MINUTE_MS, untied: 104, overridden: 2 },
          listed: [
            opening('emergency-open', 2),
            opening('overridden', 9, { verdict: 'stop', reason: 'wrong-person', passage: 4711 }),
            opening('overridden', 11, {
              ...{ verdict: 'check', reason: 'papers-match', passage: 4702, takenBack: true },
            }),
            opening('release', 40, {
              ...{ reason: 'queue', ended: { atMs: NOW_MS - 31 * MINUTE_MS, crossed: 37 } },
            }),
            opening('paper', 55, { reason: 'foreign-paper' }),
            opening('unrecorded', 56, { verdict: 'check', reason: 'urgent' }),
          ],
        },
        {
          ...{ officer: 'vi-du', sinceMs: NOW_MS - 195 * MINUTE_MS, untied: 3, overridden: 0 },
          listed: [
            opening('emergency-button', 172, { officer: 'vi-du', reason: 'ambulance' }),
            opening('opened-by-hand', 180, { officer: 'vi-du', reason: 'no-order' }),
            opening('barrier-tamper', 181, { officer: null, reason: 'opened' }),
          ],
        },
      ],
    },
  ],
};
