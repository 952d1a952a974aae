import { useEffect, useMemo, useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { StationView } from '../../../src/station/http/shapes.ts';
import type { PageClock } from '../../shared/page-clock.ts';
import { translator } from '../../texts/texts.ts';
import { listenKeys } from '../input/listen-keys.ts';
import { type Theme, themeByLight } from '../show/theme-by-light.ts';
import { httpApi, loadStation } from '../state/station-api.ts';
import { isDead, type StationState, wallNow } from '../state/station-state.ts';
import { ClosedPage } from './closed-page.tsx';
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts';
import { StationScreen } from './station-screen.tsx';
import { KeyRouter, type Ui, UiContext } from './ui.ts';
import { useSounds } from './use-sounds.ts';
import { useStationFeed } from './use-station-feed.ts';

const RETRY_MS = 2_000;

/** The staff screen: opened by a session, fed by the station's events. */
export function App({ clock }: { readonly clock: PageClock }) {
  const { station, closed, reload } = useStation(clock);
  const { state, monoMs } = useStationFeed(clock, station !== null, reload);
  const [preferences, prefer] = usePreferences();
  const sound = useSounds(state, preferences.sound);
  const keys = useMemo(() => new KeyRouter(), []);
  const t = useMemo(() => translator(preferences.language), [preferences.language]);

  useEffect(() => listenKeys(window, clock, (pressed) => keys.route(pressed)), [clock, keys]);
  useTheme(preferences, state);
  useEffect(() => {
    document.documentElement.lang = preferences.language;
    document.title = t('app.title');
  }, [preferences.language, t]);

  const ui: Ui = {
    t,
    language: preferences.language,
    clock,
    api: httpApi,
    keys,
    preferences,
    prefer,
    sound,
    previewUrl: (lane) => `/api/v1/lanes/${encodeURIComponent(lane)}/preview`,
    photoUrl: (lane, photo) =>
      `/api/v1/lanes/${encodeURIComponent(lane)}/photos/${encodeURIComponent(photo)}`,
  };
  return (
    <UiContext.Provider value={ui}>
      {closed ? (
        <ClosedPage />
      ) : (
        <StationScreen
          station={station}
          lanes={shownLanes(station, state, new URLSearchParams(location.search).get('lanes'))}
          dead={isDead(state, monoMs)}
          heard={state.beatMonoMs !== null}
          monoMs={monoMs}
          nowMs={wallNow(state, monoMs) ?? 0}
        />
      )}
    </UiContext.Provider>
  );
}

/** At most two lanes a screen: those the address names, `?lanes=in-1,in-2`, else the first ones. */
const LANES_MAX = 2;

function shownLanes(station: StationView | null, state: StationState, wanted: string | null) {
  const order = station?.lanes.map(({ id }) => id) ?? [...state.lanes.keys()];
  const named = wanted?.split(',').filter((id) => order.includes(id)) ?? [];
  return (named.length > 0 ? named : order)
    .slice(0, LANES_MAX)
    .flatMap((id) => state.lanes.get(id) ?? []);
}

function useStation(clock: PageClock) {
  const [station, setStation] = useState<StationView | null>(null);
  const [closed, setClosed] = useState(false);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let cancel = () => {};
    let gone = false;
    const load = async () => {
      const answer = await loadStation();
      if (gone) return;
      setClosed(answer === 'closed');
      if (answer === 'closed') return;
      if (answer === 'unreachable') cancel = clock.after(RETRY_MS, () => void load());
      else setStation(answer);
    };
    void load();
    return () => {
      gone = true;
      cancel();
    };
  }, [clock, asked]);
  return { station, closed, reload: () => setAsked((times) => times + 1) };
}

function usePreferences(): [Preferences, (change: Partial<Preferences>) => void] {
  const [preferences, setPreferences] = useState(() => loadPreferences(localStorage));
  const prefer = (change: Partial<Preferences>) => {
    setPreferences((before) => {
      const after = { ...before, ...change };
      savePreferences(localStorage, after);
      return after;
    });
  };
  return [preferences, prefer];
}

function useTheme({ theme }: Preferences, { lanes }: StationState): void {
  const [byLight, setByLight] = useState<Theme>('light');
  const luminance = darkest([...lanes.values()].map(({ view }) => view));
  useEffect(() => {
    const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    setByLight((before) => themeByLight(before, luminance, preferred));
  }, [luminance]);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme === 'auto' ? byLight : theme;
  }, [theme, byLight]);
}

function darkest(lanes: readonly LaneView[]): number | null {
  const measured = lanes.flatMap(({ luminance }) => luminance ?? []);
  return measured.length === 0 ? null : Math.min(...measured);
}
