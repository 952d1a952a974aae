import { useCallback, useEffect, useState } from 'preact/hooks';
import type { AimView } from '../../src/station/aim/aim-shapes.ts';
import type { PageClock } from '../shared/page-clock.ts';
import { translator } from '../texts/texts.ts';
import { AimPage } from './aim-page.tsx';

const EVERY_MS = 250;

/** Vietnamese first, English beneath: whoever puts up cameras may be either. */
export function AimApp({ clock }: { readonly clock: PageClock }) {
  const [aim, setAim] = useState<AimView | null | 'gone'>(null);
  const refresh = useCallback(async () => setAim((await loadAim()) ?? 'gone'), []);
  useEffect(() => clock.every(EVERY_MS, () => void refresh()), [clock, refresh]);
  const vi = translator('vi');
  if (aim === null) return <p class="aim-empty">{vi('aim.loading')}</p>;
  if (aim === 'gone') return <p class="aim-empty">{vi('aim.gone')}</p>;
  return <AimPage aim={aim} />;
}

/** Null when the command has ended. */
async function loadAim(): Promise<AimView | null> {
  try {
    const answer = await fetch('/api/aim', { headers: { accept: 'application/json' } });
    return answer.ok ? ((await answer.json()) as AimView) : null;
  } catch {
    return null;
  }
}
