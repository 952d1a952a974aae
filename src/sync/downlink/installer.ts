import { InputError, StorageFault } from '../../kernel/errors.ts';
import type { Manifest } from '../../registers/published/manifest.ts';
import { waitAfter } from '../line/patience.ts';
import type { DownlinkDeps } from './downlink-deps.ts';
import { fetchFile } from './fetch-file.ts';
import { fetchRegionKey } from './fetch-statements.ts';

type Ended = 'installed' | 'again' | 'given-up';

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

  async #untilInstalled(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const { line, random } = this.#deps;
    for (let failures = 0; !signal.aborted; failures++) {
      const ended = await this.#install(manifest, signal);
      if (ended === 'again') {
        await line.waitFor(waitAfter(null, failures, random()), signal);
        continue;
      }
      this.#isSettled = !signal.aborted;
      return;
    }
  }

  async #install(manifest: Manifest, signal: AbortSignal): Promise<Ended> {
    const { registers, alarms, onNews } = this.#deps;
    const key = await fetchRegionKey(manifest.generation, this.#deps, signal);
    if (!registers.hasKey(manifest.generation)) return key.kind === 'failed' ? 'again' : 'given-up';
    try {
      const missing = await registers.install(
        manifest,
        (sha256, bytesMax) => fetchFile(sha256, bytesMax, this.#deps, signal),
        signal,
      );
      onNews('registers');
      const wrong = missing.find(({ code }) => code === 'content');
      if (wrong === undefined) alarms.over('register-file.refused');
      else alarms.raise('register-file.refused', { register: wrong.name });
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
