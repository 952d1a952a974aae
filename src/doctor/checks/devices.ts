import { adviceFor } from '../advice.ts';
import type { Check, Context } from '../context.ts';
import { barrierKind } from '../devices/barrier.ts';
import { boardKind } from '../devices/board.ts';
import { cameraKind } from '../devices/camera.ts';
import type { DeviceKind, LookedAt } from '../devices/device-kind.ts';
import { readerKind } from '../devices/reader.ts';
import { scannerKind } from '../devices/scanner.ts';
import { lampKind, signalKind } from '../devices/signal.ts';
import { fault, good, type Told, warning } from '../finding.ts';

const KINDS: readonly DeviceKind[] = [
  cameraKind,
  readerKind,
  scannerKind,
  boardKind,
  barrierKind,
  signalKind,
  lampKind,
];

/** A camera takes up to 12 s to its first picture; the others are quicker. */
const STARTING_MS_MAX = 20_000;

/** Every configured device: as the running station finds it; without one, by what the machine shows. */
export const devicesCheck: Check = {
  name: 'devices',
  run: async (context) => {
    const { config } = context;
    if (config === null) return fromStation(context);
    const all = KINDS.flatMap(({ kind, of }) =>
      of(config).map((device) => one(kind, device, context)),
    );
    return (await Promise.all(all)).flat();
  },
};

type Health = NonNullable<Context['daemon']['health']>;
type Reported = Health['boards'][number] & { readonly kind: string };

/** Without the configuration the station's word is all there is. */
function fromStation(context: Context): Told[] {
  return reported(context).flatMap((device) => byWord(device, context.machine.nowMs()));
}

async function one(kind: string, device: LookedAt, context: Context): Promise<readonly Told[]> {
  const word = reported(context).find(({ id }) => id === device.id);
  if (word === undefined) return device.look(context);
  const told = byWord({ ...word, kind }, context.machine.nowMs());
  if (word.state !== 'offline') return told;
  // Why it is out may show in what the machine says of it.
  const looked = await device.look(context);
  return [
    ...told,
    ...looked.filter(({ state, code }) => state === 'fault' && code !== word.reason),
  ];
}

function reported({ daemon }: Context): readonly Reported[] {
  const { boards = [], lanes = [] } = daemon.health ?? {};
  return [
    ...boards.map((board) => ({ ...board, kind: 'board' })),
    ...lanes.flatMap(({ devices }) => devices),
  ];
}

function byWord({ kind, id, state, reason, sinceMs }: Reported, nowMs: number): Told[] {
  const subject = `${kind} ${id}`;
  switch (state) {
    case 'online':
      return [good(subject, 'works', sinceMs)];
    case 'starting':
      if (nowMs - sinceMs < STARTING_MS_MAX) return [good(subject, 'is starting', sinceMs)];
      return [
        warning(subject, {
          found: 'has been starting for a long time',
          cause: 'it neither works nor says why not',
          next: 'run chot doctor again in a minute; then journalctl -u chot-station',
          sinceMs,
        }),
      ];
    case 'offline': {
      const advice = adviceFor(reason ?? '');
      return [
        fault(subject, {
          found: `out: ${reason ?? 'no reason given'}`,
          cause: advice?.cause ?? 'a reason that this version has no words for',
          next:
            advice?.next ?? 'look at the log line "device-offline" in journalctl -u chot-station',
          sinceMs,
          code: reason,
        }),
      ];
    }
    default:
      return state satisfies never;
  }
}
