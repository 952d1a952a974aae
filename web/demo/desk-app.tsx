import { useCallback, useEffect, useState } from 'preact/hooks';
import type { DeskView } from '../../src/demo/desk/desk-shapes.ts';
import type { PageClock } from '../shared/page-clock.ts';
import { translator } from '../texts/texts.ts';
import { loadDesk, setGate, setLine, setPublished } from './desk-api.ts';
import { DeskPage } from './desk-page.tsx';

const EVERY_MS = 1_000;

/** Vietnamese first, English beneath: a visitor of the demo may be either. */
export function DeskApp({ clock }: { readonly clock: PageClock }) {
  const [desk, setDesk] = useState<DeskView | null | 'gone'>(null);
  const [busy, setBusy] = useState(false);
  const refresh = useCallback(async () => setDesk((await loadDesk()) ?? 'gone'), []);
  useEffect(() => {
    void refresh();
    return clock.every(EVERY_MS, () => void refresh());
  }, [clock, refresh]);
  const doing = (act: () => Promise<boolean>) => () => {
    setBusy(true);
    void act()
      .then(refresh)
      .finally(() => setBusy(false));
  };
  const vi = translator('vi');
  if (desk === null) return <p class="desk-empty">{vi('desk.loading')}</p>;
  if (desk === 'gone') return <p class="desk-empty">{vi('desk.gone')}</p>;
  return (
    <DeskPage
      desk={desk}
      busy={busy}
      onLine={(cut) => doing(() => setLine(cut))()}
      onGate={(action) => doing(() => setGate(action))()}
      onPublished={(person, published) => doing(() => setPublished(person, published))()}
    />
  );
}
