import { isSignedBy } from '../../journal/chain.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { ed25519PublicKey } from '../../sync/protocol/raw-keys.ts';
import { decodeSignedHead } from '../../sync/protocol/signed-head.ts';
import type { Ingest, RaiseIncident } from '../ingest-port.ts';
import type { Station, StationStore } from './station-store.ts';
import { judgeToken, newToken, tokenGiven } from './token.ts';

export type Shown = {
  readonly token: string;
  /** `Chot-Head`: a signed head, base64url. */
  readonly head: string | null;
  /** Answers to POST alone can carry a new token. */
  readonly mayGive: boolean;
};

type Deps = {
  readonly stations: StationStore;
  readonly ingest: Pick<Ingest, 'heads'>;
  readonly clock: Clock;
  readonly raise: RaiseIncident;
};

const HEAD_CHARS_MAX = 1_024;

/** Sees that a station is the one the hub spoke with last, and no copy of it (security E5). */
export class Tokens {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `give`: a new token for the answer. `copied`: refused until an operator clears it. */
  async judge(
    station: Station,
    { token, head, mayGive }: Shown,
  ): Promise<
    { readonly kind: 'good'; readonly give: string | null } | { readonly kind: 'copied' }
  > {
    const nowMs = this.#deps.clock.wallMs();
    const judged = judgeToken(station.token, token, nowMs);
    if (judged === 'good') return { kind: 'good', give: null };
    const proven = judged === 'renew' || (head !== null && (await this.#isAhead(station, head)));
    if (!proven) {
      if (!station.copied) {
        await this.#deps.stations.setCopied(station.station, true);
        this.#deps.raise({
          ...{ atMs: nowMs, station: station.station, code: 'station.copied', detail: {} },
        });
      }
      return { kind: 'copied' };
    }
    if (!mayGive) return { kind: 'good', give: null };
    const give = newToken();
    const state = tokenGiven(token, give, nowMs);
    // Of two requests that come together one renews; the other's answer carries none.
    const given = await this.#deps.stations.giveToken(
      ...([station.station, state, station.token.current] as const),
    );
    // The incident stays for a look; the next one is told again.
    if (given && station.copied) await this.#deps.stations.setCopied(station.station, false);
    return { kind: 'good', give: given ? give : null };
  }

  /** Its journal goes on from all that the hub holds of it: a copy that was taken earlier would be behind. */
  async #isAhead({ station, signingKey }: Station, text: string): Promise<boolean> {
    if (signingKey === null || text.length > HEAD_CHARS_MAX) return false;
    try {
      const head = decodeSignedHead(Buffer.from(text, 'base64url'));
      if (head.station !== station || !isSignedBy(head, ed25519PublicKey(signingKey))) return false;
      const heads = await this.#deps.ingest.heads(station);
      const known = heads.find(({ epoch }) => Buffer.from(epoch).equals(head.epoch));
      // Begun since the backup: a later epoch goes on counting where the ones before it end.
      if (known === undefined) return heads.every(({ through }) => head.sequence > through);
      if (head.sequence < known.through) return false;
      return head.sequence > known.through || Buffer.from(known.link).equals(head.link);
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  }
}

/** An operator has looked: whichever token comes next is taken and replaced. */
export async function openToAnyToken(stations: StationStore, station: string): Promise<void> {
  await stations.giveToken(station, { current: null, previous: null, givenMs: 0 }, null);
  await stations.setCopied(station, false);
}
