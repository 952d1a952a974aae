/** Signed statements that a region's stations fetch whole. */
export type StatementKind = 'roles' | 'policy' | 'mandate' | 'manifest';

export type StoredStatement = { readonly version: number; readonly bytes: Uint8Array };

/** 0: none yet. */
export type Versions = Readonly<Record<StatementKind, number>>;
