import { Seeded } from '../../../test/support/sync-sim/seeded.ts';

export type FaultKind =
  | 'kill-station'
  | 'kill-hub'
  | 'kill-opener'
  | 'cut'
  | 'cut-inside'
  | 'lose-replies'
  | 'stall'
  | 'refuse'
  | 'back-up'
  | 'restore';

/** When a fault strikes: at a share of what the round writes, or of what it sends. */
export type Moment = { readonly of: 'written' | 'sent'; readonly share: number };

export type Fault = {
  readonly kind: FaultKind;
  readonly at: Moment;
  /** In [0, 1): which station, which backup, how much. */
  readonly draw: number;
};

export type Round = {
  /** Records that each station writes. */
  readonly records: number;
  readonly faults: readonly Fault[];
};

export type CampaignPlan = {
  readonly seed: number;
  readonly stations: number;
  readonly rounds: readonly Round[];
};

export type CampaignSize = {
  readonly seed: number;
  readonly stations: number;
  readonly records: number;
  readonly rounds: number;
  readonly backups: number;
  readonly restores: number;
};

/** What strikes in a round besides: how often at most. */
const USUAL: readonly (readonly [FaultKind, number])[] = [
  ['kill-station', 2],
  ['kill-hub', 1],
  ['kill-opener', 1],
  ['cut', 2],
  ['cut-inside', 2],
  ['lose-replies', 2],
  ['stall', 1],
  ['refuse', 1],
];

/** The campaign of so many records: 20,000 in CI, a million in full. */
export function campaignSize(records: number, seed: number): CampaignSize {
  const isFull = records > 100_000;
  return {
    ...{ seed, records },
    ...(isFull
      ? { stations: 3, rounds: 60, backups: 12, restores: 8 }
      : { stations: 2, rounds: 8, backups: 2, restores: 2 }),
  };
}

/** What shall happen, from a seed: which faults, and when. Backups and restores are spread evenly, a backup first. */
export function planCampaign(size: CampaignSize): CampaignPlan {
  const { seed, stations, records, rounds, backups, restores } = size;
  const random = new Seeded(seed);
  const isDue = (round: number, times: number) =>
    Math.floor(((round + 1) * times) / rounds) > Math.floor((round * times) / rounds);
  return {
    ...{ seed, stations },
    rounds: Array.from({ length: rounds }, (_, round) => {
      // Counted from the end, so that the first one comes early.
      const faults = isDue(rounds - 1 - round, backups) ? [drawn('back-up', random)] : [];
      if (round > 0 && isDue(round, restores)) faults.push(drawn('restore', random));
      for (const [kind, most] of USUAL) {
        for (let count = random.below(most + 1); count > 0; count--)
          faults.push(drawn(kind, random));
      }
      return { records: Math.ceil(records / stations / rounds), faults };
    }),
  };
}

function drawn(kind: FaultKind, random: Seeded): Fault {
  const of = random.chance(0.5) ? 'written' : 'sent';
  // Of what a round sends some comes after its end.
  return {
    kind,
    at: { of, share: random.next() * (of === 'sent' ? 0.5 : 1) },
    draw: random.next(),
  };
}
