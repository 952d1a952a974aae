import type { Corners } from './engine.ts';
import { boxBlur } from './filters.ts';
import { knownModule } from './function-patterns.ts';
import { modulesOf, sideOf } from './geometry.ts';
import type { GreyImage } from './grey-image.ts';
import { unitSquareTo } from './homography.ts';
import type { Point } from './vision-event.ts';

/**
 * Straightens a symbol that was located and not read: a mesh over the code is moved, node by node from the finder
 * patterns inwards, to where the modules around each node are told apart best. What bends (a shirt, a curled sheet, a
 * phone's edge) or was located a module off then lies on a plain grid, drawn anew with four pixels a module.
 */
export function straighten(image: GreyImage, corners: Corners, version: number): GreyImage {
  const modules = modulesOf(version);
  // What one sample sees is then the middle of a module, not a pixel of it.
  const radius = Math.round(sideOf(corners) / modules / 6);
  const soft = radius < 1 ? image : boxBlur(image, radius);
  const mesh = new Mesh(soft, corners, modules);
  mesh.fit();
  return draw(mesh.levels(image), modules);
}

/** Modules between nodes. Smaller follows folds better and is led astray by noise sooner. */
const NODE_EVERY = 4;
/** Modules around a node, to each side, that decide where it lies. */
const REACH = 4;
const STEP_MODULES = 0.2;
const STEPS = 3;
/** Cost of moving a node against its neighbours, against the gain in telling modules apart. */
const STIFFNESS = 0.35;
const ROUNDS = 3;
/** Weight of modules whose colour is known beside all modules' spread. */
const KNOWN_WEIGHT = 0.5;

type Node = { readonly column: number; readonly row: number; dx: number; dy: number };

class Mesh {
  readonly #image: GreyImage;
  readonly #modules: number;
  readonly #nodes: readonly (readonly Node[])[];
  /** Of each module: its centre in the image and the steps of one module across and down. */
  readonly #places: Float32Array;
  readonly #kinds: Uint8Array;
  /** 1, or -1 for a code that is light on dark. */
  #sign = 1;

  constructor(image: GreyImage, corners: Corners, modules: number) {
    this.#image = image;
    this.#modules = modules;
    this.#places = modulePlaces(corners, modules);
    this.#kinds = moduleKinds(modules);
    const places = nodePlaces(modules);
    this.#nodes = places.map((row) => places.map((column) => ({ column, row, dx: 0, dy: 0 })));
    const half = modules / 2;
    this.#sign = this.#tellApart(half, half, half, 0, 0).contrast < 0 ? -1 : 1;
  }

  /** Rounds from the top left finder pattern outwards, each node starting from what its neighbours learnt. */
  fit(): void {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [rowIndex, row] of this.#nodes.entries()) {
        for (const [columnIndex, node] of row.entries()) {
          this.#settle(node, this.#expected(rowIndex, columnIndex, round === 0));
        }
      }
    }
  }

  #expected(row: number, column: number, firstRound: boolean): Point {
    const before = [this.#nodes[row]?.[column - 1], this.#nodes[row - 1]?.[column]];
    const after = [this.#nodes[row]?.[column + 1], this.#nodes[row + 1]?.[column]];
    const near = [...before, ...(firstRound ? [] : after)].filter((node) => node !== undefined);
    if (near.length === 0) return [0, 0];
    const dx = near.reduce((sum, node) => sum + node.dx, 0) / near.length;
    const dy = near.reduce((sum, node) => sum + node.dy, 0) / near.length;
    return [dx, dy];
  }

  #settle(node: Node, [ex, ey]: Point): void {
    let best = Number.NEGATIVE_INFINITY;
    for (let sy = -STEPS; sy <= STEPS; sy++) {
      for (let sx = -STEPS; sx <= STEPS; sx++) {
        const dx = ex + sx * STEP_MODULES;
        const dy = ey + sy * STEP_MODULES;
        const away = (sx * sx + sy * sy) * STEP_MODULES * STEP_MODULES;
        const gain = this.#gain(node, dx, dy) * (1 - STIFFNESS * away);
        if (gain <= best) continue;
        best = gain;
        node.dx = dx;
        node.dy = dy;
      }
    }
  }

  /** How well modules around a node moved by (dx, dy) modules are told apart: best where samples hit their centres. */
  #gain(node: Node, dx: number, dy: number): number {
    const { spread, contrast } = this.#tellApart(node.column, node.row, REACH, dx, dy);
    const known = KNOWN_WEIGHT * this.#sign * Math.sign(contrast) * contrast * contrast;
    return Math.max(0, spread + known);
  }

  /** Variance of the levels around a place, and how much lighter those known to be light are than the known dark. */
  #tellApart(column: number, row: number, reach: number, dx: number, dy: number) {
    const last = this.#modules - 1;
    const bottom = Math.min(last, Math.floor(row + reach));
    const right = Math.min(last, Math.floor(column + reach));
    const left = Math.max(0, Math.floor(column - reach));
    let [sum, squares, count] = [0, 0, 0];
    const levels = [0, 0, 0];
    const counts = [0, 0, 0];
    for (let y = Math.max(0, Math.floor(row - reach)); y <= bottom; y++) {
      for (let index = y * this.#modules + left; index <= y * this.#modules + right; index++) {
        const level = this.#level(index, dx, dy);
        sum += level;
        squares += level * level;
        count += 1;
        const kind = this.#kinds[index] ?? UNKNOWN;
        levels[kind] = (levels[kind] ?? 0) + level;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    }
    const mean = sum / Math.max(1, count);
    return {
      spread: squares / Math.max(1, count) - mean * mean,
      contrast: contrastOf(levels, counts),
    };
  }

  #level(index: number, dx: number, dy: number, image = this.#image): number {
    const places = this.#places;
    const at = index * 6;
    return sample(
      image,
      (places[at] ?? 0) + dx * (places[at + 2] ?? 0) + dy * (places[at + 4] ?? 0),
      (places[at + 1] ?? 0) + dx * (places[at + 3] ?? 0) + dy * (places[at + 5] ?? 0),
    );
  }

  /** Levels of all modules at their places on the fitted mesh, row by row, dark low. */
  levels(image: GreyImage): Float32Array {
    return Float32Array.from({ length: this.#modules * this.#modules }, (_, index) => {
      const column = index % this.#modules;
      const row = (index - column) / this.#modules;
      const [dx, dy] = this.#shiftAt(column + 0.5, row + 0.5);
      let level = 2 * this.#level(index, dx, dy, image);
      for (const [x, y] of PLUS) level += this.#level(index, dx + x, dy + y, image);
      return this.#sign > 0 ? level / 6 : 255 - level / 6;
    });
  }

  #shiftAt(column: number, row: number): Point {
    const spacing = this.#modules / (this.#nodes.length - 1);
    const c = Math.min(this.#nodes.length - 2, Math.floor(column / spacing));
    const r = Math.min(this.#nodes.length - 2, Math.floor(row / spacing));
    const [u, v] = [column / spacing - c, row / spacing - r];
    let [dx, dy] = [0, 0];
    for (const [x, y, weight] of [
      [c, r, (1 - u) * (1 - v)],
      [c + 1, r, u * (1 - v)],
      [c, r + 1, (1 - u) * v],
      [c + 1, r + 1, u * v],
    ] as const) {
      dx += weight * (this.#nodes[y]?.[x]?.dx ?? 0);
      dy += weight * (this.#nodes[y]?.[x]?.dy ?? 0);
    }
    return [dx, dy];
  }
}

const UNKNOWN = 2;

/** Places around a module's centre that still lie well within it, in modules. */
const PLUS: readonly Point[] = [
  [0.25, 0],
  [-0.25, 0],
  [0, 0.25],
  [0, -0.25],
];

/** 0 light, 1 dark, 2 data. */
function moduleKinds(modules: number): Uint8Array {
  return Uint8Array.from({ length: modules * modules }, (_, index) => {
    const known = knownModule(index % modules, Math.floor(index / modules), modules);
    return known === null ? UNKNOWN : Number(known);
  });
}

/** 0 where too few are known. */
function contrastOf([light = 0, dark = 0]: number[], [lights = 0, darks = 0]: number[]): number {
  return lights < 4 || darks < 4 ? 0 : light / lights - dark / darks;
}

function modulePlaces(corners: Corners, modules: number): Float32Array {
  const toImage = unitSquareTo(corners);
  const places = new Float32Array(6 * modules * modules);
  for (let index = 0; index < modules * modules; index++) {
    const column = (index % modules) + 0.5;
    const row = Math.floor(index / modules) + 0.5;
    const [x, y] = toImage(column / modules, row / modules);
    const [rightX, rightY] = toImage((column + 0.5) / modules, row / modules);
    const [downX, downY] = toImage(column / modules, (row + 0.5) / modules);
    const steps = [2 * (rightX - x), 2 * (rightY - y), 2 * (downX - x), 2 * (downY - y)];
    places.set([x, y, ...steps], 6 * index);
  }
  return places;
}

function nodePlaces(modules: number): number[] {
  const count = Math.round(modules / NODE_EVERY) + 1;
  return Array.from({ length: count }, (_, index) => (index * modules) / (count - 1));
}

/** Bilinear; outside the image its border goes on. */
function sample({ width, height, data }: GreyImage, x: number, y: number): number {
  const cx = Math.max(0, Math.min(width - 1.001, x - 0.5));
  const cy = Math.max(0, Math.min(height - 1.001, y - 0.5));
  const left = Math.floor(cx);
  const top = Math.floor(cy);
  const at = top * width + left;
  const [u, v] = [cx - left, cy - top];
  const upper = (data[at] ?? 0) * (1 - u) + (data[at + 1] ?? 0) * u;
  const lower = (data[at + width] ?? 0) * (1 - u) + (data[at + width + 1] ?? 0) * u;
  return upper * (1 - v) + lower * v;
}

const PIXELS_A_MODULE = 4;
const QUIET_MODULES = 4;
/** Modules to each side whose levels decide what is dark: larger than any function pattern. */
const THRESHOLD_REACH = 5;

function draw(levels: Float32Array, modules: number): GreyImage {
  const side = (modules + 2 * QUIET_MODULES) * PIXELS_A_MODULE;
  const data = new Uint8Array(side * side).fill(255);
  for (let row = 0; row < modules; row++) {
    for (let column = 0; column < modules; column++) {
      const dark = knownModule(column, row, modules) ?? isDark(levels, modules, column, row);
      if (!dark) continue;
      const left = (column + QUIET_MODULES) * PIXELS_A_MODULE;
      const top = (row + QUIET_MODULES) * PIXELS_A_MODULE;
      for (let y = top; y < top + PIXELS_A_MODULE; y++) {
        data.fill(0, y * side + left, y * side + left + PIXELS_A_MODULE);
      }
    }
  }
  return { width: side, height: side, data };
}

function isDark(levels: Float32Array, modules: number, column: number, row: number): boolean {
  let sum = 0;
  let count = 0;
  let [low, high] = [255, 0];
  for (let y = row - THRESHOLD_REACH; y <= row + THRESHOLD_REACH; y++) {
    for (let x = column - THRESHOLD_REACH; x <= column + THRESHOLD_REACH; x++) {
      if (x < 0 || y < 0 || x >= modules || y >= modules) continue;
      const level = levels[y * modules + x] ?? 0;
      sum += level;
      count += 1;
      low = Math.min(low, level);
      high = Math.max(high, level);
    }
  }
  const threshold = (sum / count + (low + high) / 2) / 2;
  return (levels[row * modules + column] ?? 0) < threshold;
}
