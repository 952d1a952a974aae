import type { SignalConfig } from '../../station/config-signals.ts';
import type { Context } from '../context.ts';
import { good, type Told } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';
import { lookAtSound } from './sound.ts';

export const signalKind: DeviceKind = {
  kind: 'signal',
  of: ({ signal }) =>
    signal.map((each) => ({ id: each.id, look: (context) => look(each, context) })),
};

export const lampKind: DeviceKind = {
  kind: 'lamp',
  of: ({ lamp }) =>
    lamp.map(({ id, driver, board }) => ({
      id,
      look: () => [good(`lamp ${id}`, driver === 'sim' ? SIMULATED : onBoard(board))],
    })),
};

const SIMULATED = 'simulated: nothing lights or sounds';

function onBoard(board: string | undefined): string {
  return `on ${board ?? 'a board'}, which is looked at by itself`;
}

async function look(
  { id, driver, board, device = '' }: SignalConfig,
  context: Context,
): Promise<readonly Told[]> {
  const subject = `signal ${id}`;
  switch (driver) {
    case 'sim':
      return [good(subject, SIMULATED)];
    case 'relay':
      return [good(subject, onBoard(board))];
    case 'sound':
      return lookAtSound(subject, device, context);
    default:
      return driver satisfies never;
  }
}
