import { cardOf } from '../../../devices/signal/sound/sound-signal.ts';
import { mayReadAndWrite } from '../accounts.ts';
import { adviceFor } from '../advice.ts';
import type { Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';
import { soundDevices } from '../sound-devices.ts';

const NODES = '/dev/snd';
const CARDS = '/proc/asound';
/** Of a long list, as many as one reads. */
const SHOWN_MAX = 6;

/** Whether the sound device that the configuration names is there, and may be used; nothing is played. */
export async function lookAtSound(
  subject: string,
  device: string,
  context: Context,
): Promise<Told[]> {
  const { machine } = context;
  const names = await soundDevices(machine);
  if (names === 'missing') return [byCode(subject, 'signal.no-player', 'aplay is not installed')];
  if (names === null) return [noList(subject)];
  const card = cardOf(device);
  const nodes = machine.list(NODES).filter((name) => /^pcmC\d+D\d+p$/.test(name));
  // `default` is listed on a machine that has no card at all.
  if (nodes.length === 0 && (card !== null || device === 'default')) {
    return [byCode(subject, 'signal.no-sound-device', 'this machine has no sound card')];
  }
  if (card !== null && machine.look(`${CARDS}/${card}`) === 'missing') {
    return [byCode(subject, 'signal.no-sound-device', absent(device, names))];
  }
  if (card === null && !names.includes(device)) return [unlisted(subject, device, names)];
  const denied = nodes.length > 0 && !nodes.some((node) => mayUse(`${NODES}/${node}`, context));
  if (denied) {
    const found = `user ${context.account.name}, whom the station runs as, may use no sound card`;
    return [byCode(subject, 'signal.sound-denied', found)];
  }
  return [good(subject, `${device} is there; start the station to hear it`)];
}

function mayUse(path: string, { machine, account }: Context): boolean {
  const facts = machine.look(path);
  return typeof facts !== 'string' && mayReadAndWrite(facts, account);
}

function absent(device: string, names: readonly string[]): string {
  return `"${device}" names a sound card that is not there; there is ${someOf(names)}`;
}

/** A configuration of ALSA may define it all the same, and without a hint it is not listed. */
function unlisted(subject: string, device: string, names: readonly string[]): Told {
  return warning(subject, {
    found: `"${device}" is not among the devices that aplay lists: ${someOf(names)}`,
    cause: 'it is misspelt, or defined in /etc/asound.conf without a hint',
    next: `aplay -L; then aplay -D ${device} /usr/share/sounds/alsa/Front_Center.wav as the station's user`,
  });
}

function noList(subject: string): Told {
  return warning(subject, {
    found: 'aplay did not list the sound devices',
    cause: 'a sound card hangs, or the configuration of ALSA is broken',
    next: 'aplay -L; unplug the sound card and plug it in again',
  });
}

/** Those of cards first: of each card one name says enough. */
function someOf(names: readonly string[]): string {
  const ofCards = names.filter((name) => name.startsWith('plughw:'));
  const shown = (ofCards.length > 0 ? ofCards : names).slice(0, SHOWN_MAX);
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function byCode(subject: string, code: string, found: string): Told {
  const { cause, next } = adviceFor(code) ?? { cause: '', next: '' };
  return fault(subject, { found, cause, next, code });
}
