import type { ComponentChildren } from 'preact';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { Glyph } from '../../shared/glyph.tsx';
import type { Face } from '../show/face.ts';
import { useUi } from './ui.ts';

type Props = {
  readonly lanes: readonly { readonly view: LaneView; readonly face: Face }[];
  readonly active: string;
  readonly onChoose: (lane: string) => void;
  readonly children: ComponentChildren;
};

/** Where two lanes do not fit side by side one is shown, and the other's shape and word stay in sight here. */
export function LaneTabs({ lanes, active, onChoose, children }: Props) {
  const { t } = useUi();
  return (
    <header class="top-bar">
      <div class="lane-tabs">
        {lanes.map(({ view, face }) => (
          <button
            key={view.id}
            type="button"
            class="lane-tab"
            data-tone={face.tone}
            aria-pressed={view.id === active}
            aria-label={t('lane.switch', { name: view.name, state: face.word })}
            onClick={() => onChoose(view.id)}
          >
            <Glyph name={face.glyph} />
            <span class="lane-tab-name">{view.name}</span>
            <span class="lane-tab-word">{face.word}</span>
          </button>
        ))}
      </div>
      <div class="globals">{children}</div>
    </header>
  );
}
