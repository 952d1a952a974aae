import type { LaneOpeningsView } from '../../../src/station/http/openings-shape.ts';
import { clockTime, since } from '../../shared/dates.ts';
import { isTextKey, type Translate } from '../../texts/texts.ts';

type Shift = LaneOpeningsView['shifts'][number];
export type Opening = Shift['listed'][number];
type Before = NonNullable<LaneOpeningsView['before']>[number];

/** What opened: `Mở khẩn`, `Cho qua, máy báo GIỮ LẠI`. */
export function openingWord({ kind, verdict }: Opening, t: Translate): string {
  const said = verdict === null ? '…' : t(`verdict.${verdict}`);
  return kind === 'overridden' ? t('opening.overridden', { verdict: said }) : t(`opening.${kind}`);
}

/** Why, which passage, and how it went on; who did it stands apart, as names do. */
export function openingFacts(opening: Opening, t: Translate): readonly string[] {
  const { passage, ended, kind, takenBack } = opening;
  return [
    ...reasonText(opening, t),
    ...(passage === null ? [] : [t('opening.passage', { number: passage })]),
    ...(ended === null ? [] : [releasedText(ended, t)]),
    ...(kind === 'release' && ended === null ? [t('opening.releasing')] : []),
    ...(takenBack ? [t('opening.taken-back')] : []),
  ];
}

/** What the barrier felt by itself has no reason but its own word. */
function reasonText({ kind, reason }: Opening, t: Translate): readonly string[] {
  if (kind === 'opened-by-hand' || kind === 'barrier-tamper') return [];
  if (reason === null) return [t('opening.no-reason')];
  const key = [`reason.${reason}`, `action.${reason}`].find(isTextKey);
  // A pass that staff let go gives no reason of its own.
  if (key === undefined) return kind === 'unrecorded' ? [] : [reason];
  return [t(key)];
}

function releasedText({ atMs, crossed }: NonNullable<Opening['ended']>, t: Translate): string {
  return t('opening.released', { at: clockTime(atMs), count: crossed });
}

/** How many are counted and no more listed. */
export function unlisted({ untied, overridden, listed }: Shift): number {
  return untied + overridden - listed.length;
}

/** One line for each shift of which only counts are left. */
export function beforeTexts(
  before: readonly Before[],
  nowMs: number,
  t: Translate,
): readonly string[] {
  return before
    .filter(({ counts }) => counts.length > 0)
    .toReversed()
    .map(({ sinceMs, counts }) => {
      const each = counts.map(({ kind, count }) =>
        t('openings.before.one', { what: t(`opening.${kind}`), count }),
      );
      const text = each.join(' · ');
      return sinceMs === null
        ? t('openings.before.nobody', { counts: text })
        : t('openings.before', { at: since(sinceMs, nowMs), counts: text });
    });
}
