import type { Context, RunningDaemon } from '../../src/doctor/context.ts';
import type {
  DiskSpace,
  FileFacts,
  HttpAnswer,
  KeptHub,
  Machine,
  ReadersSeen,
  RunOutcome,
} from '../../src/doctor/machine.ts';
import type { RegisterUse } from '../../src/rules/verdict.ts';
import { parseConfig } from '../../src/station/config.ts';
import type { HealthView } from '../../src/station/http/shapes.ts';
import type { SelfTestFault } from '../../src/station/self-test/self-test.ts';

type FakeFile = Partial<FileFacts> & {
  readonly text?: string;
  /** Where the link of this name ends. */
  readonly link?: string;
  readonly denied?: boolean;
};

const SYSTEM: Readonly<Record<string, FakeFile>> = {
  '/app/dist/build.json': { text: '{"software":"1.0.0","builtMs":1767225600000}' },
  '/app/dist/src/vision/decode-worker.js': {},
  '/app/dist/devices/card-reader/pcsc-child.js': {},
  '/app/web/dist/station/index.html': {},
  '/etc/passwd': { text: 'root:x:0:0::/root:/bin/sh\nchot:x:990:990::/:/bin/false\n' },
  '/etc/group': {
    text: 'root:x:0:\nvideo:x:44:chot\ndialout:x:20:\ninput:x:104:\nchot:x:990:\n',
  },
  '/proc/self/mounts': { text: '/dev/vda / ext4 rw,relatime 0 0\n' },
  '/proc/swaps': { text: 'Filename Type Size Used Priority\n' },
  '/proc/locks': { text: '' },
  '/sys/class/rtc/rtc0': { kind: 'folder' },
  '/var/lib/chot': { kind: 'folder', uid: 990, gid: 990, mode: 0o700 },
};

/** A machine that shows what a test says, and is otherwise a well one. */
export class FakeMachine implements Machine {
  account = { name: 'root', uid: 0, gids: [0] as readonly number[] };
  readonly root = '/app';
  nodeVersion = '20.19.0';
  readonly nodePath = '/usr/bin/node';
  atMs = Date.UTC(2026, 10, 26, 5);
  readonly files = new Map<string, FakeFile>(Object.entries(SYSTEM));
  programs = new Set(['ffmpeg', 'v4l2-ctl', 'pcscd', 'prlimit', 'aplay', 'systemctl']);
  runs: (program: string, args: readonly string[]) => RunOutcome = () => ENDED_WELL;
  room: DiskSpace | null = {
    ...{ freeBytes: 500e9, totalBytes: 600e9, freeInodes: 1e6, totalInodes: 2e6 },
  };
  syncTakesMs: number | null = 2;
  answers: (url: string, token: string | null) => HttpAnswer | null = () => null;
  tls: string | null = null;
  /** Where names lead. */
  readonly names = new Map<string, readonly string[]>();
  seenReaders: ReadersSeen = [];
  tested: SelfTestFault | null | 'late' = null;
  held: readonly RegisterUse[] | null = [];
  hub: KeptHub | null | 'unreadable' = null;

  put(path: string, file: FakeFile = {}): this {
    this.files.set(path, file);
    return this;
  }

  nowMs(): number {
    return this.atMs;
  }

  look(path: string): FileFacts | 'missing' | 'denied' {
    const file = this.files.get(this.resolve(path) ?? path);
    if (file === undefined)
      return this.list(path).length > 0 ? facts({ kind: 'folder' }) : 'missing';
    return file.denied === true ? 'denied' : facts(file);
  }

  readText(path: string): string | null {
    const file = this.files.get(this.resolve(path) ?? path);
    return file === undefined || file.denied === true ? null : (file.text ?? '');
  }

  list(path: string): readonly string[] {
    const below = [...this.files.keys()].filter((name) => name.startsWith(`${path}/`));
    return [
      ...new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? '')),
    ].sort();
  }

  resolve(path: string): string | null {
    const file = this.files.get(path);
    if (file?.link !== undefined) return this.resolve(file.link);
    return file === undefined ? null : path;
  }

  readLink(path: string): string | null {
    return this.files.get(path)?.link ?? null;
  }

  program(name: string): string | null {
    return this.programs.has(name) ? `/usr/bin/${name}` : null;
  }

  async run(program: string, args: readonly string[]): Promise<RunOutcome> {
    return this.runs(program, args);
  }

  space(): DiskSpace | null {
    return this.room;
  }

  async syncMs(): Promise<number | null> {
    return this.syncTakesMs;
  }

  async get(url: string, token: string | null): Promise<HttpAnswer | null> {
    return this.answers(url, token);
  }

  async reachTls(): Promise<string | null> {
    return this.tls;
  }

  async addresses(host: string): Promise<readonly string[] | null> {
    return this.names.get(host) ?? null;
  }

  async readers(): Promise<ReadersSeen> {
    return this.seenReaders;
  }

  async selfTest(): Promise<SelfTestFault | null | 'late'> {
    return this.tested;
  }

  registers(): readonly RegisterUse[] | null {
    return this.held;
  }

  keptHub(): KeptHub | null | 'unreadable' {
    return this.hub;
  }
}

const ENDED_WELL: RunOutcome = { kind: 'ended', code: 0, text: '' };

function facts({ kind = 'file', mode, uid = 0, gid = 0, bytes, inode = 1, text }: FakeFile) {
  const usual = kind === 'folder' ? 0o755 : 0o644;
  return { kind, mode: mode ?? usual, uid, gid, bytes: bytes ?? text?.length ?? 0, inode };
}

type Given = {
  /** What stands behind [station] in the configuration; null: there is none. */
  readonly config?: string | null;
  readonly daemon?: Partial<RunningDaemon>;
};

const LANE = '\n[[lane]]\nid = "lane-1"\nname = "Làn 1"\n';

/** What a check is given: a station at /var/lib/chot that belongs to user chot and does not run. */
export function contextOn(
  machine: FakeMachine,
  { config = LANE, daemon = {} }: Given = {},
): Context {
  const file = '/etc/chot/station.toml';
  const parsed =
    config === null
      ? null
      : parseConfig(`[station]\nid = "gate-1"\nname = "Chốt"\n${config}`, file);
  const dataDir = '/var/lib/chot';
  return {
    machine,
    configState:
      parsed === null
        ? { kind: 'none', usual: file }
        : { kind: 'good', file, folder: '/etc/chot', config: parsed },
    ...{ config: parsed, dataDir },
    daemon: { pid: null, isHidden: false, isAlive: false, health: null, origin: null, ...daemon },
    account: { name: 'chot', uid: 990, gids: [990, 44] },
  };
}

type LaneHealth = HealthView['lanes'][number];

/** A station that runs and is well, but for what is given. */
export function running(
  lane: Partial<LaneHealth> = {},
  station: Partial<HealthView> = {},
): RunningDaemon {
  const origin = 'http://127.0.0.1:8080';
  const health: HealthView = {
    ...{ station: 'gate-1', software: '1.0.0', demo: false, problems: [], warnings: [] },
    selfTest: { state: 'passed', code: null, atMs: 1 },
    boards: [],
    lanes: [
      {
        ...{ id: 'lane-1', name: 'Làn 1', direction: 'in', mode: 'normal' },
        ...{ devices: [], registers: [], hub: null },
        journal: { state: 'writing', reason: null, unrecorded: 0 },
        time: { trust: 'vouched', nowMs: 1, uncertaintyMs: 500 },
        ...lane,
      },
    ],
    ...station,
  };
  return { pid: 4711, isHidden: false, isAlive: true, health, origin };
}
