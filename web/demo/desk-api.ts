import type { DeskGateAction, DeskView } from '../../src/demo/desk/desk-shapes.ts';

/** Null when the demo does not answer. */
export async function loadDesk(): Promise<DeskView | null> {
  try {
    const answer = await fetch('/api/desk', { headers: { accept: 'application/json' } });
    return answer.ok ? ((await answer.json()) as DeskView) : null;
  } catch {
    return null;
  }
}

export function setLine(cut: boolean): Promise<boolean> {
  return post('/api/line', { cut });
}

export function setGate(action: DeskGateAction): Promise<boolean> {
  return post('/api/gate', action);
}

export function setPublished(person: number, published: boolean): Promise<boolean> {
  return post('/api/people', { person, published });
}

/** Whether it was done. */
async function post(url: string, body: unknown): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.ok;
  } catch {
    return false;
  }
}
