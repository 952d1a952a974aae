/** Something a device says of itself. Faults are events in its stream, never exceptions. */
export type DeviceOnline = {
  readonly kind: 'online';
  readonly deviceId: string;
  readonly atMs: number;
};

export type DeviceOffline = {
  readonly kind: 'offline';
  readonly deviceId: string;
  readonly atMs: number;
  /** A code the screen has words for, e.g. `camera.stalled`. */
  readonly reason: string;
  /** Last lines the driver printed, for the operator; never holds credentials or personal data. */
  readonly detail: readonly string[];
};
