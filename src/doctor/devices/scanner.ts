import type { ScannerConfig } from '../../station/config-schema.ts';
import { configured, type DeviceKind } from './device-kind.ts';
import { lookAtPath } from './device-path.ts';

/** Where each driver's devices lie, and whose they are. */
const PLACES: Readonly<Record<string, { readonly folder: string; readonly group: string }>> = {
  serial: { folder: '/dev/serial/by-id', group: 'dialout' },
  evdev: { folder: '/dev/input/by-id', group: 'input' },
};

export const scannerKind: DeviceKind = {
  kind: 'scanner',
  of: ({ scanner }) =>
    scanner.map((each: ScannerConfig) => ({
      id: each.id,
      look: (context) => {
        const { folder, group } = PLACES[each.driver] ?? { folder: '/dev/serial/by-id', group: '' };
        return lookAtPath(context, {
          ...{ subject: `scanner ${each.id}`, path: configured(context, each.path), key: 'path' },
          ...{ missingCode: 'scanner.not-found', stableFolder: folder, group },
        });
      },
    })),
};
