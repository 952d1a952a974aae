import type { StationConfig } from '../../station/config-schema.ts';
import type { Check } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';

type Lane = StationConfig['lane'][number];

/** Whether each lane is wired so that somebody can come through it. */
export const lanesCheck: Check = {
  name: 'lanes',
  run: ({ config }) => {
    if (config === null) return [];
    return [
      ...config.lane.flatMap((lane) => judge(lane, config)),
      ...unused(config),
      ...idleBoards(config),
    ];
  },
};

function judge(lane: Lane, config: StationConfig): Told[] {
  const subject = `lane ${lane.id}`;
  const has = (devices: readonly { readonly id: string }[]) =>
    devices.filter(({ id }) => lane.devices.includes(id)).map(({ id }) => id);
  const ways = [...has(config.camera), ...has(config.scanner), ...has(config.reader)];
  const barriers = has(config.barrier);
  const told: Told[] = [];
  if (ways.length === 0) {
    told.push(
      warning(subject, {
        found: 'it has no camera, scanner or reader',
        cause: 'none of the devices in this file stands in its devices: only typed numbers come in',
        next: `add ids of devices to devices of [[lane]] "${lane.id}"`,
      }),
    );
  }
  if (lane.operation === 'automatic' && barriers.length === 0) {
    told.push(
      fault(subject, {
        found: 'operation is "automatic" and it has no barrier',
        cause: 'no [[barrier]] stands in its devices: there is nothing that could open',
        next: `add a barrier to devices, or set operation = "assisted"`,
      }),
    );
  }
  if (lane.operation !== 'automatic' && barriers.length > 0) {
    told.push(
      warning(subject, {
        found: `it has a barrier, and operation is "${lane.operation}"`,
        cause: 'in this operation the barrier never opens by itself',
        next: 'set operation = "automatic" if it should',
      }),
    );
  }
  if (told.length === 0) {
    told.push(
      good(subject, `${lane.operation}, ${lane.direction}: ${[...ways, ...barriers].join(', ')}`),
    );
  }
  return told;
}

/** Configured and of no lane: nothing is ever read from it. */
function unused(config: StationConfig): Told[] {
  const used = new Set(config.lane.flatMap(({ devices }) => devices));
  const devices = [...config.camera, ...config.scanner, ...config.reader, ...config.barrier];
  return [...devices, ...config.signal, ...config.lamp]
    .filter(({ id }) => !used.has(id))
    .map(({ id }) =>
      warning(`device ${id}`, {
        found: 'it is configured and belongs to no lane: nothing is read from it',
        cause: 'its id was forgotten in the devices of a lane, or is mistyped there',
        next: `add "${id}" to devices of its [[lane]]`,
      }),
    );
}

/** A board that nothing hangs on switches nothing. */
function idleBoards({ board, barrier, signal, lamp }: StationConfig): Told[] {
  const used = new Set([...barrier, ...signal, ...lamp].map((each) => each.board));
  return board
    .filter(({ id }) => !used.has(id))
    .map(({ id }) =>
      warning(`board ${id}`, {
        found: 'it is configured and nothing hangs on it',
        cause: 'no [[barrier]], [[signal]] or [[lamp]] names it as its board',
        next: `name it: board = "${id}" in what it switches, with its outputs`,
      }),
    );
}
