import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told, warning } from '../finding.ts';

type Register = {
  readonly register: string;
  readonly state: 'fresh' | 'ageing' | 'expired' | 'absent' | 'unusable';
  readonly asOfMs: number | null;
};

/** The lists that everybody is asked for: there, whole, and young enough. */
export const registersCheck: Check = {
  name: 'registers',
  run: (context) => {
    const { daemon, machine, dataDir, config } = context;
    const running = daemon.health?.lanes[0]?.registers;
    if (running !== undefined) return running.map((each) => told(each, context));
    if (config === null || machine.look(dataDir) === 'missing') return [];
    const held = machine.registers(dataDir, config.policy);
    if (held === null) {
      return [skipped('registers', 'they could not be opened by this user', 'sudo chot doctor')];
    }
    return held.map((each) => told(each, context));
  },
};

function told({ register, state, asOfMs }: Register, context: Context): Told {
  const subject = `register ${register}`;
  const age = asOfMs === null ? '' : `, of ${ageOf(context.machine.nowMs() - asOfMs)} ago`;
  const refresh = nextStep(context, register);
  switch (state) {
    case 'fresh':
      return good(subject, `fresh${age}`, asOfMs);
    case 'ageing':
      return warning(subject, {
        found: `ageing${age}: an officer must acknowledge it each shift`,
        cause: 'no newer list and no confirmation came: no line to the hub, or nobody publishes',
        next: refresh,
        sinceMs: asOfMs,
      });
    case 'expired':
      return fault(subject, {
        found: `expired${age}: everybody is "check"`,
        cause:
          'no newer list and no confirmation came for days: no line to the hub, or nobody publishes',
        next: refresh,
        sinceMs: asOfMs,
      });
    case 'absent':
      return fault(subject, {
        found: 'not there: everybody is "check"',
        cause: 'it was never imported, and no hub has sent it',
        next: refresh,
      });
    case 'unusable':
      return fault(subject, {
        found: 'there, but cannot be relied on: everybody is "check"',
        cause: 'its file is damaged or does not fit the key, or its test entries are not found',
        next: `chot register status names the reason; then ${refresh}`,
      });
    default:
      return state satisfies never;
  }
}

function nextStep({ config, daemon, dataDir }: Context, register: string): string {
  const hasHub = config?.hub !== undefined || daemon.health?.lanes[0]?.hub != null;
  return hasHub
    ? `chot sync --once --data ${dataDir}`
    : `chot register import FILE.csv --register ${register} --data ${dataDir}`;
}

function ageOf(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
