import type { StationConfig } from '../station/config-schema.ts';
import type { HealthView } from '../station/http/shapes.ts';
import type { Told } from './finding.ts';
import type { Account, Machine } from './machine.ts';

export type ConfigState =
  /** None was named, and none is where it usually lies. */
  | { readonly kind: 'none'; readonly usual: string }
  | { readonly kind: 'unreadable'; readonly file: string; readonly isDenied: boolean }
  | { readonly kind: 'wrong'; readonly file: string; readonly problems: readonly string[] }
  | {
      readonly kind: 'good';
      readonly file: string;
      readonly folder: string;
      readonly config: StationConfig;
    };

/** The daemon on this data directory. */
export type RunningDaemon = {
  /** Process that holds the data directory; null: none does, or it is hidden. */
  readonly pid: number | null;
  /** This user may not look into the data directory, so nobody knows who holds it. */
  readonly isHidden: boolean;
  /** A station answers at the port of the configuration, whoever may ask it more. */
  readonly isAlive: boolean;
  /** What it says of itself; null when it does not answer, or may not be asked. */
  readonly health: HealthView | null;
  /** Where it was asked; null when nobody knows. */
  readonly origin: string | null;
};

/** What every check is given. */
export type Context = {
  readonly machine: Machine;
  readonly configState: ConfigState;
  /** Null where there is none that can be used. */
  readonly config: StationConfig | null;
  readonly dataDir: string;
  readonly daemon: RunningDaemon;
  /** Whom the daemon runs as, or will. */
  readonly account: Account;
};

/** One thing to look at: a small pure function of what the machine shows. A new one is a file here and a line in `checks.ts`. */
export type Check = {
  readonly name: string;
  readonly run: (context: Context) => Promise<readonly Told[]> | readonly Told[];
};
