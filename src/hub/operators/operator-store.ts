/** What an operator may do; each may do what those before it may. */
export const OPERATOR_ROLES = ['viewer', 'health', 'publisher', 'admin'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

export type Operator = {
  readonly operator: string;
  readonly role: OperatorRole;
  readonly addedMs: number;
  readonly endedMs: number | null;
};

export type AuditEntry = {
  readonly atMs: number;
  readonly operator: string;
  readonly action: string;
  /** Null where nothing of a person was read. */
  readonly purpose: string | null;
  /** What it was about: ids, sequences, counts, keyed hashes. Never a person's data. */
  readonly detail: Readonly<Record<string, string | number>>;
};

export type StoredAuditEntry = AuditEntry & { readonly id: number };

/** Who may use the operators' interface, and what they did. The audit is append-only: no call changes or removes an entry. */
export interface OperatorStore {
  /** False when the name is taken; a name is never given twice. */
  add(operator: Omit<Operator, 'endedMs'>, tokenHash: Uint8Array): Promise<boolean>;
  /** Ends the operator's token. False when there is no such one at work. */
  end(operator: string, atMs: number): Promise<boolean>;
  byToken(tokenHash: Uint8Array): Promise<Operator | null>;
  list(): Promise<readonly Operator[]>;
  record(entry: AuditEntry): Promise<void>;
  /** Newest first, below the id `before` when it is given. */
  audit(query: {
    readonly before: number | null;
    readonly limit: number;
  }): Promise<readonly StoredAuditEntry[]>;
}
