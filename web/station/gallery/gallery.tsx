import { useState } from 'preact/hooks';
import type { PageClock } from '../../shared/page-clock.ts';
import { SceneView } from './scene-view.tsx';
import { SCENES } from './scenes.ts';

const SIZES = { '800 × 480': 'small', '1280 × 800': 'large', '390 × 844': 'phone' } as const;
const THEMES = { Sáng: 'light', Tối: 'dark', Đêm: 'night' } as const;

/** Every state at once, in one size and theme; a title opens its state alone. */
export function Gallery({ clock }: { readonly clock: PageClock }) {
  const [size, setSize] = useState<keyof typeof SIZES>('800 × 480');
  const [theme, setTheme] = useState<keyof typeof THEMES>('Sáng');
  const [language, setLanguage] = useState<'vi' | 'en'>('vi');
  return (
    <div class="gallery">
      <header class="gallery-head">
        <h1>Thư viện màn hình · người và số đều là giả</h1>
        <Choice
          values={Object.keys(SIZES) as (keyof typeof SIZES)[]}
          chosen={size}
          onChoose={setSize}
        />
        <Choice
          values={Object.keys(THEMES) as (keyof typeof THEMES)[]}
          chosen={theme}
          onChoose={setTheme}
        />
        <Choice values={['vi', 'en'] as const} chosen={language} onChoose={setLanguage} />
      </header>
      <div class="gallery-scenes">
        {Object.entries(SCENES).map(([name, scene]) => (
          <figure key={name} class="gallery-scene">
            <figcaption>
              <a href={`?scene=${name}&theme=${THEMES[theme]}&lang=${language}`}>{name}</a>
            </figcaption>
            <div class="gallery-box" data-size={SIZES[size]} data-theme={THEMES[theme]}>
              <SceneView scene={scene} language={language} clock={clock} theme="light" />
            </div>
          </figure>
        ))}
      </div>
    </div>
  );
}

type ChoiceProps<T extends string> = {
  readonly values: readonly T[];
  readonly chosen: T;
  readonly onChoose: (value: T) => void;
};

function Choice<T extends string>({ values, chosen, onChoose }: ChoiceProps<T>) {
  return (
    <div class="gallery-choice">
      {values.map((value) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {value}
        </button>
      ))}
    </div>
  );
}
