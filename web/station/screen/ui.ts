import { createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import type { PageClock } from '../../shared/page-clock.ts';
import type { Language, Translate } from '../../texts/texts.ts';
import type { Pressed } from '../input/key-gate.ts';
import type { StationApi } from '../state/station-api.ts';
import type { Preferences } from './preferences.ts';
import type { SoundState } from './sound.ts';

type KeyHandler = (pressed: Pressed) => boolean;

/** Who gets a key: the handler that came last and wants it. */
export class KeyRouter {
  readonly #handlers: KeyHandler[] = [];

  add(handler: KeyHandler): () => void {
    this.#handlers.push(handler);
    return () => {
      this.#handlers.splice(this.#handlers.indexOf(handler), 1);
    };
  }

  route(pressed: Pressed): void {
    for (const handler of [...this.#handlers].reverse()) if (handler(pressed)) return;
  }
}

/** What every part of the screen may use. */
export type Ui = {
  readonly t: Translate;
  readonly language: Language;
  readonly clock: PageClock;
  readonly api: StationApi;
  readonly keys: KeyRouter;
  readonly preferences: Preferences;
  readonly prefer: (change: Partial<Preferences>) => void;
  readonly sound: SoundState;
  /** Address of a lane's camera pictures; null where there are none to show. */
  readonly previewUrl: (lane: string) => string | null;
  /** Address of a photograph that a card's chip gave. */
  readonly photoUrl: (lane: string, photo: string) => string;
};

export const UiContext = createContext<Ui | null>(null);

/** Whether the lane around is one of a demo, which every layer over it says too (security C4). */
export const DemoContext = createContext(false);

export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (ui === null) throw new Error('expected a UiContext around every part of the screen');
  return ui;
}

/** Hands keys to `handler` while the part is there; it answers whether it took the key. */
export function useKeys(handler: KeyHandler): void {
  const { keys } = useUi();
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => keys.add((pressed) => latest.current(pressed)), [keys]);
}
