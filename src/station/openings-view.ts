import { UNTIED_OPENINGS } from '../journal/openings.ts';
import type { LaneOpenings } from '../lane/openings-state.ts';
import type { LaneConfig } from './config-schema.ts';
import type { LaneOpeningsView } from './http/openings-shape.ts';

/** A lane's openings in the shape that pages rely on. */
export function openingsView(
  { id, name }: Pick<LaneConfig, 'id' | 'name'>,
  { listedSinceMs, before, shifts }: LaneOpenings,
): LaneOpeningsView {
  return {
    ...{ id, name, listedSinceMs },
    before:
      before?.map(({ sinceMs, counts }) => ({
        sinceMs,
        counts: UNTIED_OPENINGS.flatMap((kind) => {
          const count = counts[kind];
          return count === undefined ? [] : [{ kind, count }];
        }),
      })) ?? null,
    shifts: shifts.map(({ listed, ...shift }) => ({
      ...shift,
      listed: listed.map(({ ordinal: _ordinal, ...opening }) => opening),
    })),
  };
}
