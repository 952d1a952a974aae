import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { StaffAction } from '../../../src/station/http/shapes.ts';
import type { TextKey } from '../../texts/texts.ts';
import type { Face } from './face.ts';

type ActionName = StaffAction['action'];
export type ReasonWord =
  Extract<TextKey, `reason.${string}`> extends `reason.${infer Word}` ? Word : never;

/** One button of the bar. `reasons`: chosen on a sheet with one tap; `reason`: said by the action itself. */
export type ActionButton = {
  readonly action: ActionName;
  readonly label: TextKey;
  readonly kind: 'primary' | 'plain' | 'emergency';
  readonly ordinal: number | null;
} & ({ readonly reason: string } | { readonly reasons: readonly ReasonWord[] });

/** What a tap on one of an action's own words means, for actions whose choice is the reason. */
const OWN_REASON = {
  crossed: 'seen',
  clear: 'clear',
  outcome: 'outcome',
  resume: 'resume',
  tap: 'tap',
  afterwards: 'afterwards',
} as const;

const LET_PASS: readonly ReasonWord[] = [
  'papers-match',
  'number-compared',
  'transfer-paper',
  'health-agreed',
  'shift-order',
  'urgent',
];
const TURN_BACK: readonly ReasonWord[] = [
  'no-permit',
  'not-allowed',
  'papers-differ',
  'no-papers',
  'refuses',
  'own-wish',
];
const SET_ASIDE: readonly ReasonWord[] = [
  'wait-health',
  'wait-papers',
  'wait-commander',
  'read-again',
];
export const RELEASE_REASONS: readonly ReasonWord[] = [
  'queue',
  'ambulance',
  'fire',
  'delegation',
  'commander',
  'fault',
];
export const CLOSE_REASONS: readonly ReasonWord[] = [
  'shift-change',
  'commander',
  'lane-blocked',
  'fault',
];
export const EMERGENCY_REASONS: readonly ReasonWord[] = [
  'ambulance',
  'fire',
  'danger',
  'commander',
  'fault',
];

export const PAPER_REASONS: readonly ReasonWord[] = [
  'nothing-read',
  'no-document',
  'foreign-paper',
  'not-recording',
];

const ENDINGS = ['handed-over', 'recovered', 'in-transfer', 'wrong-person', 'left'] as const;

/** What staff can do about what the lane shows. On a stop letting pass is no button: it ends in one of five outcomes. */
export function actionsOf(
  { mode }: Pick<LaneView, 'mode'>,
  { passage }: Face,
): readonly ActionButton[] {
  if (passage === null) return modeActions(mode);
  const { ordinal, verdict, staff } = passage;
  if (staff === 'turned-back') return [];
  if (staff === 'let-pass') {
    return [button('crossed', 'primary', ordinal, { reason: OWN_REASON.crossed })];
  }
  const setAside = button('set-aside', 'plain', ordinal, { reasons: SET_ASIDE });
  if (verdict === 'stop')
    return [...ENDINGS.map((ending) => endingButton(ending, ordinal)), setAside];
  const letPass =
    verdict === 'pass'
      ? button('let-pass', 'primary', ordinal, { reason: OWN_REASON.clear })
      : button('let-pass', 'plain', ordinal, { reasons: LET_PASS });
  return [letPass, button('turn-back', 'plain', ordinal, { reasons: TURN_BACK }), setAside];
}

/** The answers to somebody in the tray: what may be said at last, or back to the front. */
export function trayActionsOf({
  verdict,
  ordinal,
}: LaneView['parked'][number]): readonly ActionButton[] {
  const recall = button('recall', 'plain', ordinal, { reason: 'recall' });
  if (verdict === 'stop')
    return [...ENDINGS.map((ending) => endingButton(ending, ordinal)), recall];
  return [
    button('let-pass', 'plain', ordinal, { reasons: LET_PASS }),
    button('turn-back', 'plain', ordinal, { reasons: TURN_BACK }),
    recall,
  ];
}

function modeActions(mode: LaneView['mode']): readonly ActionButton[] {
  if (mode === 'release') {
    return [
      button('count-crossing', 'primary', null, { reason: OWN_REASON.tap }),
      button('mode-normal', 'plain', null, { reason: OWN_REASON.resume }),
    ];
  }
  if (mode === 'closed') {
    const reopen = button('mode-normal', 'primary', null, { reason: OWN_REASON.resume });
    return [{ ...reopen, label: 'action.reopen' }];
  }
  return [];
}

export const EMERGENCY_OPEN: ActionButton = button('emergency-open', 'emergency', null, {
  reason: OWN_REASON.afterwards,
});

function endingButton(ending: (typeof ENDINGS)[number], ordinal: number): ActionButton {
  return button(ending, 'plain', ordinal, { reason: OWN_REASON.outcome });
}

type Labelled = Extract<TextKey, `action.${string}`> extends `action.${infer Name}` ? Name : never;

function button(
  action: ActionName & Labelled,
  kind: ActionButton['kind'],
  ordinal: number | null,
  why: { readonly reason: string } | { readonly reasons: readonly ReasonWord[] },
): ActionButton {
  return { action, label: `action.${action}`, kind, ordinal, ...why };
}
