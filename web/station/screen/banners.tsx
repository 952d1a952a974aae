import type { Banner } from '../show/banners.ts';
import { useUi } from './ui.ts';

type Props = {
  readonly banners: readonly Banner[];
  readonly onPress: (does: NonNullable<Banner['press']>['does']) => void;
};

/** Lane states that outlast any person, above the answer. */
export function Banners({ banners, onPress }: Props) {
  const { t } = useUi();
  if (banners.length === 0) return null;
  return (
    <ul class="banners">
      {banners.map(({ id, level, text, press }) => (
        <li key={id} class="banner" data-level={level}>
          <span class="banner-mark" aria-hidden="true" />
          <span class="banner-text">{text}</span>
          {press !== null && (
            <button type="button" class="banner-button" onClick={() => onPress(press.does)}>
              {t(press.label)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
