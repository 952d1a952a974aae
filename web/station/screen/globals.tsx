import { clockSeconds } from '../../shared/dates.ts';
import { Figures } from '../../shared/figures.tsx';
import { Icon } from './icons.tsx';
import { useUi } from './ui.ts';

type Props = {
  /** Null while the line is dead: a clock that stands still would look alive. */
  readonly nowMs: number | null;
  readonly demo: boolean;
};

/** What belongs to the screen rather than to a lane: the station's time, the demo's mark, and whether it can be heard. */
export function Globals({ nowMs, demo }: Props) {
  const { t, sound, preferences, prefer } = useUi();
  const label = t('sound.label', { state: t(`sound.${sound}`) });
  return (
    <>
      {demo && <strong class="badge badge-demo">{t('app.demo')}</strong>}
      <span class="clock">
        <span class="unseen">{t('clock.label')}: </span>
        <Figures text={nowMs === null ? '--:--:--' : clockSeconds(nowMs)} />
      </span>
      <button
        type="button"
        class="icon-button"
        data-sound={sound}
        aria-label={label}
        title={label}
        onClick={() => prefer({ sound: sound === 'blocked' ? true : !preferences.sound })}
      >
        <Icon name={`sound-${sound}`} />
      </button>
    </>
  );
}
