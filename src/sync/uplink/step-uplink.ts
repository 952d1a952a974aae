import type { HeadsAnswer } from '../protocol/wire.ts';
import type { HeadsJudgement } from './judge-heads.ts';
import { keyOf, type OwnEpoch, type OwnJournal, type Place } from './own-journal.ts';

/** Heads are asked this often even when nothing happens: how far the hub has opened decides what may be pruned. */
const HEADS_EVERY_MS = 10 * 60_000;
/** The hub gave no credit: one segment, then a pause. */
const NO_CREDIT_PAUSE_MS = 1_000;
/** A line on which a segment takes longer carries one of the backfill at a time, so that the newest is not behind many. */
const SLOW_MS = 1_000;

export type UplinkState = {
  readonly heads:
    | { readonly kind: 'unknown' }
    | { readonly kind: 'asking' }
    | { readonly kind: 'known'; readonly hub: string; readonly askedMs: number };
  /** Epochs that the hub knows. */
  readonly announced: ReadonlySet<string>;
  readonly announcing: string | null;
  readonly underWay: ReadonlySet<string>;
  /** Segments that the hub did not take, and when each is offered again, monotonic. They stay here until they are taken. */
  readonly refused: ReadonlyMap<string, number>;
  readonly credit: number;
  readonly isSlow: boolean;
  /** Nothing is asked before; monotonic. `hub`: it asked for the pause. */
  readonly pause: { readonly untilMs: number; readonly by: 'hub' | 'backoff' } | null;
  readonly failures: number;
};

export const UPLINK_AT_START: UplinkState = {
  heads: { kind: 'unknown' },
  announced: new Set(),
  announcing: null,
  underWay: new Set(),
  refused: new Map(),
  credit: 1,
  isSlow: false,
  pause: null,
  failures: 0,
};

export type UplinkInput =
  /** A segment was closed, or a pause is over. */
  | { readonly kind: 'look' }
  /** Somebody reached the hub: a backoff is over, a pause that the hub asked for is not. */
  | { readonly kind: 'line-up' }
  | { readonly kind: 'heads'; readonly heads: HeadsAnswer; readonly judgement: HeadsJudgement }
  | { readonly kind: 'announced'; readonly epoch: string }
  /** Acknowledged, and the journal knows it. */
  | {
      readonly kind: 'stored';
      readonly place: Place;
      readonly credit: number;
      readonly tookMs: number;
    }
  /** The receipt names another hub than the heads did, or the hub has no such epoch: heads must be asked again. */
  | { readonly kind: 'unsure'; readonly place: Place }
  /** Retention has removed it there, and the journal knows it. */
  | { readonly kind: 'erased'; readonly place: Place }
  | {
      readonly kind: 'refused';
      readonly place: Place;
      readonly isConflict: boolean;
      /** How long until it is offered again. */
      readonly againInMs: number;
    }
  /** A call came to nothing; `what` is what was asked. */
  | {
      readonly kind: 'failed';
      readonly what:
        | { readonly kind: 'heads' | 'announce' }
        | { readonly kind: 'segment'; readonly place: Place };
      readonly waitMs: number;
      readonly by: 'hub' | 'backoff';
    };

export type UplinkEffect =
  | { readonly kind: 'ask-heads' }
  | { readonly kind: 'announce'; readonly epoch: OwnEpoch }
  | { readonly kind: 'send'; readonly place: Place }
  /** To be done before any later effect of this or a later step. */
  | { readonly kind: 'judged'; readonly judgement: HeadsJudgement }
  /** The hub holds other bytes under the address of a segment of the current epoch. */
  | { readonly kind: 'start-conflict' }
  /** What it once refused the hub has now, or the journal needs a receipt for it no more. */
  | { readonly kind: 'none-refused' };

/**
 * One step of the uplink: heads first, then epochs, then segments, the newest before all others (docs/protocol.md). Pure;
 * `nowMs` is monotonic.
 */
export function stepUplink(
  state: UplinkState,
  input: UplinkInput,
  own: OwnJournal,
  nowMs: number,
): readonly [UplinkState, readonly UplinkEffect[]] {
  const [noted, effects] = note(state, input, own, nowMs);
  // What was judged may have made another journal of it: the next step looks at that one.
  if (effects.length > 0) return [noted, effects];
  const waiting = stillWaiting(noted, own);
  const [next, sent] = goOn(waiting, own, nowMs);
  const isNoneLeft = state.refused.size > 0 && waiting.refused.size === 0;
  return [next, isNoneLeft ? [{ kind: 'none-refused' }, ...sent] : sent];
}

/** When a step without any event is due, monotonic. */
export function nextStepMs(state: UplinkState): number {
  const { heads, pause, announcing, underWay, refused } = state;
  if (pause !== null) return pause.untilMs;
  // What is due beside something under way waits for its answer, which is an event.
  const isWaiting = heads.kind !== 'known' || announcing !== null || underWay.size > 0;
  if (isWaiting) return Number.POSITIVE_INFINITY;
  return Math.min(heads.askedMs + HEADS_EVERY_MS, ...refused.values());
}

function note(
  state: UplinkState,
  input: UplinkInput,
  own: OwnJournal,
  nowMs: number,
): readonly [UplinkState, readonly UplinkEffect[]] {
  switch (input.kind) {
    case 'look':
      return [state, []];
    case 'line-up':
      return [state.pause?.by === 'backoff' ? { ...state, pause: null } : state, []];
    case 'heads':
      return [
        {
          ...state,
          heads: { kind: 'known', hub: input.heads.hub, askedMs: nowMs },
          announced: new Set(input.heads.epochs.map(({ epoch }) => epoch)),
          failures: 0,
        },
        [{ kind: 'judged', judgement: input.judgement }],
      ];
    case 'announced':
      return [
        {
          ...state,
          announcing: null,
          announced: new Set([...state.announced, input.epoch]),
          failures: 0,
        },
        [],
      ];
    case 'stored':
      return [stored(taken(state, input.place), input, nowMs), []];
    case 'erased':
      return [{ ...taken(state, input.place), failures: 0 }, []];
    case 'unsure':
      return [{ ...without(state, input.place), heads: asUnknown(state) }, []];
    case 'refused':
      return refused(without(state, input.place), input, own, nowMs);
    case 'failed':
      return [failed(state, input, nowMs), []];
    default:
      return input satisfies never;
  }
}

function stored(
  state: UplinkState,
  { credit, tookMs }: { readonly credit: number; readonly tookMs: number },
  nowMs: number,
): UplinkState {
  const pause =
    credit === 0 ? ({ untilMs: nowMs + NO_CREDIT_PAUSE_MS, by: 'hub' } as const) : state.pause;
  return { ...state, credit, pause, isSlow: tookMs > SLOW_MS, failures: 0 };
}

function refused(
  state: UplinkState,
  { place, isConflict, againInMs }: Extract<UplinkInput, { kind: 'refused' }>,
  own: OwnJournal,
  nowMs: number,
): readonly [UplinkState, readonly UplinkEffect[]] {
  const again = new Map([...state.refused, [keyOf(place), nowMs + againInMs]]);
  const noted = { ...state, refused: again, failures: 0 };
  const isCurrent = own.epochs.at(-1)?.epoch === place.epoch;
  return [noted, isConflict && isCurrent ? [{ kind: 'start-conflict' }] : []];
}

function failed(
  state: UplinkState,
  { what, waitMs, by }: Extract<UplinkInput, { kind: 'failed' }>,
  nowMs: number,
): UplinkState {
  const before = what.kind === 'segment' ? without(state, what.place) : state;
  return {
    ...before,
    heads: what.kind === 'heads' ? { kind: 'unknown' } : before.heads,
    announcing: what.kind === 'announce' ? null : before.announcing,
    pause: { untilMs: Math.max(nowMs + waitMs, before.pause?.untilMs ?? 0), by },
    failures: before.failures + 1,
  };
}

function goOn(
  state: UplinkState,
  own: OwnJournal,
  nowMs: number,
): readonly [UplinkState, readonly UplinkEffect[]] {
  if (state.pause !== null && nowMs < state.pause.untilMs) return [state, []];
  const ready = { ...state, pause: null };
  const { heads } = ready;
  if (heads.kind === 'asking' || ready.announcing !== null) return [ready, []];
  if (heads.kind === 'unknown' || nowMs >= heads.askedMs + HEADS_EVERY_MS) {
    // What is under way was sent to the hub as it was: its receipts must not meet newer heads.
    if (ready.underWay.size > 0) return [ready, []];
    return [{ ...ready, heads: { kind: 'asking' } }, [{ kind: 'ask-heads' }]];
  }
  return send(ready, own, nowMs);
}

/** As many as credit allows; one place is kept for the newest, so that backfill gives way to it. */
function send(
  state: UplinkState,
  own: OwnJournal,
  nowMs: number,
): readonly [UplinkState, readonly UplinkEffect[]] {
  const wanted = chosen(state, own, nowMs);
  const strange = wanted.find(({ epoch }) => !state.announced.has(epoch));
  if (strange === undefined) {
    const underWay = new Set([...state.underWay, ...wanted.map(keyOf)]);
    return [{ ...state, underWay }, wanted.map((place) => ({ kind: 'send', place }))];
  }
  const epoch = own.epochs.find((each) => each.epoch === strange.epoch);
  if (epoch === undefined) return [state, []];
  return [{ ...state, announcing: strange.epoch }, [{ kind: 'announce', epoch }]];
}

function chosen(state: UplinkState, { unsent }: OwnJournal, nowMs: number): Place[] {
  const total = Math.max(1, state.credit);
  const backfill = state.isSlow ? 1 : Math.max(1, total - 1);
  const wanted: Place[] = [];
  for (const [index, place] of unsent.entries()) {
    const key = keyOf(place);
    if (state.underWay.has(key) || nowMs < (state.refused.get(key) ?? nowMs)) continue;
    const isNewest = index === 0;
    if (state.underWay.size + wanted.length >= (isNewest ? total : backfill)) break;
    wanted.push(place);
  }
  return wanted;
}

function without(state: UplinkState, place: Place): UplinkState {
  const underWay = new Set(state.underWay);
  underWay.delete(keyOf(place));
  return { ...state, underWay };
}

/** Not under way any more, nor refused. */
function taken(state: UplinkState, place: Place): UplinkState {
  const refused = new Map(state.refused);
  refused.delete(keyOf(place));
  return { ...without(state, place), refused };
}

/** What was refused and is not waiting any more has its receipt from elsewhere: a stick. */
function stillWaiting(state: UplinkState, { unsent, isAll }: OwnJournal): UplinkState {
  if (!isAll || state.refused.size === 0) return state;
  const waiting = new Set(unsent.map(keyOf));
  const refused = new Map([...state.refused].filter(([key]) => waiting.has(key)));
  return refused.size === state.refused.size ? state : { ...state, refused };
}

function asUnknown({ heads }: UplinkState): UplinkState['heads'] {
  return heads.kind === 'asking' ? heads : { kind: 'unknown' };
}
