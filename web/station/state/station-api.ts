import type { OpeningsView } from '../../../src/station/http/openings-shape.ts';
import type { StaffAction, StationView } from '../../../src/station/http/shapes.ts';

/** Why something was not done: the station's code, or `offline` when it was not reached. */
export type Problem = { readonly code: string };
/** Null when it was done. */
export type Answer = Promise<Problem | null>;
export type Via = 'typed' | 'wedge';

/** What the page asks of the station. */
export interface StationApi {
  act(lane: string, action: StaffAction): Answer;
  present(lane: string, text: string, via: Via): Answer;
  /** Enters a line of the paper book; `number` null: the person has none. */
  enterLine(lane: string, slip: string, number: string | null): Answer;
  signIn(lane: string, officer: string | null, pin: string | null): Answer;
  /** What opened without a passage at each lane; null when the station was not reached. */
  openings(): Promise<OpeningsView | null>;
}

export const httpApi: StationApi = {
  act: (lane, action) => post(`/api/v1/lanes/${encodeURIComponent(lane)}/actions`, action),
  present: (lane, text, via) =>
    post(`/api/v1/lanes/${encodeURIComponent(lane)}/presentations`, { text, via }),
  enterLine: (lane, slip, number) =>
    post(`/api/v1/lanes/${encodeURIComponent(lane)}/paper-lines`, { slip, number }),
  signIn: (lane, officer, pin) =>
    post(`/api/v1/lanes/${encodeURIComponent(lane)}/officer`, { officer, pin }),
  openings: async () => {
    try {
      const answer = await fetch('/api/v1/openings', { headers: { accept: 'application/json' } });
      return answer.ok ? ((await answer.json()) as OpeningsView) : null;
    } catch {
      return null;
    }
  },
};

/** The station and its lanes; `closed` without a session. */
export async function loadStation(): Promise<StationView | 'closed' | 'unreachable'> {
  try {
    const answer = await fetch('/api/v1/lanes', { headers: { accept: 'application/json' } });
    if (answer.status === 401 || answer.status === 403) return 'closed';
    if (!answer.ok) return 'unreachable';
    return (await answer.json()) as StationView;
  } catch {
    return 'unreachable';
  }
}

async function post(url: string, body: unknown): Answer {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.ok) return null;
    const problem = (await answer.json().catch(() => null)) as { code?: unknown } | null;
    return { code: typeof problem?.code === 'string' ? problem.code : `http.${answer.status}` };
  } catch {
    return { code: 'offline' };
  }
}
