import type { Clock } from '../../ports/clock.ts';
import { BundleError } from '../../sync/bundle/bundle-error.ts';
import { type ClaimedEpoch, decodeUpReport, isReportSigned } from '../../sync/bundle/up-report.ts';
import { epochProofBytes } from '../../sync/protocol/proofs.ts';
import { ed25519PublicKey } from '../../sync/protocol/raw-keys.ts';
import { isSigned } from '../../sync/protocol/statement.ts';
import type { Ingest, RaiseIncident, SegmentOutcome } from '../ingest-port.ts';
import { noteManifest } from '../registers/note-manifest.ts';
import type { HubStore } from '../store/hub-store.ts';

/** What became of a stick's report: the epochs that it announces, each as over the line. */
export type ReportOutcome =
  | {
      readonly kind: 'taken';
      /** The newest record of the station's journal when the stick was written; 0 for none. */
      readonly head: number;
      readonly refusedEpochs: number;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** `busy`: to be asked again after so long. */
export type StickSegmentOutcome =
  | { readonly kind: 'stored' | 'known' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterS: number };

export type SegmentAddress = {
  readonly station: string;
  readonly epoch: Uint8Array;
  readonly first: number;
};

/** Where a stick's content goes: the inbox's one writer, in this process or in the daemon. Rejects when it cannot be reached, or its disk fails. */
export interface StickPort {
  report(bytes: Uint8Array): Promise<ReportOutcome>;
  segment(address: SegmentAddress, bytes: Uint8Array): Promise<StickSegmentOutcome>;
}

type Deps = {
  readonly store: HubStore;
  readonly raise: RaiseIncident;
  readonly clock: Clock;
  readonly ingest: Ingest;
};
type Refused = { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Takes what came on sticks as if its station had sent it: what the certificate says over the line, signatures say here. */
export class StickDesk implements StickPort {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async report(bytes: Uint8Array): Promise<ReportOutcome> {
    try {
      return await this.#report(bytes);
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      return { kind: 'refused', code: error.code, message: error.message };
    }
  }

  async segment(
    { station: id, epoch, first }: SegmentAddress,
    bytes: Uint8Array,
  ): Promise<StickSegmentOutcome> {
    const station = await this.#station(id);
    if ('kind' in station) return station;
    const { region, signingKey } = station;
    const from = { region, station: id, verifyingKey: ed25519PublicKey(signingKey) };
    return answerOf(await this.#deps.ingest.accept(from, { epoch, first }, bytes, 'stick'));
  }

  async #report(bytes: Uint8Array): Promise<ReportOutcome> {
    const { station: id, region, manifest, head, epochs } = decodeUpReport(bytes);
    const station = await this.#station(id);
    if ('kind' in station) return station;
    if (region !== station.region || !isReportSigned(bytes, station.signingKey)) {
      return refused('report.signature', `expected the signature of ${id} over its report`);
    }
    const atMs = Math.floor(this.#deps.clock.wallMs());
    await noteManifest(this.#deps, { region, station: id, seen: manifest, atMs });
    let refusedEpochs = 0;
    for (const claim of epochs) {
      if (!(await this.#announce(claim, { id, ...station }))) refusedEpochs++;
    }
    return { kind: 'taken', head: head?.sequence ?? 0, refusedEpochs };
  }

  /** False when it is not proved, or was announced otherwise before. */
  async #announce(
    { proof, ...epoch }: ClaimedEpoch,
    { id, region, signingKey }: { id: string; region: string; signingKey: Uint8Array },
  ): Promise<boolean> {
    const claim = { region, station: id, ...epoch };
    if (!isSigned(epochProofBytes(claim), proof, signingKey)) return false;
    return (await this.#deps.ingest.announce(claim)) !== 'conflict';
  }

  async #station(id: string) {
    const station = await this.#deps.store.stations.get(id);
    const { region, state, signingKey } = station ?? {};
    if (region === undefined || state === 'invited' || !signingKey) {
      return refused('station.unknown', `no station ${id} is enrolled here: ask whose stick it is`);
    }
    if (state === 'revoked') {
      return refused('station.revoked', `${id} is revoked: nothing of it is taken`);
    }
    return { region, signingKey };
  }
}

function answerOf(outcome: SegmentOutcome): StickSegmentOutcome {
  if (outcome.kind === 'stored' || outcome.kind === 'known') return { kind: outcome.kind };
  return outcome;
}

function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message };
}
