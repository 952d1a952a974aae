import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { type ActionButton, actionsOf, EMERGENCY_OPEN } from '../show/actions.ts';
import type { Face } from '../show/face.ts';
import { useUi } from './ui.ts';

type Props = {
  readonly lane: LaneView;
  readonly face: Face;
  /** How long the last action can be taken back; null when there is none. */
  readonly undoMs: number | null;
  readonly dead: boolean;
  readonly onButton: (button: ActionButton) => void;
  readonly onKeypad: () => void;
};

/** What staff can do now, in places that do not move while somebody aims at them. */
export function ActionBar({ lane, face, undoMs, dead, onButton, onKeypad }: Props) {
  const { t } = useUi();
  const actions = dead ? [] : actionsOf(lane, face);
  const canUndo = undoMs !== null && undoMs > 0 && !dead;
  const undo: ActionButton = {
    action: 'undo',
    label: 'action.undo',
    kind: 'plain',
    ordinal: lane.undo?.ordinal ?? null,
    reason: 'mistake',
  };
  return (
    <nav class="actions" data-count={actions.length} aria-label={t('action.bar')}>
      {actions.length > 0 && (
        <div class="actions-person">
          {actions.map((button) => (
            <button
              key={button.action}
              type="button"
              class="action"
              data-kind={button.kind}
              onClick={() => onButton(button)}
            >
              {t(button.label)}
            </button>
          ))}
        </div>
      )}
      <div class="actions-lane">
        <button
          type="button"
          class="action"
          disabled={dead || lane.mode === 'closed'}
          onClick={onKeypad}
        >
          {t('action.type')}
        </button>
        <button type="button" class="action" disabled={!canUndo} onClick={() => onButton(undo)}>
          {canUndo
            ? t('action.undo.rest', { seconds: Math.ceil((undoMs ?? 0) / 1_000) })
            : t('action.undo')}
        </button>
        <button
          type="button"
          class="action"
          data-kind="emergency"
          onClick={() => onButton(EMERGENCY_OPEN)}
        >
          {t(EMERGENCY_OPEN.label)}
        </button>
      </div>
    </nav>
  );
}
