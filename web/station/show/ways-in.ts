import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import { clockTime } from '../../shared/dates.ts';
import type { Translate } from '../../texts/texts.ts';

/** The ladder, best first. Below its last step there is the paper book, which needs no power. */
const READERS = ['camera', 'scanner', 'reader'] as const;
type Reader = (typeof READERS)[number];

type Device = LaneView['devices'][number];

/**
 * One sentence on what a lane has lost and what is left: "Mất hình camera từ 02:11: dùng súng quét hoặc nhập số." Null
 * while every kind of reading that the lane has works.
 */
export function lostWays({ devices }: Pick<LaneView, 'devices'>, t: Translate): string | null {
  const has = kindsOf(devices);
  const out = has.filter((kind) => isOut(devices, kind));
  if (out.length === 0) return null;
  const left = has.filter((kind) => !out.includes(kind));
  const at = clockTime(Math.max(...out.map((kind) => outSinceMs(devices, kind))));
  const what = out.map((kind) => t(`ways.lost.${kind}`)).join(t('list.and'));
  if (left.length === 0) return t('ways.none', { what, at });
  const ways = joined(
    [...left, 'typed' as const].map((way) => t(`ways.${way}`)),
    t,
  );
  return t('ways.use', { what, at, ways });
}

/** What an empty lane waits for, of what works. */
export function waitsFor(devices: readonly Device[], t: Translate): string {
  const works = kindsOf(devices).filter((kind) => !isOut(devices, kind));
  const ways = joined(
    [...works, 'typed' as const].map((way) => t(`ways.shown.${way}`)),
    t,
  );
  return t('ways.wait', { ways });
}

function kindsOf(devices: readonly Device[]): readonly Reader[] {
  return READERS.filter((wanted) => devices.some(({ kind }) => kind === wanted));
}

/** Several of a kind are one way in: it is out when the last of them is. */
function isOut(devices: readonly Device[], wanted: Reader): boolean {
  return devices.every(({ kind, state }) => kind !== wanted || state === 'offline');
}

function outSinceMs(devices: readonly Device[], wanted: Reader): number {
  return Math.max(...devices.flatMap(({ kind, sinceMs }) => (kind === wanted ? [sinceMs] : [])));
}

function joined(ways: readonly string[], t: Translate): string {
  const last = ways.at(-1) ?? '';
  const before = ways.slice(0, -1);
  return before.length === 0 ? last : `${before.join(t('list.and'))}${t('ways.or')}${last}`;
}
