import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { parseConfig } from '../station/config.ts';
import { resolveDataDir } from '../station/data-directory.ts';
import type { HealthView } from '../station/http/shapes.ts';
import { ORIGIN } from '../station/tokens.ts';
import { accountNamed, accountOfUid } from './accounts.ts';
import type { ConfigState, Context, RunningDaemon } from './context.ts';
import type { Account, Machine } from './machine.ts';
import { lockHolder } from './processes.ts';

type Asked = {
  readonly config: string | undefined;
  readonly data: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Where an installed station has its configuration. */
const USUAL_CONFIG = '/etc/chot/station.toml';
const SERVICE_ACCOUNT = 'chot';

/** What checks are given: the configuration, the data directory, and the daemon that runs on it, if any. */
export async function openContext(machine: Machine, asked: Asked): Promise<Context> {
  const configState = readConfig(machine, asked.config);
  const config = configState.kind === 'good' ? configState.config : null;
  const dataDir = dataDirOf(machine, asked, config?.station.dataDir);
  const port = config?.http.port ?? 0;
  return {
    ...{ machine, configState, config, dataDir },
    daemon: await findDaemon(machine, dataDir, port),
    account: daemonAccount(machine, dataDir),
  };
}

function readConfig(machine: Machine, named: string | undefined): ConfigState {
  const file = named ?? USUAL_CONFIG;
  const facts = machine.look(file);
  if (facts === 'missing' && named === undefined) return { kind: 'none', usual: USUAL_CONFIG };
  const text = machine.readText(file);
  if (text === null) {
    const isDenied = facts !== 'missing';
    return { kind: 'unreadable', file, isDenied };
  }
  try {
    const config = parseConfig(text, file);
    return { kind: 'good', file, folder: dirname(resolve(file)), config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: 'wrong', file, problems: problemsOf(error, file) };
  }
}

/** The message has a head and a line for each problem, or is one line. */
function problemsOf({ message }: ConfigError, file: string): readonly string[] {
  const [head = '', ...rest] = message.split('\n').map((line) => line.trim());
  return rest.length > 0 ? rest : [head.replace(`${file}: `, '')];
}

/** As every command finds it; for whoever is not root, the system's own place where it is there and nothing was named. */
function dataDirOf(machine: Machine, { data, env }: Asked, config: string | undefined): string {
  const own = resolveDataDir({ option: data, env, config });
  const isNamed = (data ?? env['CHOT_DATA'] ?? config) !== undefined;
  if (isNamed || machine.look(own) !== 'missing') return own;
  return machine.look(SYSTEM_DATA) === 'missing' ? own : SYSTEM_DATA;
}

const SYSTEM_DATA = '/var/lib/chot';

async function findDaemon(machine: Machine, dataDir: string, port: number): Promise<RunningDaemon> {
  const lock = join(dataDir, 'station.lock');
  const isHidden = machine.look(lock) === 'denied';
  const pid = lockHolder(machine, lock);
  const noted = machine.readText(join(dataDir, 'run', ORIGIN))?.trim() ?? null;
  const origin = noted ?? (port === 0 ? null : `http://127.0.0.1:${port}`);
  const none = { pid, isHidden, health: null, isAlive: false, origin };
  if (origin === null || (pid === null && !isHidden)) return none;
  const isAlive = await answersAsStation(machine, origin);
  const token = machine.readText(join(dataDir, 'keys', 'monitor.token'))?.trim() ?? null;
  if (token === null || !isAlive) return { ...none, isAlive };
  return { ...none, isAlive, health: await askHealth(machine, origin, token) };
}

/** What needs no credential; nobody is told a token before he has answered as a station does. */
async function answersAsStation(machine: Machine, origin: string): Promise<boolean> {
  if (!HERE.test(origin)) return false;
  const answer = await machine.get(`${origin}/healthz`, null);
  return answer?.status === 200 && answer.text === '{"status":"alive"}';
}

/** Whatever the file says, only this machine's own addresses are asked. */
const HERE = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+$/;

async function askHealth(
  machine: Machine,
  origin: string,
  token: string,
): Promise<HealthView | null> {
  const answer = await machine.get(`${origin}/api/v1/health`, token);
  if (answer?.status !== 200) return null;
  try {
    return JSON.parse(answer.text) as HealthView;
  } catch {
    return null;
  }
}

/** Whoever owns the data directory; before there is one, the account that scripts/install makes; else whoever asks. */
function daemonAccount(machine: Machine, dataDir: string): Account {
  const facts = machine.look(dataDir);
  if (typeof facts !== 'string') return accountOfUid(machine, facts.uid);
  return accountNamed(machine, SERVICE_ACCOUNT) ?? machine.account;
}
