import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { OfficerView, StaffAction } from '../../../src/station/http/shapes.ts';
import type { HostKeyboard } from '../input/key-gate.ts';
import { type ActionButton, EMERGENCY_REASONS } from '../show/actions.ts';
import { bannersOf } from '../show/banners.ts';
import { faceOf, type Moment, strayCard } from '../show/face.ts';
import { stateItemsOf } from '../show/states.ts';
import { ActionBar } from './action-bar.tsx';
import { Banners } from './banners.tsx';
import { DetailsSheet } from './details-sheet.tsx';
import { FacePanel } from './face-panel.tsx';
import { KeypadSheet } from './keypad-sheet.tsx';
import { LaneHead } from './lane-head.tsx';
import { laneTitle } from './lane-name.ts';
import { MenuSheet } from './menu-sheet.tsx';
import { OfficerSheet } from './officer-sheet.tsx';
import { OpeningsSheet } from './openings-sheet.tsx';
import { PaperSheet } from './paper-sheet.tsx';
import { ReasonSheet } from './reason-sheet.tsx';
import { StatusStrip } from './status-strip.tsx';
import { TraySheet } from './tray-sheet.tsx';
import { DemoContext, useKeys, useUi } from './ui.ts';
import { useProblem } from './use-problem.ts';

export type SheetName =
  | 'keypad'
  | 'tray'
  | 'details'
  | 'officer'
  | 'menu'
  | 'emergency'
  | 'paper'
  | 'openings'
  | 'reasons';

/** What is laid over a lane; `reasons` belongs to one action. */
type Sheet =
  | { readonly name: Exclude<SheetName, 'reasons'> }
  | { readonly name: 'reasons'; readonly button: ActionButton };

type Props = {
  readonly lane: LaneView;
  readonly moment: Moment;
  readonly officers: readonly OfficerView[];
  readonly software: string;
  /** The lane that keys belong to, and the one shown where there is room for one only. */
  readonly front: boolean;
  /** What the desktop made of the last wedge's keys. */
  readonly keyboard: HostKeyboard;
  readonly globals: ComponentChildren;
  readonly firstSheet: SheetName | null;
  readonly onTouch: () => void;
};

/** One lane, whole: who is in charge, what is wrong, the answer, what can be done, what was and how devices are. */
export function LanePanel(props: Props) {
  const { lane, moment, officers, front, keyboard, globals, onTouch } = props;
  const { t } = useUi();
  const [sheet, setSheet] = useState<Sheet | null>(firstSheetOf(props.firstSheet));
  const [restartSeenMs, setRestartSeenMs] = useState<number | null>(null);
  const { problem, tell } = useProblem();
  const face = faceOf(lane, moment, t);
  // Sheets name people: with a dead line they go with the verdict (security A5).
  const open = moment.dead && sheet?.name !== 'menu' ? null : sheet;
  const close = () => setSheet(null);
  const doers = useDoers(lane.id, tell, setSheet);

  // A reason chosen for somebody who is no longer there would be said of the next person.
  const shown = `${face.passage?.ordinal}.${face.passage?.verdict}`;
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    setSheet((now) => (now?.name === 'reasons' || now?.name === 'details' ? null : now));
  }, [shown]);
  useKeys((pressed) => {
    if (!front || pressed.kind !== 'escape' || open === null) return false;
    close();
    return true;
  });

  const seen = () => setRestartSeenMs(lane.restart?.atMs ?? null);
  return (
    <section
      class="lane"
      data-front={front}
      data-tone={face.tone}
      aria-label={t('lane.region', { name: laneTitle(lane.name, t) })}
      onPointerDownCapture={onTouch}
    >
      <div class="lane-body" inert={open !== null}>
        <LaneHead
          lane={lane}
          dead={moment.dead}
          officers={officers}
          nowMs={moment.nowMs}
          globals={globals}
          onOpen={(name) => setSheet({ name })}
        />
        <Banners
          banners={
            moment.dead
              ? []
              : bannersOf(
                  lane,
                  moment.nowMs,
                  { restartMs: restartSeenMs, card: strayCard(lane, face, t), keyboard },
                  t,
                )
          }
          onPress={(does) => {
            if (does === 'seen') seen();
            else if (does === 'paper') setSheet({ name: 'paper' });
            else if (does === 'officer') setSheet({ name: 'officer' });
            else if (does === 'emergency-reason') setSheet({ name: 'emergency' });
            else doers.act({ action: does, ordinal: null, reason: 'seen' });
          }}
        />
        <FacePanel face={face} lane={lane} onDetails={() => setSheet({ name: 'details' })} />
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <ActionBar
          lane={lane}
          face={face}
          undoMs={lane.undo === null ? null : Math.max(0, lane.undo.restMs - moment.sinceMs)}
          dead={moment.dead}
          onButton={doers.press}
          onKeypad={() => setSheet({ name: 'keypad' })}
        />
        <StatusStrip
          recent={moment.dead ? [] : lane.recent}
          states={moment.dead ? [] : stateItemsOf(lane, moment.sinceMs, t)}
        />
      </div>
      {open !== null && (
        <DemoContext.Provider value={lane.demo}>
          <SheetOf {...props} sheet={open} face={face} close={close} doers={doers} />
        </DemoContext.Provider>
      )}
    </section>
  );
}

function firstSheetOf(name: SheetName | null): Sheet | null {
  return name === null || name === 'reasons' ? null : { name };
}

type Doers = ReturnType<typeof useDoers>;

/** What buttons do: ask for a reason where there is a choice, else say it to the station at once. */
function useDoers(
  lane: string,
  tell: ReturnType<typeof useProblem>['tell'],
  setSheet: (sheet: Sheet | null) => void,
) {
  const { api } = useUi();
  const act = (action: StaffAction) => {
    setSheet(null);
    void api.act(lane, action).then(tell);
  };
  return {
    act,
    open: (name: Exclude<SheetName, 'reasons'>) => setSheet({ name }),
    press: (button: ActionButton) => {
      const { action, ordinal } = button;
      if ('reasons' in button) setSheet({ name: 'reasons', button });
      else act({ action, ordinal, reason: button.reason });
    },
    present: (text: string) => void api.present(lane, text, 'typed').then(tell),
    enterLine: (slip: string, number: string | null) =>
      void api.enterLine(lane, slip, number).then(tell),
    signIn: (officer: string | null, pin: string | null) => api.signIn(lane, officer, pin),
  };
}

type SheetProps = Props & {
  readonly sheet: Sheet;
  readonly face: ReturnType<typeof faceOf>;
  readonly close: () => void;
  readonly doers: Doers;
};

function SheetOf(props: SheetProps) {
  const { sheet, lane, moment, face, close, doers } = props;
  const { t } = useUi();
  switch (sheet.name) {
    case 'reasons': {
      const { button } = sheet;
      const reasons = 'reasons' in button ? button.reasons : [];
      return (
        <ReasonSheet
          title={t('sheet.reason', { action: t(button.label) })}
          reasons={reasons}
          onChoose={(reason) =>
            doers.act({ action: button.action, ordinal: button.ordinal, reason })
          }
          onClose={close}
        />
      );
    }
    case 'emergency':
      return (
        <ReasonSheet
          title={t('sheet.emergency')}
          reasons={EMERGENCY_REASONS}
          onChoose={(reason) => doers.act({ action: 'emergency-reason', ordinal: null, reason })}
          onClose={close}
        />
      );
    case 'keypad':
      return (
        <KeypadSheet
          face={face}
          onPresent={doers.present}
          onPaper={() => doers.open('paper')}
          onClose={close}
        />
      );
    case 'tray':
      return (
        <TraySheet
          parked={lane.parked}
          nowMs={moment.nowMs}
          onButton={doers.press}
          onClose={close}
        />
      );
    case 'details':
      return <DetailsSheet passage={face.passage} onClose={close} />;
    case 'paper':
      return (
        <PaperSheet
          lines={lane.paperLines}
          nowMs={moment.nowMs}
          onNewLine={(reason) => doers.act({ action: 'paper', ordinal: null, reason })}
          onEnter={doers.enterLine}
          onClose={close}
        />
      );
    case 'officer':
    case 'menu':
    case 'openings':
      return <ShiftSheet {...props} name={sheet.name} />;
    default:
      return sheet satisfies never;
  }
}

type ShiftSheetProps = SheetProps & { readonly name: 'officer' | 'menu' | 'openings' };

/** What belongs to the lane and its shift, whoever is in front. */
function ShiftSheet(props: ShiftSheetProps) {
  const { name, lane, moment, officers, software, close, doers } = props;
  const onOpenings = () => doers.open('openings');
  switch (name) {
    case 'officer':
      return (
        <OfficerSheet
          officers={officers}
          current={lane.officer}
          openings={lane.openings}
          nowMs={moment.nowMs}
          onOpenings={onOpenings}
          signIn={doers.signIn}
          onClose={close}
        />
      );
    case 'menu':
      return <MenuSheet mode={lane.mode} software={software} onAct={doers.act} onClose={close} />;
    case 'openings':
      return (
        <OpeningsSheet
          lane={lane.id}
          version={openingsVersion(lane)}
          officers={officers}
          nowMs={moment.nowMs}
          onClose={close}
        />
      );
    default:
      return name satisfies never;
  }
}

/** Another one when the list may have changed: something opened, had its reason, was taken back or is over. */
function openingsVersion({ openings, emergencyAtMs, undo, mode }: LaneView): string {
  const { untied, overridden, sinceMs } = openings;
  return `${sinceMs}.${untied}.${overridden}.${emergencyAtMs}.${undo?.ordinal}.${mode}`;
}
