import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BoardFault, type RelayBoard } from '../relay/relay-board.ts';
import { BoardWatch } from './device-watch.ts';

export type RelayBoardRig = {
  /** At least two outputs; at least one input where `setInput` is there. */
  readonly board: RelayBoard;
  /** Resolves once the board's own contact is so, looked at from its far side. */
  readonly contact: (channel: number, closed: boolean) => Promise<void>;
  /** How often that contact has closed so far. */
  readonly closings: (channel: number) => number;
  /** Null: the board has none. */
  readonly setInput: ((channel: number, closed: boolean) => void | Promise<void>) | null;
  /** The board does not hear the next order, not even sent anew. Null: it never answers, so nobody would know. */
  readonly loseNextOrder: (() => void | Promise<void>) | null;
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const HOLD_MS = 300;

/** Every RelayBoard must pass this. */
export function describeRelayBoard(
  name: string,
  openRig: () => Promise<RelayBoardRig>,
  obstacle: string | null = null,
): void {
  const title = obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;
  const going = () => new AbortController().signal;
  describe.skipIf(obstacle !== null)(title, () => {
    let rig: RelayBoardRig;
    let watch: BoardWatch;
    beforeEach(async () => {
      rig = await openRig();
      watch = new BoardWatch(rig.board);
      await watch.next('online');
    });
    afterEach(async () => {
      await watch.stop();
      await rig.close();
    });

    test('sets an output and releases it, and no other', async () => {
      const { board, contact, closings } = rig;
      await board.set(2, true, going());
      await contact(2, true);
      await contact(1, false);
      await board.set(2, false, going());
      await contact(2, false);
      expect([closings(1), closings(2)]).toEqual([0, 1]);
    });

    test('a pulse closes the contact, and it opens by itself', async () => {
      const { board, contact, closings } = rig;
      await board.pulse(1, HOLD_MS, going());
      await contact(1, true);
      await contact(1, false);
      expect(closings(1)).toBe(1);
    });

    test('orders given at once are all carried out', async () => {
      const { board, contact } = rig;
      const orders = [board.set(1, true, going()), board.set(2, true, going())];
      await Promise.all([...orders, board.set(1, false, going())]);
      await contact(2, true);
      await contact(1, false);
    });

    test('an output that is not there is a BoardFault', async () => {
      await expect(rig.board.set(99, true, going())).rejects.toBeInstanceOf(BoardFault);
    });

    test('an order without an answer is a BoardFault, and the next order works', async () => {
      const { board, contact, closings, loseNextOrder } = rig;
      if (loseNextOrder === null) return;
      await loseNextOrder();
      await expect(board.pulse(1, HOLD_MS, going())).rejects.toBeInstanceOf(BoardFault);
      expect(closings(1)).toBe(0);
      await board.pulse(1, HOLD_MS, going());
      await contact(1, false);
      expect(closings(1)).toBe(1);
    });

    test('an order given up before it was sent does nothing', async () => {
      const { board, closings } = rig;
      await expect(board.pulse(1, HOLD_MS, AbortSignal.abort())).rejects.toThrow();
      await board.set(2, true, going());
      expect(closings(1)).toBe(0);
    });

    test('unplugged it is offline and takes no orders, and comes back by itself', async () => {
      const { board, contact, unplug, plug } = rig;
      await unplug();
      expect((await watch.next('offline')).deviceId).toBe(board.deviceId);
      await expect(board.set(1, true, going())).rejects.toBeInstanceOf(BoardFault);
      await plug();
      await watch.next('online');
      await board.set(1, true, going());
      await contact(1, true);
    });

    test('every input is told after each online, and again only when it changes', async () => {
      const { setInput, unplug, plug } = rig;
      if (setInput === null) return;
      const told = (closed: boolean) =>
        watch.next('input', (event) => event.channel === 1 && event.closed === closed);
      await told(false);
      await setInput(1, true);
      await told(true);
      await unplug();
      await watch.next('offline');
      await plug();
      await watch.next('online');
      await told(true);
      const words = watch.events.filter((event) => event.kind === 'input' && event.channel === 1);
      expect(words).toHaveLength(3);
    });

    test('stopped before it begins, it says nothing and ends', async () => {
      await watch.stop();
      const { length } = watch.events;
      await rig.board.run(AbortSignal.abort());
      expect(watch.events).toHaveLength(length);
    });
  });
}
