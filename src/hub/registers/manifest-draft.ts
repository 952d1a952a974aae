import type { Manifest } from '../../registers/published/manifest.ts';
import type { PublishedFiles } from './published-files.ts';

export type Held = { readonly manifest: Manifest; readonly hash: string; readonly keyId: string };
/** Where a new manifest is being made. */
export type Draft = {
  readonly region: string;
  readonly generation: number;
  readonly version: number;
  readonly held: Held | null;
  readonly files: PublishedFiles;
  /** Stations have seen more than this hub remembers: nothing is continued, everything gets a new base. */
  readonly isRestored: boolean;
};
