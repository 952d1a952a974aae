import type { LaneInput, Sighting } from './lane-input.ts';
import { IN_VIEW_MAX, REAPPEAR_MS } from './lane-settings.ts';
import type { InView } from './lane-state.ts';
import { countCrossing } from './on-staff-lane.ts';
import type { Turn } from './turn.ts';

type DeviceInput = Extract<
  LaneInput,
  { kind: 'code-left' | 'camera' | 'hint' | 'luminance' | 'crossing' | 'left-lane' | 'barrier' }
>;

/** What cameras and loops tell besides documents. */
export function onDevice(turn: Turn, input: DeviceInput): void {
  switch (input.kind) {
    case 'code-left':
      onCodeLeft(turn, input.sighting);
      break;
    case 'camera':
      onCamera(turn, input.deviceId, input.online);
      break;
    case 'hint':
      onHint(turn, input.word);
      break;
    case 'luminance':
      turn.set({ luminance: input.mean });
      break;
    case 'crossing':
      if (!countCrossing(turn)) turn.tell({ event: 'crossing-unexplained' });
      break;
    case 'left-lane':
      countCrossing(turn);
      break;
    case 'barrier':
      onBarrier(turn, input);
      break;
    default:
      input satisfies never;
  }
}

/** Records whatever opened or touched the barrier besides passages and staff; it opens by its button without us. */
function onBarrier(turn: Turn, { alarm, on }: Extract<DeviceInput, { kind: 'barrier' }>): void {
  const { barrier, officer } = turn.state;
  if (alarm !== 'moved' && barrier[alarm] === on) return;
  const [action, reason] = BARRIER_ACTIONS[alarm][on ? 'on' : 'off'];
  turn.record({ type: 'action', passage: null, action, reason, officer });
  if (alarm === 'moved') {
    turn.set({ barrier: { ...barrier, movedAtMs: turn.at.wallMs } });
    turn.tell({ event: 'barrier-moved' });
    return;
  }
  turn.set({ barrier: { ...barrier, [alarm]: on } });
  if (!on) return;
  if (alarm === 'emergency') turn.set({ emergencyAtMs: turn.at.wallMs });
  turn.tell({ event: alarm === 'emergency' ? 'emergency-open' : 'barrier-tamper' });
}

/** What the journal calls them. */
const BARRIER_ACTIONS = {
  emergency: { on: ['emergency-button', 'pressed'], off: ['emergency-button', 'released'] },
  tamper: { on: ['barrier-tamper', 'opened'], off: ['barrier-tamper', 'closed'] },
  moved: { on: ['opened-by-hand', 'no-order'], off: ['opened-by-hand', 'no-order'] },
} as const;

function onCodeLeft(turn: Turn, { deviceId, track }: Sighting): void {
  forget(turn, (seen) => seen.deviceId === deviceId && seen.track === track);
}

/** A camera that is out sees nothing; typed passages say so (security A6). */
function onCamera(turn: Turn, deviceId: string, online: boolean): void {
  const others = turn.state.camerasOut.filter((id) => id !== deviceId);
  if (online) {
    if (others.length !== turn.state.camerasOut.length) turn.set({ camerasOut: others });
    return;
  }
  forget(turn, (seen) => seen.deviceId === deviceId);
  turn.set({ camerasOut: [...others, deviceId], hint: null });
}

/** Why nothing is read yet; measured from the first word on, because the words change while somebody tries. */
function onHint(turn: Turn, word: string | null): void {
  const { hint } = turn.state;
  if (hint?.word === word || (hint === null && word === null)) return;
  const sinceMonoMs = hint?.sinceMonoMs ?? turn.at.monoMs;
  turn.set({ hint: word === null ? null : { word, sinceMonoMs } });
}

function forget(turn: Turn, leaves: (seen: InView) => boolean): void {
  const left = turn.state.inView.filter(leaves);
  if (left.length === 0) return;
  const { monoMs } = turn.at;
  const recent = turn.state.justLeft.filter(({ atMonoMs }) => monoMs - atMonoMs < REAPPEAR_MS);
  const gone = left.flatMap(({ key }) => (key === null ? [] : { key, atMonoMs: monoMs }));
  turn.set({
    inView: turn.state.inView.filter((seen) => !leaves(seen)),
    justLeft: [...recent, ...gone].slice(-IN_VIEW_MAX),
  });
  for (const { ordinal } of left) {
    const passage = turn.passage(ordinal);
    if (passage !== null) turn.put({ ...passage, seenMonoMs: monoMs });
  }
}
