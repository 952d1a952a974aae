import type { KeyObject } from 'node:crypto';
import { NO_LINK } from '../../journal/chain.ts';
import { type EpochProof, EpochProver, type Joint } from '../../journal/completeness.ts';
import { toHex } from '../../kernel/bytes.ts';
import { turn } from '../turn.ts';
import type { Gap, InboxStore, StoredEpoch } from './inbox-store.ts';

const PAGE_MAX = 50;
const GAPS_MAX = 100;

type Evidence = Pick<InboxStore, 'epochs' | 'headers' | 'endsAt'>;

export type StationProof = EpochProof & { readonly state: 'granted' | 'waiting' };

/**
 * Proves, from headers and leaves alone, what is held of a station: one result an epoch, in the order they were announced.
 * A month of a busy station is read in pages, with everything else going on in between.
 */
export async function* proveStation(
  store: Evidence,
  station: string,
  verifyingKey: KeyObject,
): AsyncGenerator<StationProof> {
  const epochs = await store.epochs(station);
  const joints = await Promise.all(epochs.map((epoch) => jointOf(store, epoch)));
  for (const [index, epoch] of epochs.entries()) {
    const heads = [
      ...joints.flatMap(({ after }, at) => {
        const previous = epochs[at]?.previous;
        const isHere = after?.epoch === toHex(epoch.epoch) && previous !== undefined;
        return isHere ? [{ sequence: after.sequence, link: previous }] : [];
      }),
      ...(epoch.through > 0 ? [{ sequence: epoch.through, link: epoch.link }] : []),
    ].sort((one, other) => one.sequence - other.sequence);
    const prover = new EpochProver({ ...epoch, verifyingKey, heads });
    for (let after = 0; ; ) {
      const page = await store.headers(epoch, after, PAGE_MAX);
      for (const header of page) prover.add(header);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.first;
      await turn();
    }
    const joint = joints[index];
    if (joint !== undefined) yield { ...prover.end(joint), state: epoch.state };
  }
}

/** What an epoch says it goes on from, and whether that is here. */
export async function jointOf(
  store: Pick<InboxStore, 'endsAt'>,
  epoch: StoredEpoch,
): Promise<Joint> {
  const { station, first, previous, reason } = epoch;
  if (toHex(previous) === toHex(NO_LINK)) return { reason, follows: 'nothing', after: null };
  const before = await store.endsAt(station, first - 1, previous);
  if (before === null) return { reason, follows: 'unknown', after: null };
  return { reason, follows: 'receipt', after: { epoch: toHex(before), sequence: first - 1 } };
}

/** What an operator sees of a station at once, without a proof. */
export type EpochStanding = {
  readonly epoch: string;
  readonly state: 'granted' | 'waiting';
  readonly first: number;
  /** Linked without a hole up to here. */
  readonly through: number;
  /** Greatest sequence held: what lies between `through` and this is there but for the gaps. */
  readonly last: number;
  readonly openedThrough: number;
  readonly gaps: readonly Pick<Gap, 'from' | 'to'>[];
};

/** The first hundred gaps of each station's epochs together. */
export async function stationStanding(
  store: Pick<InboxStore, 'epochs' | 'gaps'>,
  openedThrough: (epoch: StoredEpoch) => Promise<number>,
  station: string,
): Promise<readonly EpochStanding[]> {
  const gaps = await store.gaps(station, GAPS_MAX);
  const epochs = await store.epochs(station);
  return Promise.all(
    epochs.map(async (each) => {
      const { state, first, through, last } = each;
      const epoch = toHex(each.epoch);
      return {
        ...{ epoch, state, first, through, last },
        openedThrough: await openedThrough(each),
        gaps: gaps.flatMap((gap) =>
          toHex(gap.epoch) === epoch ? [{ from: gap.from, to: gap.to }] : [],
        ),
      };
    }),
  );
}
