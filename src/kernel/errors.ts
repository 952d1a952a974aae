/** One class per who-must-act. Messages say what was expected, what came, and what to do. */

/** The operator must mend a configuration or a command line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Input from outside cannot be used; whoever sent it must mend it. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A device must be looked at. */
export class DeviceFault extends Error {
  override readonly name = 'DeviceFault';
}

export type StorageFaultKind = 'full' | 'read-only' | 'io' | 'damaged' | 'wrong-key' | 'newer';

/** A disk or a database must be looked at. */
export class StorageFault extends Error {
  override readonly name = 'StorageFault';
  readonly kind: StorageFaultKind;

  constructor(kind: StorageFaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
