import { LINK_BYTES } from '../../journal/chain.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import type { BodyPlace } from './body-files.ts';
import { type EpochRow, type Neighbour, prepareInboxWrites } from './inbox-statements.ts';
import type {
  CheckedSegment,
  EpochKey,
  ErasedRange,
  NewEpoch,
  StoreVerdict,
} from './inbox-store.ts';

/** So many a station can list in one answer (docs/protocol.md, `GET /v1/heads`). */
const EPOCHS_MAX = 1_000;
/** Segments linked in one transaction: when the last hole of a month is filled, nobody else waits for all of it. */
const LINK_STEPS_MAX = 2_000;
const NO_LINK = Buffer.alloc(LINK_BYTES);

type Placed = { readonly segment: CheckedSegment; readonly place: BodyPlace | null };
type Decision =
  | Exclude<StoreVerdict, { kind: 'stored' | 'known' }>
  | { readonly kind: 'stored' | 'known'; readonly epoch: EpochRow; readonly unlinked: boolean };

/** Everything that changes the inbox's database. */
export class InboxWrites {
  readonly #database: Database;
  readonly #statements;
  /** Epochs whose linking stopped for length, or that a former run may have left. */
  readonly #toLink: Set<number>;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepareInboxWrites(database);
    this.#toLink = new Set(this.#statements.epochIds.all());
  }

  drawHub(hub: Uint8Array): Uint8Array {
    this.#statements.drawHub.run({ hub });
    return hub;
  }

  addEpoch(epoch: NewEpoch): 'added' | 'same' | 'other' | 'full' {
    return this.#database.transaction(() => {
      const { station, first, previous, reason } = epoch;
      const there = this.#statements.epoch.get({ station, epoch: epoch.epoch });
      if (there !== undefined) {
        const isSame =
          there.first === first && there.reason === reason && isEqual(there.previous, previous);
        return isSame ? 'same' : 'other';
      }
      const count = this.#statements.epochCount.get({ station }) ?? 0;
      if (count >= EPOCHS_MAX) return 'full';
      // What a station begins with is granted by its enrolment; whatever follows wants an operator (security J3).
      const state = count === 0 && reason === 'first' ? 'granted' : 'waiting';
      this.#statements.addEpoch.run({ ...epoch, state, link: NO_LINK });
      return 'added';
    })();
  }

  grantEpoch({ station, epoch }: EpochKey, by: string, atMs: number): boolean {
    return this.#statements.grant.run({ station, epoch, by, atMs }).changes === 1;
  }

  /** Which of these are worth writing a body for, as far as can be seen before the transaction that decides. */
  areNew(segments: readonly CheckedSegment[]): readonly boolean[] {
    return segments.map((segment) => this.#decide(segment).kind === 'stored');
  }

  store(placed: readonly Placed[], atMs: number): readonly StoreVerdict[] {
    return this.#database.transaction(() => placed.map((each) => this.#storeOne(each, atMs)))();
  }

  linkMore(): boolean {
    const [epoch] = this.#toLink;
    if (epoch === undefined) return false;
    const isDone = this.#database.transaction(() => this.#link(epoch))();
    if (isDone) this.#toLink.delete(epoch);
    return this.#toLink.size > 0;
  }

  dropBodies(arrivals: readonly number[]): void {
    this.#database.transaction(() => {
      for (const arrival of arrivals) this.#statements.dropBody.run({ arrival });
    })();
  }

  /** Arrivals wholly within the ranges; they are refused from now on. */
  markErased(ranges: readonly ErasedRange[]): readonly number[] {
    return this.#database.transaction(() =>
      ranges.flatMap((range) => {
        this.#statements.addErased.run(range);
        const within = this.#statements.within.all(range);
        for (const arrival of within) this.#statements.markErased.run({ arrival });
        return within;
      }),
    )();
  }

  #storeOne({ segment, place }: Placed, atMs: number): StoreVerdict {
    const decision = this.#decide(segment);
    if (decision.kind === 'erased') this.#insertErased(segment, atMs);
    if (!('epoch' in decision)) return decision;
    const { kind, epoch, unlinked } = decision;
    if (kind === 'stored') {
      // Its epoch was announced while the bodies were being written: told as it was when the batch came.
      if (place === null) return { kind: 'unknown-epoch' };
      this.#insert(epoch.id, segment, place, 0, atMs);
      if (!this.#link(epoch.id)) this.#toLink.add(epoch.id);
    }
    const { through, link } = this.#statements.epochById.get({ id: epoch.id }) ?? epoch;
    return { kind, through, throughLink: link, unlinked };
  }

  #decide(segment: CheckedSegment): Decision {
    const { station, first, last } = segment;
    const epoch = this.#statements.epoch.get({ station, epoch: segment.epoch });
    if (epoch === undefined) return { kind: 'unknown-epoch' };
    if (first < epoch.first) return { kind: 'place' };
    const neighbours = this.#statements.neighbours.all({ epoch: epoch.id, first, last });
    const same = neighbours.find((each) => each.first === first);
    if (same !== undefined) {
      if (!isSameSegment(same, segment)) return { kind: 'conflict' };
      return same.erased === 1 ? { kind: 'erased' } : { kind: 'known', epoch, unlinked: false };
    }
    if (neighbours.some((each) => each.first <= last && each.last >= first)) {
      return { kind: 'overlap' };
    }
    if (this.#isErased(segment)) return { kind: 'erased' };
    return { kind: 'stored', epoch, unlinked: !isLinked(segment, epoch, neighbours) };
  }

  /** What must not come back is still a part of the chain: its header and leaves are kept, so that the proof goes on. */
  #insertErased(segment: CheckedSegment, atMs: number): void {
    const { station, epoch } = segment;
    const row = this.#statements.epoch.get({ station, epoch });
    if (
      row === undefined ||
      this.#statements.segment.get({ epoch: row.id, first: segment.first })
    ) {
      return;
    }
    this.#insert(row.id, segment, null, 1, atMs);
    if (!this.#link(row.id)) this.#toLink.add(row.id);
  }

  #insert(
    epoch: number,
    segment: CheckedSegment,
    place: BodyPlace | null,
    erased: 0 | 1,
    atMs: number,
  ): void {
    const { first, last, keyId, enc, previous, link, signature, leaves } = segment;
    const { file = null, offset = null, length = null } = place ?? {};
    const { lastInsertRowid } = this.#statements.insert.run({
      ...{ epoch, first, last, keyId, enc, previous, link, signature },
      ...{ atMs, erased, file, offset, length },
    });
    this.#statements.insertLeaves.run({ arrival: Number(lastInsertRowid), leaves });
  }

  /** Advances `through` over the segments that follow it and fit. False: there may be more of them. */
  #link(id: number): boolean {
    const epoch = this.#statements.epochById.get({ id });
    if (epoch === undefined) return true;
    let through = epoch.through === 0 ? epoch.first - 1 : epoch.through;
    let link = epoch.through === 0 ? epoch.previous : epoch.link;
    let steps = 0;
    for (; steps < LINK_STEPS_MAX; steps++) {
      const next = this.#statements.segment.get({ epoch: id, first: through + 1 });
      if (next === undefined || !isEqual(next.previous, link)) break;
      through = next.last;
      link = next.link;
    }
    if (steps > 0) this.#statements.setThrough.run({ id, through, link });
    return steps < LINK_STEPS_MAX;
  }

  #isErased({ station, epoch, first, last }: CheckedSegment): boolean {
    return (this.#statements.erased.get({ station, epoch, first, last }) ?? 0) > 0;
  }
}

function isLinked(
  { first, last, previous, link }: CheckedSegment,
  epoch: EpochRow,
  neighbours: readonly Neighbour[],
): boolean {
  if (first === epoch.first && !isEqual(previous, epoch.previous)) return false;
  const before = neighbours.find((each) => each.last === first - 1);
  const after = neighbours.find((each) => each.first === last + 1);
  return (
    (before === undefined || isEqual(before.link, previous)) &&
    (after === undefined || isEqual(after.previous, link))
  );
}

/** The link covers every record's bytes, the signature link, key id and enc: nothing else is in a segment. */
function isSameSegment(one: Neighbour, other: CheckedSegment): boolean {
  return (
    one.last === other.last &&
    one.keyId === other.keyId &&
    (['enc', 'previous', 'link', 'signature'] as const).every((field) =>
      isEqual(one[field], other[field]),
    )
  );
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(other);
}
