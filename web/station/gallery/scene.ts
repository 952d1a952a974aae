import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { lane } from './people.ts';

/** One state of the staff screen, or of the passer's page. */
export type Scene =
  | {
      readonly page: 'staff';
      readonly lanes: readonly LaneView[];
      readonly line: 'alive' | 'dead' | 'connecting';
      readonly sheet:
        | 'keypad'
        | 'tray'
        | 'details'
        | 'officer'
        | 'menu'
        | 'emergency'
        | 'paper'
        | 'openings'
        | null;
    }
  | {
      readonly page: 'passer';
      readonly outward: LaneView['outward'] | 'dead';
      readonly hint: string | null;
    }
  | { readonly page: 'closed-page' };

export function staff(
  view: Partial<LaneView>,
  sheet: Extract<Scene, { page: 'staff' }>['sheet'] = null,
): Scene {
  return { page: 'staff', lanes: [lane(view)], line: 'alive', sheet };
}
