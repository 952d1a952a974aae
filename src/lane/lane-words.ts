/** Words that lane, journal and screens share. */
export type Direction = 'in' | 'out';
export type Mode = 'normal' | 'release' | 'closed';
export type Source = 'camera' | 'scanner' | 'reader' | 'typed' | 'api' | 'paper';
export type Crossed = 'yes' | 'no' | 'assumed' | 'unknown';

/** What staff do about one passage. */
export type PassageAction =
  | 'let-pass'
  | 'turn-back'
  | 'set-aside'
  | 'recall'
  | 'crossed'
  | 'handed-over'
  | 'recovered'
  | 'in-transfer'
  | 'wrong-person'
  | 'left'
  | 'undo';

/** What staff do about the lane. */
export type LaneAction =
  | 'emergency-open'
  | 'emergency-reason'
  | 'mode-normal'
  | 'mode-release'
  | 'mode-closed'
  | 'count-crossing'
  | 'acknowledge-ageing'
  | 'confirm-time'
  | 'paper'
  | 'paper-seen';

/** `reason` is a code; `ordinal` null means whoever holds the screen. */
export type StaffAction = {
  readonly action: PassageAction | LaneAction;
  readonly ordinal: number | null;
  readonly reason: string;
};

/** Why something was not done; screens have words for the code. */
export type Refusal = { readonly code: RefusalCode; readonly message: string };

export const REFUSALS = {
  'officer.none': 'nobody is signed in at this lane: sign in first',
  'passage.none': 'no such passage is open at this lane',
  'passage.not-held': 'this passage is not waiting for a decision',
  'passage.not-given': 'this passage was not let through, so it cannot have crossed',
  'tray.full': 'too many people are set aside: finish one of them first',
  'tray.not-there': 'this passage is not set aside',
  'undo.none': 'nothing can be taken back any more',
  'mode.same': 'the lane is in this mode already',
  'emergency.none': 'no emergency opening waits for its reason',
  'paper.number': 'no personal number in what was typed: 12 digits are expected',
  'paper.slip':
    'no line of the paper book is meant: expected its date and time, as 20261126-021307',
  'paper.not-writing':
    'the journal cannot be written: keep the line in the paper book until it can',
  'paper.nothing-found': 'nobody entered from the paper book waits to be told to the health unit',
  'time.before-floor': 'the system clock is before a time already lived through: set it first',
} as const;
export type RefusalCode = keyof typeof REFUSALS;
