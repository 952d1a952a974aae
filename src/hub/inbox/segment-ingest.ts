import { toHex } from '../../kernel/bytes.ts';
import { storageFault } from '../../kernel/storage-fault.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EpochClaim } from '../../sync/protocol/proofs.ts';
import type {
  EpochHead,
  Ingest,
  KnownStation,
  RaiseIncident,
  SegmentOutcome,
  SegmentRefusal,
  SegmentWay,
} from '../ingest-port.ts';
import { turn } from '../turn.ts';
import type { Refusal } from './check-segment.ts';
import type { CheckSegments, SegmentCheck, UncheckedSegment } from './check-segments.ts';
import { Credit } from './credit.ts';
import { FairQueue } from './fair-queue.ts';
import type { CheckedSegment, EpochKey, InboxStore, StoreVerdict } from './inbox-store.ts';

/** As many as a station may have under way; one that sends more does not keep to its credit. */
const WAITING_PER_STATION_MAX = 9;
const WAITING_BYTES_MAX = 128 * 1024 * 1024;
/** Segments that share one transaction: about 13 MB, a tenth of a second of work. */
const BATCH_MAX = 64;
const BUSY: SegmentOutcome = { kind: 'busy', retryAfterS: 1 };

export type SegmentIngestOptions = {
  readonly store: InboxStore;
  /** Last sequence up to which an epoch is opened and indexed. */
  readonly openedThrough: (key: EpochKey) => Promise<number>;
  /** Ids of the keys that segments may be sealed to, old ones too. */
  readonly recipients: () => ReadonlySet<string>;
  readonly check: CheckSegments;
  readonly clock: Clock;
  readonly raise: RaiseIncident;
  /** Called after every commit that stored something. */
  readonly stored?: () => void;
};

type Waiting = UncheckedSegment & {
  readonly way: SegmentWay;
  readonly resolve: (outcome: SegmentOutcome) => void;
  readonly reject: (error: unknown) => void;
};
type Checked = { readonly waiting: Waiting; readonly segment: CheckedSegment };

/**
 * Takes in sealed segments. Those that come while a transaction is under way share the next one; they are checked while
 * it is written. Stations take turns.
 */
export class SegmentIngest implements Ingest {
  readonly hub: Uint8Array;
  readonly #options: SegmentIngestOptions;
  readonly #queue = new FairQueue<Waiting>({
    itemsPerOwnerMax: WAITING_PER_STATION_MAX,
    bytesMax: WAITING_BYTES_MAX,
  });
  readonly #credit = new Credit();
  #draining: Promise<void> | null = null;

  constructor(options: SegmentIngestOptions) {
    this.#options = options;
    this.hub = options.store.hub;
  }

  /**
   * The bytes may be used again once it has settled. Rejects with StorageFault when the disk does not take it; nothing of
   * it was acknowledged then.
   */
  accept(
    from: KnownStation,
    address: { readonly epoch: Uint8Array; readonly first: number },
    bytes: Uint8Array,
    way: SegmentWay = 'line',
  ): Promise<SegmentOutcome> {
    if (way === 'line' && this.#credit.isSpent(from.station, this.#options.clock.monoMs())) {
      return Promise.resolve(BUSY);
    }
    return new Promise((resolve, reject) => {
      const waiting = { from, address, bytes, way, resolve, reject };
      if (!this.#queue.offer(from.station, waiting)) return resolve(BUSY);
      this.#draining ??= this.#drain();
    });
  }

  async announce(claim: EpochClaim): Promise<'announced' | 'known' | 'conflict'> {
    const { store, clock } = this.#options;
    const added = await store.addEpoch({ ...claim, atMs: clock.wallMs() });
    if (added === 'same') return 'known';
    if (added !== 'added') {
      this.#incident(claim.station, added === 'full' ? 'epoch.too-many' : 'epoch.conflict', claim);
      return 'conflict';
    }
    const epochs = await store.epochs(claim.station);
    const mine = epochs.find(({ epoch }) => toHex(epoch) === toHex(claim.epoch));
    if (mine?.state !== 'waiting') return 'announced';
    const { station, first, previous, reason } = claim;
    const joined = await store.endsAt(station, first - 1, previous);
    this.#incident(station, 'epoch.waiting', claim, {
      first,
      reason,
      joined: joined === null ? 'no' : 'yes',
    });
    return 'announced';
  }

  async heads(station: string): Promise<readonly EpochHead[]> {
    const epochs = await this.#options.store.epochs(station);
    return Promise.all(
      epochs.map(async ({ epoch, through, link, state }) => ({
        ...{ epoch, through, link, state },
        openedThrough: await this.#openedThrough({ station, epoch }, through),
      })),
    );
  }

  /** Resolves when everything that was accepted is answered. */
  async settled(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  async #drain(): Promise<void> {
    let storing: Promise<void> = Promise.resolve();
    for (;;) {
      const batch = await this.#check(this.#queue.take(BATCH_MAX));
      await storing;
      storing = this.#storeBatch(batch);
      // What comes while this one is written gathers for the next.
      if (this.#queue.isEmpty) await storing;
      if (this.#queue.isEmpty) await this.#linkRest();
      if (!this.#queue.isEmpty) continue;
      // No wait between this look and the end: what is offered from now on begins a drain of its own.
      this.#draining = null;
      return;
    }
  }

  /** What is left of it when the disk fails is gone on with after the next segment. */
  async #linkRest(): Promise<void> {
    try {
      while (await this.#options.store.linkMore()) await turn();
    } catch (error) {
      if (storageFault(error) === null) throw error;
    }
  }

  async #check(batch: readonly Waiting[]): Promise<readonly Checked[]> {
    try {
      const checks = await this.#options.check(batch, this.#options.recipients());
      return batch.flatMap((waiting, index) => {
        const segment = this.#checked(waiting, checks[index]);
        return segment === null ? [] : [{ waiting, segment }];
      });
    } catch (error) {
      // The thread that checks cannot be begun: a fault of the hub, told to all that wait for it.
      for (const { reject } of batch) reject(error);
      return [];
    }
  }

  /** Null: it is answered. */
  #checked(waiting: Waiting, check: SegmentCheck | undefined): CheckedSegment | null {
    if (check === undefined) throw new Error('the check left a segment out');
    if ('bytes' in check) return check;
    if ('code' in check) this.#refuse(waiting, check);
    else if (check.kind === 'lost') waiting.resolve(BUSY);
    else waiting.reject(check.error);
    return null;
  }

  async #storeBatch(batch: readonly Checked[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const { store, clock, stored } = this.#options;
      const verdicts = await store.store(
        batch.map(({ segment }) => segment),
        clock.wallMs(),
      );
      if (verdicts.some(({ kind }) => kind === 'stored')) stored?.();
      await Promise.all(batch.map((each, index) => this.#answer(each, verdicts[index])));
    } catch (error) {
      for (const { waiting } of batch) waiting.reject(storageFault(error) ?? error);
    }
  }

  async #answer({ waiting, segment }: Checked, verdict: StoreVerdict | undefined): Promise<void> {
    if (verdict === undefined) throw new Error('the store left a segment without a verdict');
    if (!('through' in verdict)) {
      this.#refuse(waiting, refusalOf(verdict.kind, segment));
      return;
    }
    const { kind, through, throughLink, unlinked } = verdict;
    const { station, epoch, first, last, link } = segment;
    if (unlinked) this.#incident(station, 'segment.unlinked', segment, { first, last });
    const openedThrough = await this.#openedThrough(segment, through);
    const { region } = waiting.from;
    const drawn = waiting.way === 'line' ? last - first + 1 : null;
    const credit = this.#credit.spend(station, drawn, this.#options.clock.monoMs());
    waiting.resolve({
      kind,
      receipt: { region, station, epoch, first, last, link, through, throughLink, openedThrough },
      credit,
    });
  }

  #refuse({ from, address, resolve }: Waiting, { code, message }: Refusal): void {
    if (code in ALARMS) this.#incident(from.station, code, address, { first: address.first });
    resolve({ kind: 'refused', code, message });
  }

  /** The opener may be ahead of what is linked; a receipt never is. */
  async #openedThrough(key: EpochKey, through: number): Promise<number> {
    return Math.min(through, await this.#options.openedThrough(key));
  }

  #incident(
    station: string,
    code: string,
    { epoch }: { readonly epoch: Uint8Array },
    detail: Readonly<Record<string, string | number>> = {},
  ): void {
    const { raise, clock } = this.#options;
    raise({ atMs: clock.wallMs(), station, code, detail: { epoch: toHex(epoch), ...detail } });
  }
}

/** Refusals that say that something is wrong with a station and not with one request. */
const ALARMS: { readonly [Code in SegmentRefusal]?: true } = {
  'segment.conflict': true,
  'segment.signature': true,
  'segment.overlap': true,
};

function refusalOf(
  kind: Exclude<StoreVerdict['kind'], 'stored' | 'known'>,
  { first, last }: CheckedSegment,
): Refusal {
  const records = `records ${first} to ${last}`;
  switch (kind) {
    case 'conflict':
      return {
        code: 'segment.conflict',
        message: `other bytes are stored under first ${first}: a copy of this station writes too; close the journal and begin a new epoch`,
      };
    case 'overlap':
      return {
        code: 'segment.overlap',
        message: `some of ${records} are stored under another first: segments of one epoch never share a record`,
      };
    case 'erased':
      return {
        code: 'segment.erased',
        message: `${records} were erased here and are not taken again: the station may let go of them`,
      };
    case 'place':
      return {
        code: 'segment.place',
        message: `expected records from the epoch's announced first on, came ${records}`,
      };
    case 'unknown-epoch':
      return {
        code: 'epoch.unknown',
        message: 'the epoch was not announced: POST /v1/epochs first',
      };
    default:
      return kind satisfies never;
  }
}
