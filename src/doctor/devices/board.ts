import type { BoardConfig } from '../../station/config-boards.ts';
import type { Context } from '../context.ts';
import { good, type Told } from '../finding.ts';
import { configured, type DeviceKind } from './device-kind.ts';
import { lookAtPath } from './device-path.ts';

export const boardKind: DeviceKind = {
  kind: 'board',
  of: ({ board }) => board.map((each) => ({ id: each.id, look: (context) => look(each, context) })),
};

function look({ id, driver, path = '', host }: BoardConfig, context: Context): readonly Told[] {
  const subject = `board ${id}`;
  switch (driver) {
    case 'sim':
      return [good(subject, 'simulated: nothing switches')];
    case 'modbus-tcp':
      return [good(subject, `at ${host}; start the station to see whether it answers`)];
    case 'lcus':
    case 'modbus-rtu':
      return lookAtPath(context, {
        ...{ subject, path: configured(context, path), key: 'path' },
        ...{ missingCode: 'board.not-found', stableFolder: '/dev/serial/by-id', group: 'dialout' },
      });
    default:
      return driver satisfies never;
  }
}
