import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { age, clockTime } from '../../shared/dates.ts';
import { isTextKey, type Translate } from '../../texts/texts.ts';
import { registerName } from './register-names.ts';

/** One item of the strip below: something the verdicts rest on, and how it is. */
export type StateItem = {
  readonly id: string;
  readonly label: string;
  readonly level: 'good' | 'warning' | 'bad';
  /** Said to those who point at it or have it read out. */
  readonly detail: string | null;
};

export function stateItemsOf(lane: LaneView, sinceMs: number, t: Translate): readonly StateItem[] {
  return [
    ...lane.registers.map((register) => registerItem(register, sinceMs, t)),
    ...lane.devices.map((device) => deviceItem(device, t)),
    {
      id: 'journal',
      label: t('device.journal'),
      level: lane.journal.state === 'writing' ? 'good' : 'bad',
      detail: null,
    },
    ...hubItem(lane.hub, t),
    timeItem(lane.time, t),
  ];
}

function registerItem(
  { register, state, ageMs }: LaneView['registers'][number],
  sinceMs: number,
  t: Translate,
): StateItem {
  const old = ageMs === null ? '' : ` ${age(ageMs + sinceMs, t)}`;
  const level = state === 'fresh' ? 'good' : state === 'ageing' ? 'warning' : 'bad';
  return {
    id: `register-${register}`,
    label: `${registerName(register)}${old}`,
    level,
    detail: null,
  };
}

function deviceItem(
  { id, kind, state, reason, warning = null }: LaneView['devices'][number],
  t: Translate,
): StateItem {
  const isGood = state === 'online' && warning === null;
  const level = isGood ? 'good' : state === 'offline' ? 'bad' : 'warning';
  const code = reason ?? warning;
  const key = `device-reason.${code ?? ''}`;
  const detail = code === null ? null : isTextKey(key) ? t(key) : code;
  return { id: `device-${id}`, label: t(`device.${kind}`), level, detail };
}

/** Without a line the gate works on; how old its lists are says the rest. */
function hubItem(hub: LaneView['hub'], t: Translate): readonly StateItem[] {
  if (hub === null) return [];
  const { state, sinceMs, unsent } = hub;
  const detail = t(`hub.${state}`, {
    at: sinceMs === null ? '' : clockTime(sinceMs),
    count: unsent ?? 0,
  });
  const level = state === 'up' ? 'good' : state === 'revoked' ? 'bad' : 'warning';
  return [{ id: 'hub', label: t('device.hub'), level, detail }];
}

function timeItem({ trust, uncertaintyMs }: LaneView['time'], t: Translate): StateItem {
  const level = trust === 'vouched' ? 'good' : trust === 'carried' ? 'warning' : 'bad';
  const detail =
    trust === 'carried'
      ? t('time.carried', { age: age(uncertaintyMs ?? 0, t) })
      : t(`time.${trust}`);
  return { id: 'time', label: t('device.time'), level, detail };
}
