import type { Manifest } from '../../registers/published/manifest.ts';

/** Gives a published file whole, of at most so many bytes; rejects when there is no line. */
export type FetchFile = (sha256: string, bytesMax: number) => Promise<Uint8Array>;

/** What of a manifest could not be brought in place, and why. */
export type NotInstalled = {
  readonly name: string;
  /** `fetch`: no line, to be tried again. `content`: the publisher's mistake. `storage`: the disk. */
  readonly code: 'fetch' | 'content' | 'storage';
};

/** What the downlink needs of the station's registers. */
export interface RegisterPort {
  hasKey(generation: number): boolean;
  /** Durable once it returns. */
  addKey(generation: number, key: Uint8Array): void;
  /**
   * Brings everything to what an accepted manifest says; what is in place already costs nothing. Rejects with what the disk or
   * another import says, and with the signal's reason.
   */
  install(
    manifest: Manifest,
    fetchFile: FetchFile,
    signal: AbortSignal,
  ): Promise<readonly NotInstalled[]>;
}
