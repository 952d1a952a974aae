import { InputError, StorageFault } from '../../kernel/errors.ts';
import type { Manifest } from '../../registers/published/manifest.ts';
import { waitAfter, waitWhileRevoked } from '../line/patience.ts';
import { type DownlinkDeps, mayHold } from './downlink-deps.ts';
import { fetchFile } from './fetch-file.ts';
import { type Fetched, fetchRegionKey } from './fetch-statements.ts';
import type { FetchFile } from './register-port.ts';

/** `again`: the line, the disk or another import stood in the way. `given-up`: it cannot be without another manifest. */
export type InstallEnd = 'installed' | 'again' | 'given-up';

/** Where the region's key and the files come from. */
type Source = {
  readonly key: (generation: number, signal: AbortSignal) => Promise<Fetched>;
  readonly file: (sha256: string, bytesMax: number, signal: AbortSignal) => Promise<Uint8Array>;
};

/**
 * Brings the newest accepted manifest in place, beside the long poll, so that a later one is heard at once and takes the
 * earlier one's place; what was fetched for both is fetched once.
 */
export class Installer {
  readonly #deps: DownlinkDeps;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isSettled = true;

  constructor(deps: DownlinkDeps) {
    this.#deps = deps;
  }

  /** Everything of the newest manifest is in place, or cannot be without a new one. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** From now on this one. */
  begin(manifest: Manifest, signal: AbortSignal): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#isSettled = false;
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    this.#running = this.#running.then(() => this.#untilInstalled(manifest, stopped));
  }

  async ended(): Promise<void> {
    await this.#running;
  }

  /** From now on this one, once, with the files of a stick. */
  async installFromStick(
    manifest: Manifest,
    files: FetchFile,
    signal: AbortSignal,
  ): Promise<InstallEnd> {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#isSettled = false;
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const source: Source = { key: async () => ({ kind: 'unchanged' }), file: files };
    const attempt = this.#running.then(() => this.#install(manifest, source, stopped));
    this.#running = attempt.then(() => {});
    const ended = await attempt;
    if (ended !== 'again' && !stopped.aborted) this.#isSettled = true;
    return ended;
  }

  async #untilInstalled(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const { line, random, registers, termsKnown } = this.#deps;
    const source: Source = {
      key: async (generation, stopped) => {
        // What is to be deleted is, whatever the time and the line.
        if (!registers.hasKey(generation)) await termsKnown(stopped);
        return fetchRegionKey(generation, this.#deps, stopped);
      },
      file: (sha256, bytesMax, stopped) => fetchFile(sha256, bytesMax, this.#deps, stopped),
    };
    for (let failures = 0; !signal.aborted; failures++) {
      const ended = await this.#install(manifest, source, signal);
      if (ended === 'again') {
        const waitMs = line.isRevoked
          ? waitWhileRevoked(failures, random())
          : waitAfter(null, failures, random());
        await line.waitFor(waitMs, signal);
        continue;
      }
      this.#isSettled = !signal.aborted;
      return;
    }
  }

  async #install(manifest: Manifest, source: Source, signal: AbortSignal): Promise<InstallEnd> {
    const { registers, alarms, onNews } = this.#deps;
    const key = await source.key(manifest.generation, signal);
    if (!registers.hasKey(manifest.generation)) return key.kind === 'failed' ? 'again' : 'given-up';
    try {
      const missing = await registers.install(
        mayHold(this.#deps) ? manifest : withoutHealth(manifest),
        (sha256, bytesMax) => source.file(sha256, bytesMax, signal),
        signal,
      );
      onNews('registers');
      const wrong = missing.find(({ code }) => code === 'content');
      if (wrong === undefined) alarms.over('register-file.refused');
      else alarms.raise('register-file.refused', { register: wrong.name });
      const onDisk = missing.find(({ code }) => code === 'storage');
      if (onDisk !== undefined) {
        alarms.raise('register.not-installed', { code: 'storage', register: onDisk.name });
      }
      if (missing.some(({ code }) => code !== 'content')) return 'again';
      alarms.over('register.not-installed');
      return wrong === undefined ? 'installed' : 'given-up';
    } catch (error) {
      if (signal.aborted) return 'given-up';
      if (!(error instanceof StorageFault || error instanceof InputError)) throw error;
      alarms.raise('register.not-installed', { code: error.name });
      return 'again';
    }
  }
}

/** What a manifest still brings when the mandate is over (security E8): nothing that says of anybody how they are. */
function withoutHealth(manifest: Manifest): Manifest {
  const { officers } = manifest.lists;
  return { ...manifest, registers: [], lists: { notices: null, attributes: null, officers } };
}
