import { resolve } from 'node:path/posix';
import type { StationConfig } from '../../station/config-schema.ts';
import type { Context } from '../context.ts';
import type { Told } from '../finding.ts';

/** One configured device, and how it is looked at while no station runs to say how it is. */
export type LookedAt = {
  readonly id: string;
  readonly look: (context: Context) => Promise<readonly Told[]> | readonly Told[];
};

/** A kind of device. A new one is a file beside this, with one of these, and a line in `checks/devices.ts`. */
export type DeviceKind = {
  /** As in the configuration: `camera`. */
  readonly kind: string;
  readonly of: (config: StationConfig) => readonly LookedAt[];
};

/** A path of the configuration, which is relative to its file. */
export function configured({ configState }: Context, path: string): string {
  return configState.kind === 'good' ? resolve(configState.folder, path) : path;
}
