import type { PtyScanner } from '../../../devices/scanner/sim/pty-scanner.ts';
import type { DemoScene } from '../../../fixtures/demo/cast.ts';
import { dayToIso } from '../../kernel/calendar.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LaneView } from '../../station/http/lane-shape.ts';
import { SyncStatus } from '../../station/sync-status.ts';
import type { DemoBoard } from '../demo-board.ts';
import type { DemoHub } from '../demo-hub.ts';
import type { DemoStation } from '../demo-station.ts';
import type { Film } from '../film.ts';
import type { DemoLine } from '../line.ts';
import type { DeskPort, DeskView } from './desk-shapes.ts';

const HEADER = 'number,status,from,until,source';
const SOURCE = 'Bàn trình diễn';
const ILL_DAYS = 14;

export type DeskParts = {
  readonly hub: DemoHub;
  readonly line: DemoLine;
  readonly station: Pick<DemoStation, 'data' | 'lanes'>;
  readonly cast: Film['cast'];
  /** Where the staff screen opens: an address that can be used again. */
  readonly staffScreen: string;
  readonly today: number;
  readonly clock: Clock;
  /** Null where no pseudo-terminal can be made. */
  readonly scanner: PtyScanner | null;
  readonly board: DemoBoard | null;
};

type Candidate = { readonly number: string; readonly name: string; readonly scene: DemoScene };

/** The demo as its desk sees it. */
export function demoDesk(parts: DeskParts): DeskPort {
  const { hub, line, clock, today } = parts;
  const people = candidates(parts.cast);
  const batches = new Map<number, number>();
  const status = new SyncStatus(parts.station.data.runFolder);
  let sinceMs = clock.wallMs();
  return {
    view: async () => ({
      nowMs: clock.wallMs(),
      staffScreen: parts.staffScreen,
      line: { cut: line.isCut(), sinceMs },
      station: stationView(status, parts.station.lanes[0]?.view() ?? null),
      gate: gateView(parts),
      hub: await hub.status(),
      people: people.map(({ name, scene }, id) => ({
        id,
        name,
        scene,
        published: batches.has(id),
      })),
    }),
    setLine: (cut) => {
      if (cut === line.isCut()) return;
      sinceMs = clock.wallMs();
      if (cut) line.cut();
      else line.restore();
    },
    setGate: async ({ what, on }) => {
      if (what === 'board') await parts.board?.setPlugged(on);
      else if (what === 'emergency') parts.board?.press(on);
      else if (on !== parts.scanner?.isPlugged)
        await (on ? parts.scanner?.plug() : parts.scanner?.unplug());
    },
    setPublished: async (id, published) => {
      const batch = batches.get(id);
      const person = people[id];
      if (person === undefined || published === (batch !== undefined)) return;
      if (batch !== undefined) {
        await hub.withdraw(batch);
        batches.delete(id);
        return;
      }
      const days = [today, today + ILL_DAYS].map(dayToIso);
      const row = [person.number, 'active', ...days, SOURCE].join(',');
      batches.set(id, await hub.publish('f0', `${HEADER}\n${row}\n`));
    },
  };
}

function gateView({ board, scanner }: DeskParts): DeskView['gate'] {
  if (board === null || scanner === null) return null;
  return {
    arm: board.arm,
    light: board.light(),
    boardPlugged: board.isPlugged,
    scannerPlugged: scanner.isPlugged,
    emergencyPressed: board.isPressed,
  };
}

/** Whoever the gate lets pass, each once: publishing them makes a difference. */
function candidates({ guests }: Film['cast']): readonly Candidate[] {
  return guests.flatMap(({ person, scene }) =>
    person === null || scene === null ? [] : [{ ...person, scene }],
  );
}

function stationView(status: SyncStatus, lane: LaneView | null): DeskView['station'] {
  const sync = status.read();
  return {
    line: sync?.line.state ?? 'unknown',
    unsentSegments: sync?.unsent ?? 0,
    manifest: sync?.versions.manifest ?? 0,
    registers: (lane?.registers ?? []).map(({ register, state, asOfMs }) => ({
      ...{ name: register, state, asOfMs },
    })),
  };
}
