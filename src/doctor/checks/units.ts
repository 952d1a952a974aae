import type { Check, Context } from '../context.ts';
import { fault, good, skipped, type Told, warning } from '../finding.ts';

const UNIT = 'chot-station.service';
const PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result';
/** A unit that came back more often since boot is looked at. */
const RESTARTS_MAX = 3;

/** Whether systemd starts the station, and how often it had to. */
export const unitsCheck: Check = {
  name: 'units',
  run: async (context) => {
    const { machine } = context;
    if (machine.look('/run/systemd/system') === 'missing') {
      return [good('systemd', 'does not run here: whoever starts the station keeps it running')];
    }
    const outcome = await machine.run('systemctl', ['show', UNIT, `--property=${PROPERTIES}`]);
    if (outcome.kind !== 'ended' || outcome.code !== 0) {
      return [skipped(`unit ${UNIT}`, 'systemctl did not answer', `systemctl status ${UNIT}`)];
    }
    return judge(context, parse(outcome.text));
  },
};

type Properties = Readonly<Record<string, string>>;

function parse(text: string): Properties {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    }),
  );
}

function judge({ daemon, config }: Context, unit: Properties): Told[] {
  const subject = `unit ${UNIT}`;
  if (unit['LoadState'] === 'not-found') return config === null ? [] : [notInstalled(subject)];
  switch (unit['ActiveState']) {
    case 'active':
      return [...boot(subject, unit), restarts(subject, Number(unit['NRestarts'] ?? 0))];
    case 'failed':
      return [
        fault(subject, {
          found: `failed (${unit['Result'] ?? 'unknown'})`,
          cause: 'the station ended with an error again and again',
          next: `journalctl -u ${UNIT} -n 50; then systemctl restart ${UNIT}`,
        }),
      ];
    default:
      return [notActive(subject, unit, daemon.pid !== null)];
  }
}

function notInstalled(subject: string): Told {
  return warning(subject, {
    found: 'not installed',
    cause: 'scripts/install was not run: nothing starts the station at boot or after a fault',
    next: 'sudo scripts/install',
  });
}

function notActive(subject: string, unit: Properties, runsElsewhere: boolean): Told {
  return (runsElsewhere ? warning : fault)(subject, {
    found: `${unit['ActiveState'] ?? 'unknown'} (${unit['SubState'] ?? 'unknown'})`,
    cause: runsElsewhere
      ? 'the station was started by hand beside its unit'
      : 'it was stopped, or never started',
    next: `systemctl enable --now ${UNIT}`,
  });
}

function boot(subject: string, unit: Properties): Told[] {
  if (unit['UnitFileState'] === 'enabled') return [];
  return [
    warning(subject, {
      found: 'it runs, and will not at the next boot',
      cause: 'it was started by hand and not enabled',
      next: `systemctl enable ${UNIT}`,
    }),
  ];
}

function restarts(subject: string, count: number): Told {
  if (count <= RESTARTS_MAX) return good(subject, `active, ${count} restarts since boot`);
  return warning(subject, {
    found: `active, but it had to be started again ${count} times since boot`,
    cause: 'the station ends with a fault, or its watchdog ends it',
    next: `journalctl -u ${UNIT} -p warning; look for the lines before each start`,
  });
}
