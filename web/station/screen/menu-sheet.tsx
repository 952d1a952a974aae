import { useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { StaffAction } from '../../../src/station/http/shapes.ts';
import { CLOSE_REASONS, RELEASE_REASONS } from '../show/actions.ts';
import { HoldButton } from './hold-button.tsx';
import { ReasonButtons } from './reason-sheet.tsx';
import { Sheet } from './sheet.tsx';
import { useUi } from './ui.ts';

const THEMES = ['auto', 'light', 'dark', 'night'] as const;

type Props = {
  readonly mode: LaneView['mode'];
  readonly software: string;
  readonly onAct: (action: StaffAction) => void;
  readonly onClose: () => void;
};

type Held = { readonly action: 'mode-release' | 'mode-closed' };

/** The lane's mode, each held for a second and then given its reason, and the panel's own looks. */
export function MenuSheet({ mode, software, onAct, onClose }: Props) {
  const { t } = useUi();
  const [held, setHeld] = useState<Held | null>(null);
  if (held !== null) {
    return (
      <Sheet
        title={t('sheet.reason', { action: t(`action.${held.action}`) })}
        height="full"
        onClose={onClose}
      >
        <ReasonButtons
          reasons={held.action === 'mode-release' ? RELEASE_REASONS : CLOSE_REASONS}
          onChoose={(reason) => onAct({ action: held.action, ordinal: null, reason })}
        />
      </Sheet>
    );
  }
  return (
    <Sheet title={t('sheet.menu')} height="full" onClose={onClose}>
      <section class="menu-group" aria-label={t('menu.modes')}>
        <h3>{t('menu.modes')}</h3>
        <div class="menu-row">
          {mode !== 'release' && (
            <HoldButton
              label={t('action.mode-release')}
              onHeld={() => setHeld({ action: 'mode-release' })}
            />
          )}
          {mode !== 'closed' && (
            <HoldButton
              label={t('action.mode-closed')}
              onHeld={() => setHeld({ action: 'mode-closed' })}
            />
          )}
          {mode !== 'normal' && (
            <button
              type="button"
              class="action"
              onClick={() => onAct({ action: 'mode-normal', ordinal: null, reason: 'resume' })}
            >
              {t(mode === 'closed' ? 'action.reopen' : 'action.mode-normal')}
            </button>
          )}
        </div>
      </section>
      <Looks />
      <p class="sheet-text menu-about">{t('menu.about', { software })}</p>
    </Sheet>
  );
}

function Looks() {
  const { t, preferences, prefer, sound } = useUi();
  return (
    <>
      <section class="menu-group" aria-label={t('menu.theme')}>
        <h3>{t('menu.theme')}</h3>
        <div class="menu-row">
          {THEMES.map((theme) => (
            <button
              key={theme}
              type="button"
              class="action"
              aria-pressed={preferences.theme === theme}
              onClick={() => prefer({ theme })}
            >
              {t(`theme.${theme}`)}
            </button>
          ))}
        </div>
      </section>
      <section class="menu-group menu-pair">
        <div>
          <h3>{t('menu.sound')}</h3>
          <button
            type="button"
            class="action"
            aria-pressed={preferences.sound}
            onClick={() => prefer({ sound: !preferences.sound })}
          >
            {t(`sound.${sound}`)}
          </button>
        </div>
        <div>
          <h3>{t('menu.language')}</h3>
          <button
            type="button"
            class="action"
            lang={preferences.language === 'vi' ? 'en' : 'vi'}
            onClick={() => prefer({ language: preferences.language === 'vi' ? 'en' : 'vi' })}
          >
            {t('menu.language.other')}
          </button>
        </div>
      </section>
    </>
  );
}
