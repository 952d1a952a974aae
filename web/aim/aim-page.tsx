import type { AimTarget, AimView } from '../../src/station/aim/aim-shapes.ts';
import { isTextKey, type Params, type TextKey, translator } from '../texts/texts.ts';

const vi = translator('vi');
const en = translator('en');

export function AimPage({ aim }: { readonly aim: AimView }) {
  const { camera } = aim;
  return (
    <main class="aim">
      <header class="aim-head">
        <h1>{vi('aim.title')}</h1>
        <p>
          {camera.id} · {camera.widthPx}×{camera.heightPx}
        </p>
      </header>
      <figure class="aim-picture">
        {camera.state === 'online' ? (
          <>
            <img src="/api/v1/lanes/aim/preview" alt={vi('aim.picture')} />
            <span class="aim-zone" aria-hidden="true" />
          </>
        ) : (
          <figcaption>
            <Said text="aim.no-picture" params={{ reason: reasonText(camera.reason) }} />
          </figcaption>
        )}
      </figure>
      <section class="aim-side">
        <div class="aim-advice" data-done={aim.advice === 'done'} role="status">
          <Said text={`aim.advice.${aim.advice}`} />
        </div>
        <Sharpness aim={aim} />
        <div class="aim-targets">
          <Target title="aim.card" target={aim.card} />
          <Target title="aim.phone" target={aim.phone} />
        </div>
        <p class="aim-more">
          <span>
            {vi('aim.dense')}: <strong>{vi(`aim.verdict.${aim.dense.verdict}`)}</strong>
          </span>
          <span>
            {vi('aim.light')}: <strong>{percent(aim.luminance)}</strong>
          </span>
        </p>
      </section>
    </main>
  );
}

function reasonText(reason: string | null): string {
  const key = `device-reason.${reason ?? ''}`;
  return isTextKey(key) ? vi(key) : (reason ?? '…');
}

/** As steep as pixels allow an edge to be. */
const SHARPEST = 0.7;

function Sharpness({ aim: { sharpness, bestSharpness } }: { readonly aim: AimView }) {
  const share = (value: number | null) => Math.min(1, (value ?? 0) / SHARPEST);
  return (
    <div class="aim-card">
      <h2>
        <Said text="aim.sharpness" />
      </h2>
      <svg
        class="aim-bar"
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${percent(share(sharpness))}, ${vi('aim.best')} ${percent(share(bestSharpness))}`}
      >
        <rect class="aim-bar-ground" width="100" height="10" />
        <rect class="aim-bar-now" width={100 * share(sharpness)} height="10" />
        <rect
          class="aim-bar-best"
          x={Math.max(0, 100 * share(bestSharpness) - 1)}
          width="1"
          height="10"
        />
      </svg>
      <p class="aim-figures">
        <span>{percent(share(sharpness))}</span>
        <span>
          {vi('aim.best')} {percent(share(bestSharpness))}
        </span>
      </p>
    </div>
  );
}

const MARKS = { good: '✓', 'good-here': '◐', 'not-yet': '○' } as const;

function Target({ title, target }: { readonly title: TextKey; readonly target: AimTarget }) {
  const { verdict, modulePx, range } = target;
  return (
    <div class="aim-card" data-verdict={verdict}>
      <h2>
        <Said text={title} />
      </h2>
      <p class="aim-verdict">
        <span aria-hidden="true">{MARKS[verdict]}</span>
        <Said text={`aim.verdict.${verdict}`} />
      </p>
      <p class="aim-figures">
        <span class="aim-module">
          <strong>{modulePx === null ? '—' : modulePx.toFixed(1)}</strong> {vi('aim.px')}
        </span>
        <span>{range === null ? '' : vi('aim.range', { percent: percent(range - 1) })}</span>
      </p>
    </div>
  );
}

function Said({ text, params = {} }: { readonly text: TextKey; readonly params?: Params }) {
  return (
    <span class="said">
      <span>{vi(text, params)}</span>
      <span class="said-en" lang="en">
        {en(text, params)}
      </span>
    </span>
  );
}

function percent(share: number | null): string {
  return share === null ? '—' : `${Math.round(100 * share)} %`;
}
