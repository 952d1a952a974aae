import { useEffect, useRef, useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { cueOf } from '../show/sound-cue.ts';
import type { StationState } from '../state/station-state.ts';
import { type SoundState, Sounds } from './sound.ts';

/** Plays each lane's go and wait, and says whether anybody can hear them. */
export function useSounds({ lanes }: StationState, wanted: boolean): SoundState {
  const [, redraw] = useState(0);
  const sounds = useRef<Sounds | null>(null);
  sounds.current ??= new Sounds(() => redraw((times) => times + 1));
  const player = sounds.current;
  const heard = useRef<ReadonlyMap<string, LaneView>>(new Map());

  useEffect(() => {
    const wake = () => player.wake();
    window.addEventListener('pointerdown', wake, true);
    return () => window.removeEventListener('pointerdown', wake, true);
  }, [player]);

  useEffect(() => {
    for (const [id, { view }] of lanes) {
      const cue =
        heard.current.get(id) === view ? null : cueOf(heard.current.get(id) ?? null, view);
      if (cue !== null && wanted) player.play(cue);
    }
    heard.current = new Map([...lanes].map(([id, { view }]) => [id, view]));
  }, [lanes, player, wanted]);

  if (!wanted) return 'off';
  return player.blocked ? 'blocked' : 'on';
}
