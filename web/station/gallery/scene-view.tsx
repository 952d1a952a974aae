import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageClock } from '../../shared/page-clock.ts';
import { type Language, translator } from '../../texts/texts.ts';
import { listenKeys } from '../input/listen-keys.ts';
import { PasserPage } from '../passer/passer-page.tsx';
import { ClosedPage } from '../screen/closed-page.tsx';
import { DEFAULT_PREFERENCES, type Preferences } from '../screen/preferences.ts';
import { StationScreen } from '../screen/station-screen.tsx';
import { KeyRouter, type Ui, UiContext } from '../screen/ui.ts';
import type { StationApi } from '../state/station-api.ts';
import { OPENINGS } from './openings.ts';
import { NOW_MS } from './people.ts';
import type { Scene } from './scene.ts';

const OFFICERS = [
  { id: 'mau', name: 'Thượng úy Mẫu' },
  { id: 'vi-du', name: 'Trung sĩ Ví Dụ' },
  { id: 'thu', name: 'Y sĩ Thử' },
];

/** As long as a station's own is likely to be. */
const NOTICE = {
  demo: true,
  legalBasis: 'Quyết định mẫu số 00/QĐ-UBND ngày 01/01/2026',
  retentionDays: 21,
  phone: '024 0000 0000',
};

type Props = {
  readonly scene: Scene;
  readonly language: Language;
  readonly clock: PageClock;
  readonly theme: string;
};

/** One state, standing still: nothing is asked of a station, what would be asked is told in the page's title. */
export function SceneView({ scene, language, clock, theme }: Props) {
  const [changed, setChanged] = useState<Partial<Preferences>>({});
  const keys = useMemo(() => new KeyRouter(), []);
  useEffect(() => listenKeys(window, clock, (pressed) => keys.route(pressed)), [clock, keys]);
  const preferences = { ...DEFAULT_PREFERENCES, language, ...changed };
  useEffect(() => {
    document.documentElement.dataset['theme'] =
      changed.theme === undefined || changed.theme === 'auto' ? theme : changed.theme;
  }, [changed.theme, theme]);
  const ui: Ui = {
    t: translator(preferences.language),
    language: preferences.language,
    clock,
    api: TELLING,
    keys,
    preferences,
    prefer: (change) => setChanged((before) => ({ ...before, ...change })),
    sound: preferences.sound ? 'on' : 'off',
    previewUrl: () => '/gate.svg',
    photoUrl: () => '/portrait.svg',
  };
  return <UiContext.Provider value={ui}>{partOf(scene)}</UiContext.Provider>;
}

function partOf(scene: Scene) {
  if (scene.page === 'closed-page') return <ClosedPage />;
  if (scene.page === 'passer')
    return <PasserPage outward={scene.outward} hint={scene.hint} notice={NOTICE} />;
  return (
    <StationScreen
      station={{ officers: OFFICERS, software: '0.1.0' }}
      lanes={scene.lanes.map((view) => ({ view, receivedMonoMs: 0 }))}
      dead={scene.line === 'dead'}
      heard={scene.line !== 'connecting'}
      monoMs={0}
      nowMs={NOW_MS}
      sheet={scene.sheet}
    />
  );
}

/** Takes everything and does nothing; the title tells what was asked, for whoever tries the buttons. */
const TELLING: StationApi = {
  act: (_lane, { action, ordinal, reason }) => told(`act ${action} ${ordinal} ${reason}`),
  present: (_lane, text, via) => told(`present ${via} ${text.length}`),
  enterLine: (_lane, slip, number) =>
    told(`line ${slip} ${number === null ? 'without' : 'with'} number`),
  signIn: (_lane, officer) => told(`officer ${officer}`),
  openings: () => Promise.resolve(OPENINGS),
};

function told(what: string): Promise<null> {
  document.title = what;
  return Promise.resolve(null);
}
