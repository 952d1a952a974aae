import { useEffect, useState } from 'preact/hooks';
import type { NoticeView } from '../../../src/station/http/shapes.ts';
import type { PageClock } from '../../shared/page-clock.ts';
import { DEAD_MS } from '../state/station-state.ts';
import { type Outward, openOutward } from './outward-feed.ts';
import { PasserPage } from './passer-page.tsx';
import { type Steady, steadyHint } from './steady-hint.ts';

const TICK_MS = 250;

type Props = { readonly lane: string; readonly clock: PageClock };

/** The page of one lane, `/passer/{lane}`. Without a line it asks to wait, as with any doubt. */
export function PasserApp({ lane, clock }: Props) {
  const [told, setTold] = useState<Outward | null>(null);
  const [notice, setNotice] = useState<NoticeView | null>(null);
  const [beatMs, setBeatMs] = useState<number | null>(null);
  const [nowMs, setNowMs] = useState(() => clock.monoMs());
  const [steady, setSteady] = useState<Steady>({ hint: null, sinceMs: 0 });

  useEffect(
    () =>
      openOutward(lane, clock, {
        onOutward: setTold,
        onNotice: setNotice,
        onBeat: () => {
          setBeatMs(clock.monoMs());
          setNowMs(clock.monoMs());
        },
      }),
    [lane, clock],
  );
  useEffect(() => clock.every(TICK_MS, () => setNowMs(clock.monoMs())), [clock]);
  useEffect(() => {
    setSteady((before) => steadyHint(before, told?.hint ?? null, nowMs));
  }, [told, nowMs]);

  const dead = told === null || beatMs === null || nowMs - beatMs >= DEAD_MS;
  return <PasserPage outward={dead ? 'dead' : told.outward} hint={steady.hint} notice={notice} />;
}
