import { useEffect, useState } from 'preact/hooks';
import type { AimView } from '../../src/station/aim/aim-shapes.ts';
import type { PageClock } from '../shared/page-clock.ts';
import { AimPage } from './aim-page.tsx';
import { Said } from './said.tsx';

const EVERY_MS = 250;
/** Figures that are older are nobody's: the page then says so instead. */
const GONE_MS = 2_000;

/** Vietnamese first, English beneath: whoever puts up cameras may be either. */
export function AimApp({ clock }: { readonly clock: PageClock }) {
  const [aim, setAim] = useState<AimView | null | 'gone'>(null);
  useEffect(() => followAim(clock, setAim), [clock]);
  if (aim !== null && aim !== 'gone') return <AimPage aim={aim} />;
  return (
    <main class="aim-empty">
      <h1>
        <Said text="aim.title" />
      </h1>
      <p role="status">
        <Said text={aim === null ? 'aim.loading' : 'aim.gone'} />
      </p>
    </main>
  );
}

/** One question at a time, so that no older answer comes last, over whatever line; the answer ends it. */
function followAim(clock: PageClock, show: (aim: AimView | 'gone') => void): () => void {
  let isEnded = false;
  let stopWaiting = () => {};
  let heardMs = clock.monoMs();
  const ask = async () => {
    const aim = await loadAim(clock);
    if (isEnded) return;
    if (typeof aim === 'object') {
      heardMs = clock.monoMs();
      show(aim);
    } else if (aim === 'refused' || clock.monoMs() - heardMs >= GONE_MS) show('gone');
    stopWaiting = clock.after(EVERY_MS, () => void ask());
  };
  void ask();
  return () => {
    isEnded = true;
    stopWaiting();
  };
}

async function loadAim(clock: PageClock): Promise<AimView | 'refused' | 'silent'> {
  const late = new AbortController();
  const done = clock.after(GONE_MS, () => late.abort());
  try {
    const headers = { accept: 'application/json' };
    const answer = await fetch('/api/aim', { headers, signal: late.signal });
    return answer.ok ? ((await answer.json()) as AimView) : 'refused';
  } catch {
    return 'silent';
  } finally {
    done();
  }
}
