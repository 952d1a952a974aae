/**
 * False and missed warnings of a camera's health over simulated days (fixtures/camera-day), one look in two seconds.
 * `node dist/scripts/bench/camera-health.js [--days N] [--seed S]`.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { cameraDay, type DayFault } from '../../fixtures/camera-day/camera-day.ts';
import { renderScene } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE } from '../../fixtures/scenes/spec.ts';
import { type CameraWarning, startHealth, stepHealth } from '../../src/vision/camera-health.ts';
import { frameSignature } from '../../src/vision/frame-signature.ts';
import { isSettled } from '../../src/vision/long-view.ts';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '10' },
    seed: { type: 'string', default: 'bench' },
  },
});
const DAYS = Number(values.days);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Each kind of fault: what it should be called, how long it lasts, and the hours at which it begins. */
const FAULTS: readonly {
  readonly kind: DayFault['kind'];
  readonly warning: CameraWarning;
  readonly minutes: number;
  readonly hours: readonly number[];
}[] = [
  { kind: 'hand', warning: 'camera.covered', minutes: 1, hours: [9, 13, 20] },
  { kind: 'tape', warning: 'camera.covered', minutes: 30, hours: [10, 22] },
  { kind: 'lamp-out', warning: 'camera.covered', minutes: 60, hours: [20, 27] },
  { kind: 'lamp-out', warning: 'camera.dark', minutes: 240, hours: [17] },
  { kind: 'sun', warning: 'camera.glare', minutes: 5, hours: [8, 16] },
  { kind: 'pushed', warning: 'camera.moved', minutes: 30, hours: [9, 15, 21] },
  { kind: 'turned', warning: 'camera.moved', minutes: 90, hours: [9, 15, 21] },
  { kind: 'out-of-focus', warning: 'camera.blurred', minutes: 60, hours: [9, 15, 21] },
  { kind: 'unread', warning: 'camera.unread', minutes: 60, hours: [9, 15] },
];
const START_HOUR = 6;

type Told = { readonly warning: CameraWarning; readonly fromMs: number; readonly untilMs: number };

function warningsOf(
  seed: string,
  startHour: number,
  hours: number,
  faults: readonly DayFault[],
): Told[] {
  const told: Told[] = [];
  let state = startHealth(null);
  let sinceMs = 0;
  for (const look of cameraDay({ seed, hours, startHour, everyMs: 2_000, faults })) {
    const { nowMs, cells, sharpness, read, tries } = look;
    const next = stepHealth(state, { signature: { cells, sharpness }, read, tries, nowMs });
    if (next.told !== state.told) {
      if (state.told !== null) told.push({ warning: state.told, fromMs: sinceMs, untilMs: nowMs });
      sinceMs = nowMs;
    }
    state = next;
  }
  if (state.told !== null)
    told.push({ warning: state.told, fromMs: sinceMs, untilMs: hours * HOUR_MS });
  if (!(state.view !== null && isSettled(state.view))) console.error(`${seed}: view not settled`);
  return told;
}

function quietDays(): void {
  let hours = 0;
  let wrong = 0;
  for (let day = 0; day < DAYS; day++) {
    hours += 48;
    const told = warningsOf(`${values.seed}/${day}`, START_HOUR, 48, []);
    wrong += told.length;
    for (const each of told) tell(`day ${day}`, START_HOUR, each);
  }
  console.log(`\n${hours} hours without a fault: ${wrong} wrong warnings\n`);
}

function tell(where: string, startHour: number, { warning, fromMs, untilMs }: Told): void {
  const hour = (ms: number) => (startHour + ms / HOUR_MS).toFixed(2);
  console.error(`${where}: wrong ${warning} from hour ${hour(fromMs)} to ${hour(untilMs)}`);
}

type Tally = { times: number; wrong: number; readonly after: number[]; readonly over: number[] };

function faultyDays(): void {
  console.log(
    '| fault | warning | times | told | after s, median / max | over after s, max | wrong besides |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const fault of FAULTS) {
    const tally: Tally = { times: 0, wrong: 0, after: [], over: [] };
    for (let day = 0; day < DAYS; day++)
      for (const hour of fault.hours) takeFault(tally, fault, day, hour);
    const { times, wrong, after, over } = tally;
    after.sort((a, b) => a - b);
    console.log(
      `| ${fault.kind} | ${fault.warning} | ${times} | ${after.length} | ${after[after.length >> 1] ?? ''} / ${after.at(-1) ?? ''} | ${Math.max(...over)} | ${wrong} |`,
    );
  }
}

/** Two hours to get to know the view, the fault, and an hour after it. */
function takeFault(tally: Tally, fault: (typeof FAULTS)[number], day: number, hour: number): void {
  const { kind, warning, minutes } = fault;
  const startHour = hour - 2;
  const fromMs = 2 * HOUR_MS + 7 * MINUTE_MS;
  const untilMs = fromMs + minutes * MINUTE_MS;
  const faults = [{ kind, fromMs, untilMs }];
  const told = warningsOf(`${values.seed}/${day}`, startHour, 3 + minutes / 60, faults);
  const right = told.find(
    (each) => each.warning === warning && each.fromMs >= fromMs && each.fromMs < untilMs,
  );
  tally.times += 1;
  if (right !== undefined) {
    tally.after.push((right.fromMs - fromMs) / 1_000);
    tally.over.push((right.untilMs - untilMs) / 1_000);
  }
  for (const each of told) {
    const isDuring = each.fromMs >= fromMs && each.fromMs < untilMs;
    if (each === right || (isDuring && isSaidOf(kind, each.warning))) continue;
    tally.wrong += 1;
    tell(`${kind} day ${day} hour ${hour}`, startHour, each);
  }
}

/** A lamp that fails may be told either way, and passing headlights make it begin anew. */
function isSaidOf(kind: DayFault['kind'], warning: CameraWarning): boolean {
  const right = FAULTS.filter((fault) => fault.kind === kind).map((fault) => fault.warning);
  return right.includes(warning);
}

function cost(): void {
  const scene = renderScene({ ...CALM_SCENE, seed: 1, payload: 'CHOT' });
  const frame = { ...scene, stride: scene.width };
  let state = startHealth(null);
  const looks = 2_000;
  const time = (work: (at: number) => void) => {
    for (let index = 0; index < looks / 10; index++) work(index);
    const startMs = performance.now();
    for (let index = 0; index < looks; index++) work(index);
    return ((performance.now() - startMs) / looks).toFixed(2);
  };
  const signature = frameSignature(frame);
  const frameMs = time(() => frameSignature(frame));
  const stepMs = time((index) => {
    state = stepHealth(state, { signature, read: 0, tries: 0, nowMs: index * 500 });
  });
  console.log(`\n1080p: signature ${frameMs} ms, step ${stepMs} ms a look`);
}

cost();
quietDays();
faultyDays();
