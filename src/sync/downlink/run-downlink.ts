import type { Manifest } from '../../registers/published/manifest.ts';
import type { Failure } from '../line/hub-calls.ts';
import { waitAfter } from '../line/patience.ts';
import { tellFailure } from '../line/tell-failure.ts';
import { STATEMENT_BYTES_MAX } from '../protocol/statement.ts';
import { POLL_S_MAX, VERSIONS_HEADER } from '../protocol/wire.ts';
import { type DownlinkDeps, mayHold } from './downlink-deps.ts';
import { type Fetched, fetchMandate, fetchPolicy, fetchRoles } from './fetch-statements.ts';
import { type InstallEnd, Installer } from './installer.ts';
import { judgeManifestBytes } from './judge-manifest-bytes.ts';
import type { FetchFile } from './register-port.ts';

/** What was refused is asked for again this often: a key's term may have begun since, or the hub was mended. */
const REFUSED_AGAIN_MS = 5 * 60_000;

type Polled =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly versions: string; readonly manifest: Uint8Array | null }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Hears of every change at the hub by long poll, and takes up what is believed: roles, policy, mandate, manifest, registers. */
export class Downlink {
  readonly #deps: DownlinkDeps;
  readonly #installer: Installer;
  /** Versions at the hub that were dealt with, taken up or refused; null: to be asked for without waiting. */
  #handled: string | null = null;
  #refusedAgainMs = Number.POSITIVE_INFINITY;
  #failures = 0;
  #running: AbortSignal | null = null;
  /** Whether the newest installation was one that might hold health registers. */
  #couldHold = true;
  #roles: Promise<Fetched> | null = null;

  constructor(deps: DownlinkDeps) {
    this.#deps = deps;
    this.#installer = new Installer(deps);
  }

  /** Everything that the hub has is here and in place, as far as it was believed. */
  get isCurrent(): boolean {
    return this.#handled !== null && this.#installer.isSettled;
  }

  /** Until `signal` aborts and nothing is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { line } = this.#deps;
    this.#running = signal;
    // A start may come between a manifest's acceptance and its registers.
    this.#beginHeld(signal);
    while (!signal.aborted) {
      this.#noteMandate(signal);
      const failure = await this.#round(signal);
      if (failure === null) {
        this.#failures = 0;
        continue;
      }
      this.#handled = null;
      tellFailure(failure, this.#deps.alarms);
      const waitMs = waitAfter(failure, this.#failures++, this.#deps.random());
      await line.waitFor(waitMs, signal);
    }
    await this.#installer.ended();
  }

  /** Every list of roles from the one held on; two who want them at once get them once. */
  fetchRoles(signal: AbortSignal): Promise<Fetched> {
    this.#roles ??= this.#takeRoles(signal).finally(() => {
      this.#roles = null;
    });
    return this.#roles;
  }

  /**
   * Brings an accepted manifest in place with the files of a stick, once; what the stick lacks comes over the line later, where
   * there is one. Its region key is there before.
   */
  async installFromStick(
    manifest: Manifest,
    files: FetchFile,
    signal: AbortSignal,
  ): Promise<InstallEnd> {
    const ended = await this.#installer.installFromStick(manifest, files, signal);
    const running = this.#running;
    // A newer one may have come over the line meanwhile.
    const isNewest = this.#deps.held.manifest === manifest;
    if (ended === 'again' && isNewest && running !== null) this.#installer.begin(manifest, running);
    return ended;
  }

  async #round(signal: AbortSignal): Promise<Failure | null> {
    const { clock, alarms } = this.#deps;
    if (clock.monoMs() >= this.#refusedAgainMs) this.#handled = null;
    const polled = await this.#poll(signal);
    if (polled.kind === 'failed') return polled.failure;
    alarms.over('hub.not-admitted');
    alarms.over('hub.not-the-hub');
    alarms.over('hub.other-time');
    if (polled.kind === 'unchanged') return null;
    const taken = await this.#takeAll(polled.versions, polled.manifest, signal);
    if (taken.kind === 'failed') return taken.failure;
    this.#handled = polled.versions;
    this.#refusedAgainMs =
      taken.kind === 'refused' ? clock.monoMs() + REFUSED_AGAIN_MS : Number.POSITIVE_INFINITY;
    return null;
  }

  async #poll(signal: AbortSignal): Promise<Polled> {
    const waitS = this.#handled === null ? 0 : POLL_S_MAX;
    const reply = await this.#deps.calls.getBytes(
      {
        path: '/v1/registers/manifest',
        headers:
          this.#handled === null
            ? {}
            : { 'if-none-match': `"${this.#handled}"`, prefer: `wait=${waitS}` },
        answerBytesMax: STATEMENT_BYTES_MAX,
        waitMs: waitS * 1_000,
      },
      signal,
    );
    if (reply.kind === 'unreachable') return { kind: 'failed', failure: reply };
    const versions = reply.headers[VERSIONS_HEADER];
    if (reply.kind === 'ok' && reply.status === 304) return { kind: 'unchanged' };
    if (versions === undefined || !VERSIONS.test(versions)) {
      if (reply.kind === 'refused') return { kind: 'failed', failure: reply };
      const message = 'the manifest came without the versions of the rest';
      return { kind: 'failed', failure: { kind: 'unreachable', reason: 'garbage', message } };
    }
    if (reply.kind === 'ok') return { kind: 'changed', versions, manifest: reply.value };
    if (reply.status === 404) return { kind: 'changed', versions, manifest: null };
    return { kind: 'failed', failure: reply };
  }

  /** In this order: what a list of roles says decides whether the rest is believed. */
  async #takeAll(text: string, manifest: Uint8Array | null, signal: AbortSignal): Promise<Fetched> {
    const { held, askTime, termsKnown } = this.#deps;
    const [, roles = 0, policy = 0, mandate = 0] = text.split('.').map(Number);
    const own = held.versions();
    const fetched = roles === own.roles ? null : await this.fetchRoles(signal);
    if (fetched?.kind === 'failed') return fetched;
    if (fetched?.kind === 'taken') await askTime(signal);
    let isRefused = fetched?.kind === 'refused';
    // What a list says needs no date; whether its keys hold does.
    await termsKnown(signal);
    for (const { news, isDue, fetch } of [
      { news: 'policy', isDue: policy !== own.policy, fetch: fetchPolicy },
      { news: 'mandate', isDue: mandate !== own.mandate, fetch: fetchMandate },
    ] as const) {
      if (!isDue) continue;
      const fetched = await fetch(this.#deps, signal);
      if (fetched.kind === 'failed') return fetched;
      if (fetched.kind === 'taken') this.#noteTaken(news, signal);
      isRefused ||= fetched.kind === 'refused';
    }
    if (manifest !== null) isRefused = !this.#takeManifest(manifest, signal) || isRefused;
    return { kind: isRefused ? 'refused' : 'taken' };
  }

  #noteTaken(news: 'policy' | 'mandate', signal: AbortSignal): void {
    this.#deps.onNews(news);
    // The former may have ended since, and what it allowed to hold is gone.
    if (news === 'mandate') this.#beginHeld(signal);
  }

  async #takeRoles(signal: AbortSignal): Promise<Fetched> {
    const fetched = await fetchRoles(this.#deps, signal);
    if (fetched.kind === 'taken') this.#deps.onNews('roles');
    return fetched;
  }

  #begin(manifest: Manifest, signal: AbortSignal): void {
    this.#couldHold = mayHold(this.#deps);
    this.#installer.begin(manifest, signal);
  }

  /** A mandate that has ended takes away what is in place, without a line too; one that was renewed brings it back. */
  #noteMandate(signal: AbortSignal): void {
    if (mayHold(this.#deps) !== this.#couldHold) this.#beginHeld(signal);
  }

  #beginHeld(signal: AbortSignal): void {
    const { manifest } = this.#deps.held;
    if (manifest !== null) this.#begin(manifest, signal);
  }

  /** False when it is refused. */
  #takeManifest(bytes: Uint8Array, signal: AbortSignal): boolean {
    const { held, identity, alarms, onNews } = this.#deps;
    const judgement = judgeManifestBytes(bytes, held.heldManifest, identity);
    switch (judgement.kind) {
      case 'taken': {
        const { manifest, hash } = judgement.value;
        held.takeManifest(manifest, hash, bytes);
        alarms.over('manifest.refused');
        onNews('manifest');
        this.#begin(manifest, signal);
        return true;
      }
      case 'unchanged':
        alarms.over('manifest.refused');
        return true;
      case 'refused':
        alarms.raise('manifest.refused', { code: judgement.code });
        return false;
      default:
        return judgement satisfies never;
    }
  }
}

const VERSIONS = /^\d{1,15}\.\d{1,15}\.\d{1,15}\.\d{1,15}$/;
