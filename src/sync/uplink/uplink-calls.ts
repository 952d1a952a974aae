import { toHex } from '../../kernel/bytes.ts';
import { StorageFault } from '../../kernel/errors.ts';
import type { Failure } from '../line/hub-calls.ts';
import { waitAfter } from '../line/patience.ts';
import { tellFailure } from '../line/tell-failure.ts';
import { HeadsAnswer } from '../protocol/wire.ts';
import { announceEpoch } from './announce-epoch.ts';
import { judgeHeads } from './judge-heads.ts';
import { newestReceipt, type OwnEpoch, ownEpochs, type Place } from './own-journal.ts';
import { type SentSegment, sendSegment } from './send-segment.ts';
import type { UplinkInput, UplinkState } from './step-uplink.ts';
import { bytesOf, noteOpened } from './uplink-acts.ts';
import type { UplinkDeps } from './uplink-deps.ts';

/** Heads of so many epochs fit; a station has one, and one more for every accident. */
const HEADS_BYTES_MAX = 512 * 1024;
/** The journal tries a broken disk again every second. */
export const JOURNAL_FAULT_MS = 1_000;

/** A day on average: whoever mended the hub need not visit the station. */
const REFUSED_AGAIN_MS = 86_400_000;

/** The hub holds other records at these places: somebody else writes under our name, or our disk was put back. */
const OTHER_CHAIN = new Set(['segment.conflict', 'segment.overlap']);

type Call = Extract<UplinkInput, { kind: 'failed' }>['what'];
type Sent = Extract<SentSegment, { kind: 'stored' }>;

/** Asks the hub, keeps in the journal what it said, and tells the machine. */
export class UplinkCalls {
  readonly #deps: UplinkDeps;
  readonly #state: () => UplinkState;
  #backupIntervalMs: number | null = null;

  /** `state` as it is when an answer comes. */
  constructor(deps: UplinkDeps, state: () => UplinkState) {
    this.#deps = deps;
    this.#state = state;
  }

  /** How long after opening the hub may still fall back to before it; null before it said so. */
  get backupIntervalMs(): number | null {
    return this.#backupIntervalMs;
  }

  async askHeads(signal: AbortSignal): Promise<UplinkInput> {
    const { calls, journal, alarms, termsKnown } = this.#deps;
    // Receipts that cannot be judged would have to be asked for again.
    await termsKnown(signal);
    const reply = await calls.getJson('/v1/heads', HeadsAnswer, signal, HEADS_BYTES_MAX);
    if (reply.kind !== 'ok') return this.#failed({ kind: 'heads' }, reply);
    const heads = reply.value;
    alarms.over('hub.not-admitted');
    this.#backupIntervalMs = heads.backupIntervalMs;
    try {
      this.#deps.noteHub(heads);
      const judgement = judgeHeads(heads, {
        ...{ epochs: ownEpochs(journal), newestReceipt: newestReceipt(journal) },
        linkAt: (sequence) => journal.linkAt(sequence),
      });
      noteOpened(heads.epochs, this.#deps);
      return { kind: 'heads', heads, judgement };
    } catch (error) {
      return journalFailed({ kind: 'heads' }, error);
    }
  }

  async announce(epoch: OwnEpoch, signal: AbortSignal): Promise<UplinkInput> {
    const failure = await announceEpoch(epoch, this.#deps, signal);
    if (failure === null) return { kind: 'announced', epoch: epoch.epoch };
    return this.#failed({ kind: 'announce' }, failure);
  }

  async send(place: Place, signal: AbortSignal): Promise<UplinkInput> {
    await this.#deps.termsKnown(signal);
    const startMs = this.#deps.clock.monoMs();
    try {
      let sent = await sendSegment(place, this.#deps, signal);
      if (sent.kind === 'no-receipt' && sent.code === 'unknown-key') {
        // The hub signs with a key since that the list held does not have yet.
        await this.#deps.fetchRoles(signal);
        sent = await sendSegment(place, this.#deps, signal);
      }
      return this.#noteSent(place, sent, this.#deps.clock.monoMs() - startMs);
    } catch (error) {
      return journalFailed({ kind: 'segment', place }, error);
    }
  }

  #noteSent(place: Place, sent: SentSegment, tookMs: number): UplinkInput {
    const { alarms, random } = this.#deps;
    switch (sent.kind) {
      case 'stored':
        return this.#noteStored(place, sent, tookMs);
      case 'erased':
        this.#acknowledge(place, new Uint8Array());
        return { kind: 'erased', place };
      case 'epoch-unknown':
        return { kind: 'unsure', place };
      case 'refused':
        alarms.raise('journal.segment-refused', { code: sent.code, first: place.first });
        return {
          ...{ kind: 'refused', place, isConflict: OTHER_CHAIN.has(sent.code) },
          againInMs: REFUSED_AGAIN_MS * (0.5 + random()),
        };
      case 'no-receipt': {
        alarms.raise('hub.receipt-refused', { code: sent.code });
        const waitMs = waitAfter(null, this.#state().failures, random());
        return { kind: 'failed', what: { kind: 'segment', place }, waitMs, by: 'backoff' };
      }
      case 'failed':
        return this.#failed({ kind: 'segment', place }, sent.failure);
      default:
        return sent satisfies never;
    }
  }

  #noteStored(place: Place, { receipt, statement, credit }: Sent, tookMs: number): UplinkInput {
    const { heads } = this.#state();
    // A hub that was restored since may not have what the last one acknowledged: first ask what it has.
    if (heads.kind !== 'known' || heads.hub !== toHex(receipt.hub))
      return { kind: 'unsure', place };
    this.#acknowledge(place, statement);
    const { openedThrough } = receipt;
    noteOpened([{ epoch: place.epoch, openedThrough }], this.#deps);
    this.#deps.alarms.over('hub.receipt-refused');
    return { kind: 'stored', place, credit, tookMs };
  }

  #acknowledge({ epoch, first }: Place, receipt: Uint8Array): void {
    const { journal, identity } = this.#deps;
    const atMs = identity.time().latestMs;
    journal.uploads.acknowledge({ epoch: bytesOf(epoch), first, receipt, atMs });
  }

  #failed(what: Call, failure: Failure): UplinkInput {
    const { alarms, random } = this.#deps;
    tellFailure(failure, alarms);
    const waitMs = waitAfter(failure, this.#state().failures, random());
    const isAsked = failure.kind === 'refused' && failure.retryAfterMs !== null;
    return { kind: 'failed', what, waitMs, by: isAsked ? 'hub' : 'backoff' };
  }
}

function journalFailed(what: Call, error: unknown): UplinkInput {
  if (!(error instanceof StorageFault)) throw error;
  return { kind: 'failed', what, waitMs: JOURNAL_FAULT_MS, by: 'hub' };
}
