import { join } from 'node:path';
import { type DemoCast, demoCast } from '../../fixtures/demo/cast.ts';
import { DEMO_FORMAT, renderDemoVideo } from '../../fixtures/demo/film.ts';
import { demoTimeline } from '../../fixtures/demo/timeline.ts';
import type { Expected } from './round.ts';

/** What the demo's camera will see, and what must come of it. */
export type Film = {
  readonly file: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerS: number;
  readonly lengthMs: number;
  /** One sentence a guest, in order of appearance. */
  readonly guests: readonly string[];
  readonly cast: DemoCast;
  /** Register files as an operator would import them. */
  readonly registers: Readonly<Record<string, string>>;
};

type FilmOptions = {
  readonly folder: string;
  readonly seed: number;
  /** Calendar day on which the lists are of now. */
  readonly today: number;
  readonly signal: AbortSignal;
};

export async function makeFilm({ folder, seed, today, signal }: FilmOptions): Promise<Film> {
  const cast = demoCast(seed, today);
  const file = join(folder, 'gate.mp4');
  await renderDemoVideo(cast, file, DEMO_FORMAT, signal);
  return {
    file,
    widthPx: DEMO_FORMAT.width,
    heightPx: DEMO_FORMAT.height,
    framesPerS: DEMO_FORMAT.framesPerS,
    lengthMs: demoTimeline(cast).lengthMs,
    guests: cast.guests.map(({ about }) => about),
    cast,
    registers: cast.registers,
  };
}

/** What each guest leads to; one whose code somebody must scan leads to nothing where there is no scanner. */
export function scriptOf({ guests }: DemoCast, canScan: boolean): readonly Expected[] {
  return guests.flatMap(({ expected, scanned }) =>
    expected === null || (scanned !== null && !canScan) ? [] : [expected],
  );
}

/** What is read with the hand scanner, in its order. */
export function codesOf({ guests }: DemoCast): readonly string[] {
  return guests.flatMap(({ scanned }) => (scanned === null ? [] : [scanned]));
}
