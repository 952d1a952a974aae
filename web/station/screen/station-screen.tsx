import { useState } from 'preact/hooks';
import type { StationView } from '../../../src/station/http/shapes.ts';
import type { HostKeyboard } from '../input/key-gate.ts';
import { connectingFace, deadFace, faceOf } from '../show/face.ts';
import type { LaneNow } from '../state/station-state.ts';
import { FacePanel } from './face-panel.tsx';
import { Globals } from './globals.tsx';
import { LanePanel, type SheetName } from './lane-panel.tsx';
import { LaneTabs } from './lane-tabs.tsx';
import { useKeys, useUi } from './ui.ts';

type Props = {
  readonly station: Pick<StationView, 'officers' | 'software'> | null;
  readonly lanes: readonly LaneNow[];
  readonly dead: boolean;
  /** Whether a beat was ever heard: before that the page is connecting, afterwards it is cut off. */
  readonly heard: boolean;
  readonly monoMs: number;
  /** The station's time, ms since 1970 UTC. */
  readonly nowMs: number;
  /** A sheet that is open from the start, for the gallery. */
  readonly sheet?: SheetName | null;
};

/** One or two lanes, filling whatever room there is. */
export function StationScreen(props: Props) {
  const { station, lanes, dead, heard, monoMs, nowMs, sheet = null } = props;
  const { t, api } = useUi();
  const [active, setActive] = useState<string | null>(null);
  const [keyboard, setKeyboard] = useState<HostKeyboard>('us');
  const front = lanes.find(({ view }) => view.id === active) ?? lanes[0];
  // A wedge is no keyboard: whatever it types is shown to the lane that staff touched last.
  useKeys((pressed) => {
    if (pressed.kind === 'activate') pressFocused();
    if (pressed.kind === 'scan' && front !== undefined) {
      setKeyboard(pressed.keyboard);
      void api.present(front.view.id, pressed.text, 'wedge');
    }
    return true;
  });

  if (front === undefined || !heard) {
    const face = !heard || !dead ? connectingFace(t) : deadFace(t);
    return (
      <div class="screen screen-bare" data-lanes="0">
        <FacePanel face={face} lane={null} />
      </div>
    );
  }
  const momentOf = ({ receivedMonoMs }: LaneNow) => ({
    dead,
    nowMs,
    sinceMs: Math.max(0, monoMs - receivedMonoMs),
  });
  const globals = <Globals nowMs={dead ? null : nowMs} demo={front.view.demo} />;
  const officers = station?.officers ?? [];
  return (
    <div class="screen" data-lanes={lanes.length}>
      {lanes.length > 1 && (
        <LaneTabs
          lanes={lanes.map((lane) => ({
            view: lane.view,
            face: faceOf(lane.view, momentOf(lane), t),
          }))}
          active={front.view.id}
          onChoose={setActive}
        >
          {globals}
        </LaneTabs>
      )}
      <div class="lanes">
        {lanes.map((lane) => (
          <LanePanel
            key={lane.view.id}
            lane={lane.view}
            moment={momentOf(lane)}
            officers={officers}
            software={station?.software ?? ''}
            front={lane === front}
            keyboard={lane === front ? keyboard : 'us'}
            globals={lanes.length === 1 ? globals : null}
            firstSheet={sheet}
            onTouch={() => setActive(lane.view.id)}
          />
        ))}
      </div>
    </div>
  );
}

function pressFocused(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement !== document.body)
    activeElement.click();
}
