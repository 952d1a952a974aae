import type { SignalConfig } from '../../station/config-signals.ts';
import { adviceFor } from '../advice.ts';
import type { Context } from '../context.ts';
import { fault, good, type Told } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

const SOUND_FOLDER = '/dev/snd';

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

function look({ id, driver, board }: SignalConfig, context: Context): readonly Told[] {
  const subject = `signal ${id}`;
  switch (driver) {
    case 'sim':
      return [good(subject, SIMULATED)];
    case 'relay':
      return [good(subject, onBoard(board))];
    case 'sound':
      return [sound(subject, context)];
    default:
      return driver satisfies never;
  }
}

/** Whether the machine has a sound card at all; which of them is meant is found when it is used. */
function sound(subject: string, { machine }: Context): Told {
  const cards = machine.list(SOUND_FOLDER).filter((name) => name.startsWith('pcm'));
  if (cards.length > 0)
    return good(subject, `${cards.length} sound outputs; start the station to hear it`);
  const code = 'signal.no-sound-device';
  const { cause, next } = adviceFor(code) ?? { cause: '', next: '' };
  return fault(subject, { found: 'this machine has no sound card', cause, next, code });
}
