import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { DemoContext, useUi } from './ui.ts';

type Props = {
  readonly title: string;
  /** `low` leaves the answer in sight above it. */
  readonly height: 'low' | 'full';
  readonly onClose: () => void;
  readonly children: ComponentChildren;
};

/** Something laid over one lane. The other lane, and the line, go on underneath. */
export function Sheet({ title, height, onClose, children }: Props) {
  const { t } = useUi();
  const demo = useContext(DemoContext);
  const titleId = useId();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <div
      ref={element}
      class="sheet"
      data-height={height}
      role="dialog"
      aria-labelledby={titleId}
      tabIndex={-1}
    >
      <div class="sheet-head">
        <h2 id={titleId}>{title}</h2>
        {demo && <strong class="badge">{t('app.demo')}</strong>}
        <button
          type="button"
          class="icon-button sheet-close"
          aria-label={t('action.close')}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="sheet-body">{children}</div>
    </div>
  );
}
