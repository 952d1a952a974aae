/** Something that a person should look at; each is described in docs/sync.md. */
export type AlarmCode =
  | 'hub.not-the-hub'
  | 'hub.other-time'
  | 'hub.not-admitted'
  | 'hub.restored'
  | 'hub.receipt-refused'
  | 'station.copied'
  | 'journal.conflict'
  | 'journal.behind'
  | 'journal.lost'
  | 'journal.forked'
  | 'journal.segment-refused'
  | 'journal.gone'
  | 'roles.expired'
  | 'roles.refused'
  | 'policy.refused'
  | 'mandate.refused'
  | 'manifest.refused'
  | 'region-key.refused'
  | 'register-file.refused'
  | 'register.not-installed'
  | 'recipient.none'
  | 'time.refused'
  | 'time.jump'
  | 'certificate.refused'
  | 'certificate.ended';

/** Codes, counts and versions of the protocol only. */
export type AlarmDetail = Readonly<Record<string, string | number>>;
export type RaiseAlarm = (code: AlarmCode, detail: AlarmDetail) => void;

/** What is wrong now. Each is told once, until it is over and comes again or its detail changes. */
export class Alarms {
  readonly #tell: RaiseAlarm;
  readonly #active = new Map<AlarmCode, string>();

  constructor(tell: RaiseAlarm) {
    this.#tell = tell;
  }

  raise(code: AlarmCode, detail: AlarmDetail): void {
    const text = JSON.stringify(detail);
    if (this.#active.get(code) === text) return;
    this.#active.set(code, text);
    this.#tell(code, detail);
  }

  over(code: AlarmCode): void {
    this.#active.delete(code);
  }

  list(): readonly AlarmCode[] {
    return [...this.#active.keys()].sort();
  }
}
