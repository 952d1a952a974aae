import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRtspServer } from '../../devices/camera/sim/rtsp-server.ts';
import type { PtyScanner } from '../../devices/scanner/sim/pty-scanner.ts';
import { dayOf } from '../kernel/calendar.ts';
import { ConfigError } from '../kernel/errors.ts';
import { packageRoot } from '../kernel/package-root.ts';
import { newToken } from '../station/http/credentials.ts';
import type { LaneService } from '../station/lane-service.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import type { LogLine } from '../station/telemetry.ts';
import { DemoBoard } from './demo-board.ts';
import { demoCards } from './demo-cards.ts';
import { startDemoHub } from './demo-hub.ts';
import { type DemoReader, openDemoReader } from './demo-reader.ts';
import { plugDemoScanner, scanCodes } from './demo-scanner.ts';
import { DEMO_OFFICER, type DemoStation, startDemoStation } from './demo-station.ts';
import { type DeskParts, demoDesk } from './desk/demo-desk.ts';
import { serveDesk } from './desk/desk-server.ts';
import { codesOf, type Film, makeFilm, scriptOf } from './film.ts';
import { layCards } from './hands.ts';
import { openDemoLine } from './line.ts';
import { PassageLines } from './passage-lines.ts';
import { type DecidedLine, type Expected, roundResult } from './round.ts';
import { standIn } from './stand-in-shift.ts';

export type DemoOptions = {
  /** Plays the film once and ends. */
  readonly once: boolean;
  readonly port: number;
  readonly seed: number;
  /** Every passage as it was decided. */
  readonly onDecided: (line: DecidedLine) => void;
  /** For people. */
  readonly tell: (line: string) => void;
};

/** A round may be late by the stream's start and a loop, never by more. */
const ROUND_SLACK_MS = 60_000;
const FOLLOW_MS = 100;

/**
 * Plays a gate: synthetic people before a camera, a real station, a stand-in officer. Ends with `signal`, or after one
 * round; true when that went as scripted.
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-demo-'));
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  try {
    return await play(options, folder, stop);
  } finally {
    stop.abort();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(options: DemoOptions, folder: string, stop: AbortController): Promise<boolean> {
  const { tell, seed } = options;
  tell(
    'Chốt demo: one lane with camera, card reader, hand scanner, barrier and light, simulated. Every person here is made up.',
  );
  tell('Filming the people who will come: half a minute or so ...');
  const today = dayOf(systemClock.wallMs());
  const film = await makeFilm({ folder, seed, today, signal: stop.signal });
  const camera = await openCamera(film, tell, stop.signal);
  const reader = await openDemoReader(systemClock, tell);
  const scanner = await plugDemoScanner(folder, tell);
  const board = await DemoBoard.plugIn(folder, systemClock, tell);
  try {
    return await atTheGate(options, { folder, today, film, camera, reader, scanner, board }, stop);
  } finally {
    await board?.close();
    await scanner?.unplug();
    await reader.close();
  }
}

type Gate = {
  readonly folder: string;
  readonly today: number;
  readonly film: Film;
  readonly camera: { readonly driver: 'rtsp' | 'file'; readonly source: string };
  readonly reader: DemoReader;
  readonly scanner: PtyScanner | null;
  readonly board: DemoBoard | null;
};

async function atTheGate(
  options: DemoOptions,
  { folder, today, film, camera, reader, scanner, board }: Gate,
  stop: AbortController,
): Promise<boolean> {
  const { port, tell } = options;
  const { anchor, cards } = await demoCards(film.cast, today, systemClock);
  tell('Starting the hub, and enrolling the station there ...');
  const hub = await startDemoHub(folder, film.registers, systemClock, stop.signal);
  const line = await openDemoLine(hub.port);
  const station = await startDemoStation(
    {
      ...{ folder, port, camera, picture: film },
      from: { kind: 'hub', url: line.url, code: await hub.invite() },
      chips: { anchor, reader },
      ports: { scanner: scanner?.path ?? null, board: board?.path ?? null },
      clock: systemClock,
      random: systemRandom,
      log: (line) => logToPeople(line, tell),
    },
    stop.signal,
  );
  const script = scriptOf(film.cast, scanner !== null);
  const ended = followRound(options, { ...film, script }, station, stop);
  const people = station.lanes.flatMap((lane) => [
    board?.run(stop.signal) ?? Promise.resolve(),
    standIn(lane, DEMO_OFFICER, systemClock, stop.signal),
    layCards({ lane, reader, cards, clock: systemClock }, stop.signal),
    scanner === null
      ? Promise.resolve()
      : scanCodes({ lane, scanner, codes: codesOf(film.cast), clock: systemClock }, stop.signal),
  ]);
  const desk = await openDesk({ hub, line, station, cast: film.cast, today, scanner, board });
  tellVisitor(station, desk.entrance, film, tell);
  const result = await ended;
  stop.abort();
  await Promise.all([...people, station.ended, desk.close()]);
  await line.close();
  await hub.ended;
  return result;
}

/** A network camera where this machine can play one, else the film itself. */
async function openCamera(
  { file }: Film,
  tell: DemoOptions['tell'],
  signal: AbortSignal,
): Promise<{ driver: 'rtsp' | 'file'; source: string }> {
  try {
    const { url } = await startRtspServer({ file }, signal);
    return { driver: 'rtsp', source: url };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(`No RTSP server here (${error.message}); the camera reads the film itself.`);
    return { driver: 'file', source: file };
  }
}

/** Resolves when the round is over (`once`) or the demo is told to end. */
async function followRound(
  { once, onDecided, tell }: DemoOptions,
  film: Pick<Film, 'lengthMs'> & { readonly script: readonly Expected[] },
  station: DemoStation,
  stop: AbortController,
): Promise<boolean> {
  const decided: DecidedLine[] = [];
  const over = new AbortController();
  const followed = station.lanes.map((lane) =>
    followLane(lane, stop.signal, (line) => {
      onDecided(line);
      if (!once) return;
      decided.push(line);
      if (roundResult(film.script, decided) !== 'going-on') over.abort();
    }),
  );
  const ends = AbortSignal.any([over.signal, stop.signal]);
  if (!once) {
    await Promise.all(followed);
    return true;
  }
  await systemClock.sleep(film.lengthMs + ROUND_SLACK_MS, ends);
  const result = roundResult(film.script, decided);
  if (result === 'as-scripted') return true;
  tell(
    result === 'going-on'
      ? `Only ${decided.length} of ${film.script.length} passages came.`
      : `Not as scripted: ${result.different}.`,
  );
  return false;
}

/** Tells a lane's passages, one line each, until `signal` aborts. */
async function followLane(
  lane: LaneService,
  signal: AbortSignal,
  onLine: (line: DecidedLine) => void,
): Promise<void> {
  const lines = new PassageLines();
  lane.onTold((event) => {
    if (event.event === 'amended') lines.amended(event.ordinal, event.verdict, event.reasons);
    if (event.event !== 'decided') return;
    const { ordinal, verdict, reasons, tookMs } = event;
    const ms = Math.round(tookMs * 10) / 10;
    lines.decided(ordinal, { lane: lane.id, verdict, reasons, ms }, systemClock.monoMs());
  });
  while (!signal.aborted) {
    const { card } = lane.view();
    const beingRead = card?.stage === 'reading' ? card.ordinal : null;
    for (const line of lines.take(systemClock.monoMs(), beingRead)) onLine(line);
    await systemClock.sleep(FOLLOW_MS, signal);
  }
}

/** The desk's own way to the staff screen may be used again: it is told to nobody but the desk's page. */
function openDesk(
  parts: Omit<DeskParts, 'staffScreen' | 'clock'> & { readonly station: DemoStation },
) {
  const token = newToken();
  parts.station.credentials.addEntrance(token, 'many');
  const staffScreen = `${parts.station.origin}/enter?token=${token}`;
  const pages = join(packageRoot(), 'web', 'dist', 'demo');
  return serveDesk(demoDesk({ ...parts, staffScreen, clock: systemClock }), pages);
}

function tellVisitor(
  { origin, credentials }: DemoStation,
  desk: string,
  film: Film,
  tell: DemoOptions['tell'],
) {
  const token = newToken();
  credentials.addEntrance(token, 'once');
  const { port } = new URL(origin);
  for (const line of [
    '',
    `  Staff screen   ${origin}/enter?token=${token}`,
    '                 (this address works once; the browser stays signed in)',
    `  Hub and line   ${desk}`,
    '                 (cut the line, publish somebody as F0; this address works once too)',
    `  From elsewhere ssh -L ${port}:127.0.0.1:${port} ${hostname()}   then open the same address`,
    `  Passer's page  ${origin}/passer/lane-1   (in the same browser)`,
    '',
    'What to look at:',
    ...film.guests.map((guest) => `  ${guest}`),
    '',
    `A stand-in officer answers after six seconds until you tap something yourself. Its PIN is ${DEMO_OFFICER.pin}.`,
    'Ctrl-C ends the demo; nothing stays behind.',
    '',
  ]) {
    tell(line);
  }
}

function logToPeople(line: LogLine, tell: DemoOptions['tell']): void {
  const { event } = line;
  if (event === 'device-offline' || event === 'bug' || event === 'journal-fault') {
    tell(JSON.stringify(line));
  }
}
