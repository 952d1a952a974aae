/**
 * What one look at the machine came to. Words are for whoever wires the box: English, one sentence each; nothing in them is
 * about people.
 */
export type Finding = {
  /** Which check found it. */
  readonly check: string;
  /** What was looked at: `camera cam-1`, `disk`, a path. */
  readonly subject: string;
  /** skipped: could not be looked at, and `next` says with what it could. */
  readonly state: FindingState;
  /** Wall time since when it is so, ms since 1970 UTC; null where nobody knows. */
  readonly sinceMs: number | null;
  /** The device's reason code, where a device told one (docs/devices.md). */
  readonly code: string | null;
  readonly found: string;
  /** Why that is likely so. */
  readonly cause: string | null;
  /** What to do, with the command to type. */
  readonly next: string | null;
};

export type FindingState = 'good' | 'warning' | 'fault' | 'skipped';

/** A finding before the check's name is put to it. */
export type Told = Omit<Finding, 'check'>;

type Trouble = {
  readonly found: string;
  readonly cause: string;
  readonly next: string;
  readonly sinceMs?: number | null;
  readonly code?: string | null;
};

export function good(subject: string, found: string, sinceMs: number | null = null): Told {
  return { subject, state: 'good', sinceMs, code: null, found, cause: null, next: null };
}

export function warning(subject: string, trouble: Trouble): Told {
  return { subject, state: 'warning', sinceMs: null, code: null, ...trouble };
}

export function fault(subject: string, trouble: Trouble): Told {
  return { subject, state: 'fault', sinceMs: null, code: null, ...trouble };
}

export function skipped(subject: string, found: string, next: string): Told {
  return { subject, state: 'skipped', sinceMs: null, code: null, found, cause: null, next };
}
