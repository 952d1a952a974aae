import type { AimTarget, AimView } from '../../src/station/aim/aim-shapes.ts';
import { isTextKey, type TextKey, type Translate } from '../texts/texts.ts';
import { en, Said, vi } from './said.tsx';

/** Read on a telephone, on a ladder: what to do, the picture and every figure without scrolling. */
export function AimPage({ aim }: { readonly aim: AimView }) {
  const { camera, need } = aim;
  return (
    <main class="aim" style={{ '--ratio': camera.widthPx / camera.heightPx }}>
      <header class="aim-head">
        <h1>{vi('aim.title')}</h1>
        <p class="clip">
          {camera.id} · {camera.widthPx}×{camera.heightPx}
        </p>
      </header>
      <Advice aim={aim} />
      <Picture camera={camera} />
      <section class="aim-side">
        <Sharpness aim={aim} />
        <Target title="aim.card" target={aim.card} need={need} />
        <Target title="aim.phone" target={aim.phone} need={need} />
        <More aim={aim} />
      </section>
    </main>
  );
}

const ADVICE_MARKS: Readonly<Partial<Record<AimView['advice'], string>>> = {
  done: '✓',
  wait: '…',
  'no-picture': '✕',
  'move-through': '↕',
};

/** The one thing to do next. */
function Advice({ aim: { advice, camera } }: { readonly aim: AimView }) {
  const key = `aim.do.${camera.reason ?? ''}`;
  const text = advice === 'no-picture' && isTextKey(key) ? key : (`aim.advice.${advice}` as const);
  return (
    <div class="aim-advice" data-advice={advice} role="status">
      <span class="aim-mark" aria-hidden="true">
        {ADVICE_MARKS[advice] ?? '!'}
      </span>
      <Said text={text} />
    </div>
  );
}

function Picture({ camera }: { readonly camera: AimView['camera'] }) {
  const { reason } = camera;
  return (
    <figure class="aim-picture">
      {camera.state === 'online' && (
        <div class="aim-view">
          <img src="/api/v1/lanes/aim/preview" alt={vi('aim.picture')} />
          <span class="aim-zone" aria-hidden="true" />
        </div>
      )}
      {camera.state === 'offline' && (
        <figcaption>
          <Said
            text="aim.no-picture"
            params={{ reason: reasonText(reason, vi) }}
            paramsEn={{ reason: reasonText(reason, en) }}
          />
        </figcaption>
      )}
    </figure>
  );
}

function reasonText(reason: string | null, t: Translate): string {
  const key = `device-reason.${reason ?? ''}`;
  return isTextKey(key) ? t(key) : (reason ?? '…');
}

/** As steep as pixels allow an edge to be. */
const SHARPEST = 0.7;

function Sharpness({ aim }: { readonly aim: AimView }) {
  const share = (value: number | null) => Math.min(1, (value ?? 0) / SHARPEST);
  const now = share(aim.sharpness);
  const best = share(aim.bestSharpness);
  return (
    <div class="aim-card">
      <div class="aim-row">
        <h2>
          <Said text={`aim.sharpness.${aim.sharpnessOf}`} />
        </h2>
        <p class="aim-now">
          <strong>{aim.sharpness === null ? '—' : percent(now)}</strong>
          <span>{aim.bestSharpness !== null && vi('aim.best', { percent: percent(best) })}</span>
        </p>
      </div>
      <svg class="aim-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="aim-bar-ground" width="100" height="10" />
        <rect class="aim-bar-now" width={100 * now} height="10" />
        {aim.bestSharpness !== null && (
          <rect class="aim-bar-best" x={Math.max(0, 100 * best - 1)} width="1" height="10" />
        )}
      </svg>
    </div>
  );
}

const VERDICT_MARKS = { good: '✓', 'good-here': '◐', 'not-yet': '○' } as const;

type TargetProps = {
  readonly title: TextKey;
  readonly target: AimTarget;
  readonly need: AimView['need'];
};

function Target({ title, target, need }: TargetProps) {
  const { verdict, modulePx, blur, range } = target;
  return (
    <div class="aim-card" data-verdict={verdict}>
      <div class="aim-row">
        <h2>
          <Said text={title} />
        </h2>
        <p class="aim-verdict">
          <span aria-hidden="true">{VERDICT_MARKS[verdict]}</span>
          <Said text={`aim.verdict.${verdict}`} />
        </p>
      </div>
      <dl class="aim-figures">
        <Figure
          name="aim.figure.module"
          value={decimal(modulePx, 1)}
          need={`≥ ${decimal(need.modulePx, 1)}`}
          isMet={modulePx !== null && modulePx >= need.modulePx}
        />
        <Figure
          name="aim.figure.blur"
          value={decimal(blur, 2)}
          need={`≤ ${decimal(need.blur, 2)}`}
          isMet={blur !== null && blur <= need.blur}
        />
        <Figure
          name="aim.figure.range"
          value={range === null ? '—' : percent(range - 1)}
          need={`≥ ${percent(need.range - 1)}`}
          isMet={range !== null && range >= need.range}
        />
      </dl>
    </div>
  );
}

type FigureProps = {
  readonly name: TextKey;
  readonly value: string;
  readonly need: string;
  readonly isMet: boolean;
};

function Figure({ name, value, need, isMet }: FigureProps) {
  return (
    <div class="aim-figure" data-met={isMet}>
      <dt>
        <Said text={name} />
      </dt>
      <dd>
        <strong>{value}</strong> <span class="aim-need">{need}</span>
        <span class="aim-met" aria-hidden="true">
          {isMet ? '✓' : ''}
        </span>
        <span class="unseen"> {vi(isMet ? 'aim.met' : 'aim.not-met')}</span>
      </dd>
    </div>
  );
}

/** What does not decide, and is good to know. */
function More({ aim: { dense, luminance, need } }: { readonly aim: AimView }) {
  const isLit = luminance !== null && luminance >= need.lightFrom && luminance <= need.lightTo;
  return (
    <dl class="aim-more">
      <div>
        <dt>
          <Said text="aim.light" />
        </dt>
        <dd data-met={isLit}>
          <strong>{luminance === null ? '—' : percent(luminance)}</strong>
          <span class="aim-need">
            {Math.round(100 * need.lightFrom)}–{percent(need.lightTo)}
          </span>
        </dd>
      </div>
      <div>
        <dt>
          <Said text="aim.dense" />
        </dt>
        <dd>
          <span aria-hidden="true">{VERDICT_MARKS[dense.verdict]}</span>
          <Said text={`aim.verdict.${dense.verdict}`} />
        </dd>
      </div>
    </dl>
  );
}

/** As Vietnamese writes it. */
function decimal(value: number | null, digits: number): string {
  return value === null ? '—' : value.toFixed(digits).replace('.', ',');
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
