import type { GreyFrame } from '../../ports/frame-source.ts';
import type { LaneView, RecentView } from './lane-shape.ts';
import type { LaneOpeningsView } from './openings-shape.ts';
import type { BoardView, NoticeView, OfficerView, SelfTestView, StaffAction } from './shapes.ts';

/** Why something was not done; the page has words for the code. */
export type Refusal = { readonly code: string; readonly message: string };

export type PresentedVia = 'typed' | 'wedge' | 'api';

/** What HTTP may know of, and do with, one lane. */
export interface LanePort {
  readonly id: string;
  /** What its passer's page says about itself. */
  readonly notice: NoticeView;
  view(): LaneView;
  /** What opened without a passage, and whom staff let go against the rules, by shift. */
  openings(): LaneOpeningsView;
  /** Takes a text from a keypad, wedge or software scanner; what becomes of it is told by the lane's events. */
  present(text: string, via: PresentedVia): void;
  act(action: StaffAction): Refusal | null;
  /** Enters a line of the paper book afterwards; `number` null: the person has none. */
  reconcile(slip: string, number: string | null): Refusal | null;
  /** Null signs out. */
  signIn(officer: string | null, pin: string | null): Promise<Refusal | null>;
  /** The photograph from the chip, a JPEG, while it is shown, by the name that the view gives; null for any other. */
  photo(name: string): Uint8Array | null;
  /** Frames while `signal` lives, newest first and none twice; nothing is kept. */
  frames(signal: AbortSignal): AsyncIterable<GreyFrame>;
}

export type Readiness = {
  /** What makes the station unfit to work, as codes; empty when it is ready. */
  readonly problems: readonly string[];
  /** What will, unless somebody sees to it. */
  readonly warnings: readonly string[];
};

/** What HTTP may know of the station. */
export interface StationPort {
  readonly id: string;
  readonly software: string;
  readonly demo: boolean;
  /** Names this start of the daemon; history of another start is not replayed. */
  readonly boot: string;
  readonly lanes: readonly LanePort[];
  officers(): readonly OfficerView[];
  readiness(): Readiness;
  selfTest(): SelfTestView;
  boards(): readonly BoardView[];
  onLane(listener: (lane: LaneView) => void): () => void;
  onHistory(listener: (lane: string, row: RecentView) => void): () => void;
}
