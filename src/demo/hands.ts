import { DeviceFault } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaneService } from '../station/lane-service.ts';
import type { DemoCards } from './demo-cards.ts';
import type { DemoReader } from './demo-reader.ts';

const LOOK_MS = 100;
/** From being asked to laying the card down, and from the answer to taking it back. */
const LAY_MS = 700;
const TAKE_MS = 3_000;
/** Longer than any reading. */
const PATIENCE_MS = 25_000;

export type Hands = {
  readonly lane: LaneService;
  readonly reader: DemoReader;
  readonly cards: DemoCards['cards'];
  readonly clock: Clock;
};

/** The demo's guests: who has a chip card lays it on the reader once the lane has their code, and takes it back. Until `signal`. */
export async function layCards(hands: Hands, signal: AbortSignal): Promise<void> {
  const { lane, reader, cards, clock } = hands;
  let served = 0;
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    const { current } = lane.view();
    const card = cards.get(current?.subject.number ?? '');
    if (current === null || card === undefined || current.ordinal <= served) continue;
    served = current.ordinal;
    await clock.sleep(LAY_MS, signal);
    try {
      await reader.lay(card);
      await untilRead(hands, signal);
      await clock.sleep(TAKE_MS, signal);
      await reader.lift();
    } catch (error) {
      // The station says that the reader is out; the gate goes on.
      if (!(error instanceof DeviceFault)) throw error;
    }
  }
}

async function untilRead({ lane, clock }: Hands, signal: AbortSignal): Promise<void> {
  const untilMs = clock.monoMs() + PATIENCE_MS;
  while (!signal.aborted && clock.monoMs() < untilMs) {
    await clock.sleep(LOOK_MS, signal);
    const stage = lane.view().card?.stage;
    if (stage !== undefined && stage !== 'waiting' && stage !== 'reading') return;
  }
}
