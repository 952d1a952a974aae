import type { RelayBoard, RelayBoardEvent } from '../../devices/relay/relay-board.ts';
import type { BoardView } from './http/shapes.ts';
import type { Telemetry } from './telemetry.ts';

export type BoardStatesDeps = {
  readonly nowMs: () => number;
  readonly telemetry: Pick<Telemetry, 'deviceOnline' | 'deviceOffline'>;
};

/** How each relay board is and since when, whatever hangs on it and in whichever lane. */
export class BoardStates {
  readonly #deps: BoardStatesDeps;
  readonly #views = new Map<string, BoardView>();

  constructor(boards: ReadonlyMap<string, RelayBoard>, deps: BoardStatesDeps) {
    this.#deps = deps;
    for (const [id, board] of boards) {
      this.#views.set(id, { id, state: 'starting', reason: null, sinceMs: deps.nowMs() });
      board.onEvent((event) => this.#told(id, event));
    }
  }

  view(): readonly BoardView[] {
    return [...this.#views.values()];
  }

  #told(id: string, event: RelayBoardEvent): void {
    const { nowMs, telemetry } = this.#deps;
    if (event.kind === 'input') return;
    const reason = event.kind === 'offline' ? event.reason : null;
    const before = this.#views.get(id);
    if (before?.state === event.kind && before.reason === reason) return;
    this.#views.set(id, { id, state: event.kind, reason, sinceMs: nowMs() });
    if (event.kind === 'online') telemetry.deviceOnline(id);
    else telemetry.deviceOffline(id, event.reason, event.detail);
  }
}
