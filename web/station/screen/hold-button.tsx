import { useEffect, useRef, useState } from 'preact/hooks';
import { useUi } from './ui.ts';

const HOLD_MS = 1_000;
const AGAIN_MS = 4_000;

type Props = { readonly label: string; readonly onHeld: () => void };

/**
 * Acts when held for a second, so that no brushing sleeve does it. From the keyboard or by assistive technology, where
 * nothing can be held, it is pressed twice.
 */
export function HoldButton({ label, onHeld }: Props) {
  const { t, clock } = useUi();
  const [state, setState] = useState<'idle' | 'holding' | 'armed'>('idle');
  const cancel = useRef(() => {});
  useEffect(() => () => cancel.current(), []);

  const hold = () => {
    cancel.current();
    setState('holding');
    cancel.current = clock.after(HOLD_MS, () => {
      setState('idle');
      onHeld();
    });
  };
  const letGo = () => {
    if (state !== 'holding') return;
    cancel.current();
    setState('idle');
  };
  const press = (event: MouseEvent) => {
    // A finger's click ends a hold; only a click that no pointer made counts.
    if (event.detail !== 0) return;
    cancel.current();
    if (state === 'armed') {
      setState('idle');
      onHeld();
      return;
    }
    setState('armed');
    cancel.current = clock.after(AGAIN_MS, () => setState('idle'));
  };
  return (
    <button
      type="button"
      class="action hold"
      data-state={state}
      onPointerDown={hold}
      onPointerUp={letGo}
      onPointerLeave={letGo}
      onPointerCancel={letGo}
      onContextMenu={(event) => event.preventDefault()}
      onClick={press}
    >
      <span>{label}</span>
      <small>{t(state === 'armed' ? 'action.again' : 'action.hold')}</small>
    </button>
  );
}
