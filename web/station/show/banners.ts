import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { StaffAction } from '../../../src/station/http/shapes.ts';
import { age, clockTime, elapsed, fullTime, isoToDate } from '../../shared/dates.ts';
import { isTextKey, type TextKey, type Translate } from '../../texts/texts.ts';
import type { HostKeyboard } from '../input/key-gate.ts';
import type { CardWords } from './card-words.ts';
import { slipText } from './paper.ts';
import { inState, namesOf } from './register-names.ts';
import { lostWays } from './ways-in.ts';

/** A lane state that staff must know of, worst first; `press` is the one button it may carry. */
export type Banner = {
  readonly id: string;
  readonly level: 'bad' | 'warning' | 'told';
  readonly text: string;
  readonly press: {
    readonly label: TextKey;
    readonly does:
      | Extract<StaffAction['action'], 'acknowledge-ageing' | 'confirm-time' | 'paper-seen'>
      | 'seen'
      | 'paper'
      | 'officer'
      | 'emergency-reason';
  } | null;
};

/** More than these push the verdict off the screen; what is left out shows in the device strip. */
const BANNERS_MAX = 2;

type Seen = {
  /** The restart that staff have seen. */
  readonly restartMs: number | null;
  /** A card on the reader that the answer below says nothing of. */
  readonly card: CardWords | null;
  /** What the desktop made of the last wedge's keys. */
  readonly keyboard: HostKeyboard;
};

export function bannersOf(
  lane: LaneView,
  nowMs: number,
  { restartMs, card, keyboard }: Seen,
  t: Translate,
): readonly Banner[] {
  return [
    ...journalBanner(lane, t),
    ...paperFindBanner(lane, t),
    ...emergencyBanner(lane, t),
    ...barrierBanners(lane, t),
    ...timeBanner(lane, nowMs, t),
    ...mandateBanner(lane, t),
    ...releaseBanner(lane, nowMs, t),
    ...cardBanner(card),
    ...officerBanner(lane, t),
    ...revokedBanner(lane, t),
    ...registerBanners(lane, nowMs, t),
    ...waysBanner(lane, t),
    ...deviceBanner(lane, t),
    ...keyboardBanner(keyboard, t),
    ...restartBanner(lane, restartMs, t),
    ...paperBanner(lane, t),
  ].slice(0, BANNERS_MAX);
}

function journalBanner({ journal }: LaneView, t: Translate): Banner[] {
  if (journal.state === 'writing') return [];
  const text =
    journal.unrecorded === 0
      ? t('banner.journal')
      : t('banner.journal.count', { count: journal.unrecorded });
  return [{ id: 'journal', level: 'bad', text, press: null }];
}

function emergencyBanner({ emergencyAtMs }: LaneView, t: Translate): Banner[] {
  if (emergencyAtMs === undefined || emergencyAtMs === null) return [];
  const text = t('banner.emergency', { at: clockTime(emergencyAtMs) });
  const press = { label: 'banner.emergency.action', does: 'emergency-reason' } as const;
  return [{ id: 'emergency', level: 'warning', text, press }];
}

/** What stands open or was opened without anybody at the screen. */
function barrierBanners({ barrier }: LaneView, t: Translate): Banner[] {
  const { emergency, tamper, movedAtMs } = barrier;
  const banner = (id: string, level: Banner['level'], text: string): Banner => ({
    ...{ id, level, text },
    press: null,
  });
  return [
    ...(emergency ? [banner('barrier-button', 'bad', t('banner.barrier.emergency'))] : []),
    ...(tamper ? [banner('barrier-tamper', 'bad', t('banner.barrier.tamper'))] : []),
    ...(movedAtMs === null
      ? []
      : [
          banner(
            'barrier-moved',
            'warning',
            t('banner.barrier.moved', { at: clockTime(movedAtMs) }),
          ),
        ]),
  ];
}

function timeBanner({ time }: LaneView, nowMs: number, t: Translate): Banner[] {
  if (time.trust !== 'unset') return [];
  const text = t('banner.time', { at: fullTime(nowMs) });
  const press = { label: 'banner.time.action', does: 'confirm-time' } as const;
  return [{ id: 'time', level: 'bad', text, press }];
}

/** Lists that may not be asked are as if absent: this says why, and stands in the place of that. */
function mandateBanner({ hub }: LaneView, t: Translate): Banner[] {
  const mandate = hub?.mandate ?? null;
  if (mandate === null) return [];
  const { state, from, until } = mandate;
  const text = t(`banner.mandate.${state}`, { from: isoToDate(from), until: isoToDate(until) });
  return [{ id: 'mandate', level: 'bad', text, press: null }];
}

function revokedBanner({ hub }: LaneView, t: Translate): Banner[] {
  if (hub?.state !== 'revoked') return [];
  const text = t('banner.revoked', { at: fullTime(hub.sinceMs ?? 0) });
  return [{ id: 'revoked', level: 'bad', text, press: null }];
}

function releaseBanner(
  { mode, modeSinceMs, released }: LaneView,
  nowMs: number,
  t: Translate,
): Banner[] {
  if (mode !== 'release') return [];
  const text = t('mode.release.bar', { elapsed: elapsed(nowMs - modeSinceMs), count: released });
  return [{ id: 'release', level: 'warning', text, press: null }];
}

function cardBanner(card: CardWords | null): Banner[] {
  if (card === null) return [];
  const { line, wrong } = card;
  return [{ id: 'card', level: wrong ? 'warning' : 'told', text: line, press: null }];
}

function officerBanner({ officer }: LaneView, t: Translate): Banner[] {
  if (officer !== null) return [];
  const press = { label: 'officer.enter', does: 'officer' } as const;
  return [{ id: 'officer', level: 'warning', text: t('banner.officer'), press }];
}

function registerBanners({ registers, hub }: LaneView, nowMs: number, t: Translate): Banner[] {
  if (hub !== null && hub.mandate !== null) return [];
  const banners: Banner[] = (['unusable', 'absent', 'expired'] as const).flatMap((state) => {
    const named = inState(registers, state);
    if (named.length === 0) return [];
    const text = t(`banner.${state}`, { registers: namesOf(named, t) });
    return [{ id: state, level: 'bad' as const, text, press: null }];
  });
  const ageing = inState(registers, 'ageing').filter(({ acknowledged }) => !acknowledged);
  if (ageing.length === 0) return banners;
  const oldest = Math.max(...ageing.map(({ ageMs, asOfMs }) => ageMs ?? nowMs - (asOfMs ?? nowMs)));
  const text = t('banner.ageing', { registers: namesOf(ageing, t), age: age(oldest, t) });
  const press = { label: 'banner.ageing.action', does: 'acknowledge-ageing' } as const;
  return [...banners, { id: 'ageing', level: 'warning', text, press }];
}

/** What is out and what to use instead; a single device of several is told in the strip below. */
function waysBanner(lane: LaneView, t: Translate): Banner[] {
  const text = lostWays(lane, t);
  return text === null ? [] : [{ id: 'ways', level: 'warning', text, press: null }];
}

/** A device that works and wants looking after. */
function deviceBanner({ devices }: LaneView, t: Translate): Banner[] {
  const poor = devices.find(
    ({ state, warning }) => state === 'online' && (warning ?? null) !== null,
  );
  const key = `banner.${poor?.warning ?? ''}`;
  if (!isTextKey(key)) return [];
  return [{ id: 'device', level: 'warning', text: t(key), press: null }];
}

/** Until an officer says that it was told: nobody else will. */
function paperFindBanner({ foundOnPaper, healthPhone }: LaneView, t: Translate): Banner[] {
  if (foundOnPaper === null) return [];
  const phone = healthPhone === undefined || healthPhone === null ? '' : `: ${healthPhone}`;
  const text = t('banner.paper-found', { slip: slipText(foundOnPaper), phone });
  const press = { label: 'banner.paper-found.action', does: 'paper-seen' } as const;
  return [{ id: 'paper-found', level: 'bad', text, press }];
}

function paperBanner({ paperLines }: LaneView, t: Translate): Banner[] {
  if (paperLines.length === 0) return [];
  const text = t('banner.paper', { count: paperLines.length });
  const press = { label: 'banner.paper.action', does: 'paper' } as const;
  return [{ id: 'paper', level: 'told', text, press }];
}

/** The page reads keys, not what became of them, so that the number is right; letters that an officer types would not be. */
function keyboardBanner(keyboard: HostKeyboard, t: Translate): Banner[] {
  if (keyboard === 'us') return [];
  return [
    { id: 'keyboard', level: 'warning', text: t(`banner.keyboard.${keyboard}`), press: null },
  ];
}

function restartBanner({ restart }: LaneView, seenMs: number | null, t: Translate): Banner[] {
  if (restart === null || restart.atMs === seenMs) return [];
  const { atMs, unfinished } = restart;
  const text =
    unfinished === 0
      ? t('banner.restart.clean', { at: clockTime(atMs) })
      : t('banner.restart', { at: clockTime(atMs), count: unfinished });
  const press = { label: 'banner.restart.action', does: 'seen' } as const;
  return [{ id: 'restart', level: 'told', text, press }];
}
