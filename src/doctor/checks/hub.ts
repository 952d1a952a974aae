import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told, warning } from '../finding.ts';
import type { KeptHub } from '../machine.ts';

const DAY_MS = 24 * 3_600_000;
/** A certificate holds for 90 days and renews itself from the 60th. */
const RENEWAL_LATE_MS = 14 * DAY_MS;

/** The line to the hub: as the running station finds it, else whether the hub can be reached from here at all. */
export const hubCheck: Check = {
  name: 'hub',
  run: async (context) => {
    const { machine, dataDir } = context;
    const kept = machine.keptHub(dataDir);
    if (kept === 'unreadable') {
      const next = 'sudo chot doctor, or as the owner of the data directory';
      return [skipped('enrolment', 'what the station keeps of its hub may not be read', next)];
    }
    const running = context.daemon.health?.lanes[0]?.hub ?? null;
    if (kept === null) return running === null ? await notEnrolled(context) : [line(running)];
    return [
      ...certificate(kept, machine.nowMs()),
      running === null ? await reach(context, kept.hub) : line(running),
    ];
  },
};

async function notEnrolled(context: Context): Promise<Told[]> {
  const url = context.config?.hub?.url;
  if (url === undefined) {
    return context.config === null
      ? []
      : [good('hub', 'none is configured: the station works alone')];
  }
  return [
    warning('enrolment', {
      found: `this station is not enrolled at ${url}`,
      cause: '"chot enrol" was not run yet, or the data directory is a new one',
      next: `get a code (chot hub station add, at the hub), stop the station, then: chot enrol --hub ${url} --code -`,
    }),
    await reach(context, url),
  ];
}

async function reach({ machine }: Context, url: string): Promise<Told> {
  const code = await machine.reachTls(url);
  if (code === null) return good('line to the hub', `${url} answers`);
  return warning('line to the hub', {
    found: `${url} cannot be reached (${code})`,
    cause: REACH_CAUSES[code] ?? 'no network here, or the hub is down',
    next: `ip route; ping the hub; curl -vk ${url}; the station goes on alone meanwhile`,
  });
}

const REACH_CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is mistyped, or no name server answers',
  EAI_AGAIN: 'no name server answers: no network, or a wrong one in /etc/resolv.conf',
  ECONNREFUSED: 'the hub does not run, or listens on another port',
  EHOSTUNREACH: 'no way leads there: cable, modem, SIM card',
  ENETUNREACH: 'this machine has no network: cable, modem, SIM card',
  late: 'packets are lost or a firewall drops them',
};

type Line = NonNullable<NonNullable<Context['daemon']['health']>['lanes'][number]['hub']>;

function line({ state, sinceMs, unsent }: Line): Told {
  const waits = unsent === null || unsent === 0 ? 'nothing waits' : `${unsent} segments wait`;
  switch (state) {
    case 'up':
      return good('line to the hub', `up, ${waits} to be sent`, sinceMs);
    case 'unknown':
      return good('line to the hub', 'not tried yet since the start');
    case 'down':
      return warning('line to the hub', {
        found: `down, ${waits} to be sent`,
        cause:
          'no network here, or the hub is down; nothing is lost, and the station goes on alone',
        next: 'chot sync --once tells why; look at cable, modem and SIM card',
        sinceMs,
      });
    case 'revoked':
      return fault('line to the hub', {
        found: 'the hub takes nothing of this station any more',
        cause: 'the station was revoked at the hub: reported stolen, given up, or replaced',
        next: 'ask whoever runs the hub; then chot hub station add there and chot enrol --again here',
        sinceMs,
      });
    default:
      return state satisfies never;
  }
}

function certificate({ hub, station, certificateUntilMs }: KeptHub, nowMs: number): Told[] {
  const subject = 'enrolment';
  if (certificateUntilMs === null) {
    return [
      fault(subject, {
        found: `as ${station} at ${hub}, without a certificate`,
        cause: 'the file sync.db was put back from before the enrolment ended',
        next: `chot enrol --hub ${hub} --code - --again`,
      }),
    ];
  }
  const until = new Date(certificateUntilMs).toISOString().slice(0, 10);
  if (nowMs > certificateUntilMs) {
    return [
      fault(subject, {
        found: `as ${station} at ${hub}; its certificate ended on ${until}`,
        cause: 'the station had no line for a long time, or the date here is wrong',
        next: 'chot sync --once renews it for 45 days after its end; later: chot enrol --again',
      }),
    ];
  }
  if (certificateUntilMs - nowMs < RENEWAL_LATE_MS) {
    return [
      warning(subject, {
        found: `as ${station} at ${hub}; its certificate ends on ${until}`,
        cause: 'it should have renewed itself weeks ago: no line, or the hub refuses',
        next: 'chot sync --once tells why',
      }),
    ];
  }
  return [good(subject, `as ${station} at ${hub}, certificate until ${until}`)];
}
