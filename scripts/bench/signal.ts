import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BoardProfile, loadBoardProfile } from '../../devices/relay/board-profile.ts';
import { type BoardSettings, OpenBoards } from '../../devices/relay/open-boards.ts';
import { LcusSim } from '../../devices/relay/sim/lcus-sim.ts';
import { ModbusUnit } from '../../devices/relay/sim/modbus-unit.ts';
import { SimFaults } from '../../devices/relay/sim/sim-faults.ts';
import { SimRelays } from '../../devices/relay/sim/sim-relays.ts';
import { TcpSim } from '../../devices/relay/sim/tcp-sim.ts';
import { RelaySignal } from '../../devices/signal/relay-signal.ts';
import { LaneRunner } from '../../src/lane/run-lane.ts';
import type { Signal } from '../../src/ports/signal.ts';
import { systemClock } from '../../src/station/system-clock.ts';

/**
 * From a code in memory to the contact of the red light, for checks and stops in turn, and from an officer's tap to green: lane, rules,
 * driver and board together. Not in it: the journal's disk (see lane and journal), and the wire of a real RS-232 or RS-485 line
 * (4 bytes at 9600 baud take 4 ms, a Modbus order and its read-back 35 ms).
 */
const PEOPLE = 150;
const WARM_UP = 10;
const GREEN = 1;
const RED = 2;
const OFFICER = 'bench';
const HOUR_MS = 3_600_000;

type Board = {
  readonly relays: SimRelays;
  readonly settings: Pick<BoardSettings, 'driver'> & Record<string, unknown>;
  readonly close: () => Promise<void>;
};

console.table(await measure('LCUS on a pseudo-terminal', await lcus()));
console.table(await measure('Modbus/TCP on loopback', await modbus()));

async function measure(name: string, { relays, settings, close }: Board) {
  const board = new OpenBoards({ clock: systemClock, random: Math.random }).open(
    settings as BoardSettings,
  );
  const lights = {
    green: { channel: GREEN, burnsAtRest: false },
    red: { channel: RED, burnsAtRest: false },
  };
  const signal = new RelaySignal(
    { deviceId: 'light-1', lights, buzzer: null, atStop: 'dark' },
    { board, clock: systemClock },
  );
  const stop = new AbortController();
  const online = new Promise<void>((resolve) => {
    signal.onEvent(() => resolve());
  });
  const running = [board.run(stop.signal), signal.run(stop.signal)];
  await online;
  const runner = laneWith(signal);
  const tookMs = { check: [] as number[], stop: [] as number[], tap: [] as number[] };
  for (let index = 0; index < PEOPLE + WARM_UP; index++) {
    const measured = index >= WARM_UP;
    const kind = index % 2 === 0 ? 'stop' : 'check';
    const shownAtMs = performance.now();
    runner.present(payload(index), 'scanner', systemClock.monoMs());
    await relays.until(RED, true);
    if (measured) tookMs[kind].push(performance.now() - shownAtMs);
    const tappedAtMs = performance.now();
    runner.staff({ action: 'let-pass', ordinal: null, reason: 'papers-match' }, OFFICER);
    await relays.until(GREEN, true);
    if (measured) tookMs.tap.push(performance.now() - tappedAtMs);
  }
  stop.abort();
  await Promise.all(running);
  await close();
  return [
    row(`${name}: check to red`, tookMs.check),
    row(`${name}: stop to red`, tookMs.stop),
    row(`${name}: tap to green`, tookMs.tap),
  ];
}

/** People of even numbers are in f0, the others in f1. */
function laneWith(signal: Signal): LaneRunner {
  const limits = { ageingMs: 24 * HOUR_MS, expiredMs: 168 * HOUR_MS };
  const nowMs = () => systemClock.wallMs();
  const day = Math.floor(nowMs() / (24 * HOUR_MS));
  let records = 0;
  return new LaneRunner({
    settings: {
      ...{ lane: 'lane-1', direction: 'in', operation: 'assisted', hasBarrier: false },
      ...{ selfTested: true },
      ...{ clear: 'next', openOnClaim: false, officerRequired: false },
      ...{ joinMs: 15_000, repeatMs: 180_000 },
    },
    policy: { version: 1, registers: ['f0', 'f1'], requireChip: false },
    limits: () => ({ f0: limits, f1: limits }),
    registers: {
      lookup: (register, _kind, value) => {
        const isListed = register === (Number(value.slice(-1)) % 2 === 0 ? 'f0' : 'f1');
        const hit = { register, status: 'active' as const, source: 'cdc' };
        return isListed ? [{ ...hit, fromDay: day - 2, untilDay: day + 9 }] : [];
      },
      notices: () => [],
      condition: () => ({ state: 'usable', asOfMs: nowMs() - 60_000, version: 1 }),
    },
    journal: {
      append: (build) => {
        records += 1;
        build(records);
        return records;
      },
      unfinished: () => [],
      openings: () => [],
    },
    barrier: null,
    signals: [signal],
    cards: null,
    clock: systemClock,
    time: {
      interval: () => ({ earliestMs: nowMs(), latestMs: nowMs(), trust: 'vouched' }),
      nowMs,
      confirm: () => true,
    },
    subjectKey: (kind, value) =>
      createHmac('sha256', 'bench').update(`${kind} ${value}`).digest('hex').slice(0, 16),
    software: '0.0.0',
  });
}

function payload(index: number): Uint8Array {
  const number = `001200${String(index).padStart(6, '0')}`;
  return new TextEncoder().encode(
    `${number}||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021`,
  );
}

async function lcus(): Promise<Board> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-signal-'));
  const path = join(folder, 'board');
  const relays = new SimRelays(4, 0, systemClock);
  const cable = new LcusSim(path, relays, new SimFaults(), true);
  await cable.plug();
  return {
    relays,
    settings: { ...common('lcus-4'), driver: 'lcus', path, baud: null },
    close: async () => {
      await cable.unplug();
      rmSync(folder, { recursive: true });
    },
  };
}

async function modbus(): Promise<Board> {
  const relays = new SimRelays(8, 8, systemClock);
  const server = new TcpSim(new ModbusUnit(1, relays, new SimFaults()), systemClock);
  await server.plug();
  const place = { host: '127.0.0.1', port: server.port, unit: null };
  return {
    relays,
    settings: { ...common('waveshare-8-inputs'), driver: 'modbus-tcp', ...place },
    close: () => server.close(),
  };
}

function common(profile: string): { deviceId: string; urgent: number[]; profile: BoardProfile } {
  return { deviceId: 'board-1', urgent: [], profile: loadBoardProfile(profile) };
}

function row(what: string, ms: number[]): Record<string, string> {
  ms.sort((one, other) => one - other);
  const at = (share: number) => (ms[Math.floor((ms.length - 1) * share)] ?? 0).toFixed(1);
  return { what, 'median ms': at(0.5), 'p95 ms': at(0.95), 'max ms': at(1) };
}
