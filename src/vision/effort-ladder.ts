import { codeCandidates } from './candidates.ts';
import { cellGrid } from './cell-grid.ts';
import { codeText } from './code-text.ts';
import { combineViews } from './combine-views.ts';
import type { DecodePlan, Reading, UnreadSymbol } from './decode-job.ts';
import { type Engine, type EngineSymbol, FAST, THOROUGH } from './engine.ts';
import { FILTER_STEPS, type FilterStep } from './filter-steps.ts';
import { boxBlur, unsharp } from './filters.ts';
import { measureFrame } from './frame-measures.ts';
import {
  aroundCorners,
  boundsOf,
  centreOf,
  clockwise,
  distance,
  mapCorners,
  modulesOf,
  sideOf,
} from './geometry.ts';
import { crop, type GreyImage, type Region, wholeOf } from './grey-image.ts';
import { straighten } from './grid-sampler.ts';
import { isSamePlace } from './places.ts';
import type { DecodedCode } from './vision-event.ts';

/** `second` is asked only where `first` located a symbol that no filter made readable; what it reads elsewhere is noise. */
export type Engines = { readonly first: Engine; readonly second: Engine };

/** What was found so far in one frame, in its pixels. */
class Findings {
  readonly codes: DecodedCode[] = [];
  unread: UnreadSymbol[] = [];

  /** Takes what a pass over `region`, scaled by `scale`, gave; true when a code is new. */
  add(symbols: readonly EngineSymbol[], region: Region, scale: number): boolean {
    let fresh = false;
    for (const symbol of symbols) {
      const corners = clockwise(
        mapCorners(symbol.corners, ([x, y]) => [region.x + x / scale, region.y + y / scale]),
      );
      if (symbol.content === null) {
        if (sideOf(corners) < 1) continue; // located by an engine that does not tell where
        this.#addUnread({ corners, version: symbol.version });
        continue;
      }
      const { bytes, declaredText } = symbol.content;
      const code: DecodedCode = { bytes, text: codeText(bytes, declaredText), corners };
      if (this.codes.some((known) => isSame(known, code))) continue;
      this.codes.push(code);
      fresh = true;
    }
    if (fresh) this.unread = this.unread.filter((symbol) => !this.#isRead(symbol));
    return fresh;
  }

  #addUnread(symbol: UnreadSymbol): void {
    const known = this.unread.some((other) => isNear(other.corners, symbol.corners));
    if (!known && !this.#isRead(symbol)) this.unread.push(symbol);
  }

  #isRead(symbol: UnreadSymbol): boolean {
    return this.codes.some((code) => isNear(code.corners, symbol.corners));
  }
}

function isSame(a: DecodedCode, b: DecodedCode): boolean {
  return Buffer.compare(a.bytes, b.bytes) === 0 && isNear(a.corners, b.corners);
}

function isNear(a: DecodedCode['corners'], b: DecodedCode['corners']): boolean {
  return distance(centreOf(a), centreOf(b)) < 0.5 * Math.max(sideOf(a), sideOf(b), 8);
}

/**
 * Reads one frame with as much work as `plan` grants. `elapsedMs` tells the time since the frame was begun; it is asked
 * between passes, so the work ends one pass after the budget.
 */
export function climb(
  engines: Engines,
  image: GreyImage,
  plan: DecodePlan,
  elapsedMs: () => number,
): Reading {
  const findings = new Findings();
  const whole = wholeOf(image);
  const first = plan.effort === 'look' || plan.effort === 'full' ? THOROUGH : FAST;
  findings.add(engines.first.read(image, first), whole, 1);
  if (plan.effort === 'fast') return { ...findings, candidates: [], measures: null };

  const grid = cellGrid(image);
  const candidates = codeCandidates(grid, image, plan.furniture);
  const places = placesToClimb(findings, plan, image, candidates);
  if (plan.effort === 'deep' || plan.effort === 'full') {
    climbEarlier(engines.first, image, plan, findings);
    for (const place of places) {
      if (elapsedMs() > plan.budgetMs) break;
      climbPlace(engines, image, place, plan, findings, elapsedMs);
    }
  }
  const suspect = suspectOf(findings, image, plan, candidates);
  return { ...findings, candidates, measures: measureFrame(image, grid, suspect) };
}

/** Symbols located now first, then where one was before, then what looks like one; a still is searched whole as well. */
function placesToClimb(
  findings: Findings,
  plan: DecodePlan,
  image: GreyImage,
  candidates: readonly Region[],
): Region[] {
  const located = findings.unread.map(({ corners }) => aroundCorners(corners, image));
  const focus = plan.focus === null || isRead(plan.focus, findings) ? [] : [plan.focus];
  if (findings.codes.length > 0) return [...located, ...focus];
  const places = [
    ...located,
    ...focus,
    ...candidates.filter((place) => !isFurniture(place, plan.furniture)),
  ];
  const wholeToo = plan.effort === 'full' || places.length === 0;
  return wholeToo ? [...places, wholeOf(image)] : places;
}

/** Two frames more halve the noise's power and then some; one more hardly shows. */
const EARLIER_MIN = 2;

/** For what is soft, for what is dark and noisy, for what is very soft. */
const COMBINED_STEPS: readonly ((combined: GreyImage) => GreyImage)[] = [
  (combined) => unsharp(combined, 3, 3),
  (combined) => boxBlur(combined, 1),
  (combined) => unsharp(combined, 3, 6),
];

/** Several frames of one place, combined; already enlarged, so only sharpened or softened. */
function climbEarlier(
  engine: Engine,
  image: GreyImage,
  plan: DecodePlan,
  findings: Findings,
): void {
  const { earlier } = plan;
  if (earlier === null || earlier.crops.length < EARLIER_MIN) return;
  if (isRead(earlier.place, findings)) return;
  const combined = combineViews(crop(image, earlier.place), earlier);
  for (const prepare of COMBINED_STEPS) {
    if (findings.add(engine.read(prepare(combined), THOROUGH), earlier.place, 2)) return;
  }
}

function climbPlace(
  engines: Engines,
  image: GreyImage,
  place: Region,
  plan: DecodePlan,
  findings: Findings,
  elapsedMs: () => number,
): void {
  const cut = crop(image, place);
  for (const step of FILTER_STEPS) {
    if (elapsedMs() > plan.budgetMs || isTooLarge(cut, step)) continue;
    const prepared = step.prepare(cut);
    if (prepared === null) continue;
    if (findings.add(engines.first.read(prepared, step.options), place, step.scale)) return;
  }
  const located = findings.unread.filter((symbol) => isWithin(centreOf(symbol.corners), place));
  for (const symbol of located) {
    if (elapsedMs() > plan.budgetMs) return;
    if (readStraightened(engines.first, image, symbol, findings)) return;
  }
  if (located.length === 0 || elapsedMs() > plan.budgetMs) return;
  findings.add(engines.second.read(cut, THOROUGH), place, 1);
}

function isRead(place: Region, { codes }: Findings): boolean {
  return codes.some(({ corners }) => isWithin(centreOf(corners), place));
}

/** Larger versions take long to fit, and nobody holds them up at a gate. */
const STRAIGHTEN_VERSION_MAX = 20;

function readStraightened(
  engine: Engine,
  image: GreyImage,
  symbol: UnreadSymbol,
  findings: Findings,
): boolean {
  const { corners, version } = symbol;
  if (version === 0 || version > STRAIGHTEN_VERSION_MAX) return false;
  const place = aroundCorners(symbol.corners, image);
  const within = mapCorners(corners, ([x, y]) => [x - place.x, y - place.y]);
  const plain = straighten(crop(image, place), within, version);
  const [read] = engine.read(plain, THOROUGH).filter(({ content }) => content !== null);
  return read !== undefined && findings.add([{ ...read, corners }], wholeOf(image), 1);
}

/** Enlarging is for small codes: a large place holds large modules, or it is a whole picture. */
const UPSCALE_PIXELS_MAX = 1_500_000;

function isTooLarge(image: GreyImage, step: FilterStep): boolean {
  return step.scale > 1 && image.data.length * step.scale > 2 * UPSCALE_PIXELS_MAX;
}

function isWithin([x, y]: readonly [number, number], region: Region): boolean {
  return (
    x >= region.x && y >= region.y && x < region.x + region.width && y < region.y + region.height
  );
}

function isFurniture(region: Region, furniture: readonly Region[]): boolean {
  return furniture.some((known) => isSamePlace(known, region));
}

/** What somebody shows, unread. */
function suspectOf(
  findings: Findings,
  image: GreyImage,
  plan: DecodePlan,
  candidates: readonly Region[],
) {
  const symbol = findings.unread.find(
    ({ corners }) => !isFurniture(aroundCorners(corners, image), plan.furniture),
  );
  if (symbol !== undefined) {
    const modules = symbol.version === 0 ? null : modulesOf(symbol.version);
    return {
      region: boundsOf(symbol.corners, image),
      modulePixels: modules === null ? null : sideOf(symbol.corners) / modules,
    };
  }
  const candidate = candidates.find((region) => !isFurniture(region, plan.furniture));
  if (candidate === undefined || findings.codes.length > 0) return null;
  return { region: candidate, modulePixels: null };
}
