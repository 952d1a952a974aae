import { join } from 'node:path';
import { PtyScanner, ptyObstacle } from '../../devices/scanner/sim/pty-scanner.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaneService } from '../station/lane-service.ts';

const LOOK_MS = 100;
/** An officer says that this is no identity code, and takes the scanner from its holder. */
const TAKE_MS = 1_800;

/** The demo's hand scanner: a pseudo-terminal in the place of a serial port, or null where none can be made. */
export async function plugDemoScanner(
  folder: string,
  tell: (line: string) => void,
): Promise<PtyScanner | null> {
  const obstacle = ptyObstacle();
  if (obstacle !== null) {
    tell(`No hand scanner here (${obstacle}).`);
    return null;
  }
  const scanner = new PtyScanner(join(folder, 'scanner'));
  await scanner.plug();
  return scanner;
}

type Scans = {
  readonly lane: LaneService;
  readonly scanner: PtyScanner;
  /** What is scanned each time, in their order, over and over. */
  readonly codes: readonly string[];
  readonly clock: Clock;
};

/** An officer who reads the next code with the scanner whenever the camera got one that names nobody. Until `signal`. */
export async function scanCodes(scans: Scans, signal: AbortSignal): Promise<void> {
  const { lane, scanner, codes, clock } = scans;
  let next = 0;
  let answeredMs: number | null = null;
  while (!signal.aborted && codes.length > 0) {
    await clock.sleep(LOOK_MS, signal);
    const { notice } = lane.view();
    if (notice?.kind !== 'other-code' || notice.atMs === answeredMs) continue;
    answeredMs = notice.atMs;
    await clock.sleep(TAKE_MS, signal);
    scanner.send(new TextEncoder().encode(`${codes[next % codes.length]}\r`));
    next += 1;
  }
}
