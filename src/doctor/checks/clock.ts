import type { Check, Context } from '../context.ts';
import { fault, good, type Told, warning } from '../finding.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Battery clock and system clock agree to a second; a flat cell begins again at some old date. */
const RTC_MS_MAX = HOUR_MS;
/** No build is in use for longer. */
const AGE_MS_MAX = 20 * 365 * DAY_MS;

/** What the machine knows of the time, and what the running station makes of it (docs/operations.md, "Time"). */
export const clockCheck: Check = {
  name: 'clock',
  run: (context) => [...battery(context), date(context), ...ntp(context), ...believed(context)],
};

function battery({ machine }: Context): Told[] {
  if (machine.look('/sys/class/rtc/rtc0') === 'missing') {
    return [
      warning('battery clock', {
        found: 'none',
        cause: 'the board has none, or its module is not set up (docs/hardware.md)',
        next: 'fit one (a DS3231 on a Raspberry Pi); without it an officer confirms the date after every power cut',
      }),
    ];
  }
  const text = machine.readText('/sys/class/rtc/rtc0/since_epoch');
  if (text === null) return [good('battery clock', 'there')];
  const aheadMs = Number(text) * 1_000 - machine.nowMs();
  if (Math.abs(aheadMs) < RTC_MS_MAX) return [good('battery clock', 'there, and right')];
  return [
    warning('battery clock', {
      found: `${Math.round(Math.abs(aheadMs) / HOUR_MS)} hours ${aheadMs > 0 ? 'ahead of' : 'behind'} the system's clock`,
      cause: 'its cell is empty, or it was never set',
      next: "set the date (timedatectl set-time 'YYYY-MM-DD hh:mm'), then hwclock --systohc; change the cell if it comes again",
    }),
  ];
}

function date({ machine }: Context): Told {
  const nowMs = machine.nowMs();
  const builtMs = builtAt(machine.readText(`${machine.root}/dist/build.json`));
  const today = new Date(nowMs).toISOString().slice(0, 10);
  if (builtMs === null || (nowMs >= builtMs && nowMs < builtMs + AGE_MS_MAX)) {
    return good('date', `${today}, which can be`);
  }
  return fault('date', {
    found: `this machine says ${today}, this program was built on ${new Date(builtMs).toISOString().slice(0, 10)}`,
    cause: 'the clock has lost the date: an empty cell, or none',
    next: "timedatectl set-ntp false; timedatectl set-time 'YYYY-MM-DD hh:mm'",
  });
}

function builtAt(text: string | null): number | null {
  const builtMs = text === null ? null : (JSON.parse(text) as { builtMs?: unknown }).builtMs;
  return typeof builtMs === 'number' ? builtMs : null;
}

/** For information: the station believes its hub's signed time only. */
function ntp({ machine }: Context): Told[] {
  const isSynchronized = machine.look('/run/systemd/timesync/synchronized') !== 'missing';
  return isSynchronized ? [good('network time', 'in step; the station does not rest on it')] : [];
}

function believed({ daemon }: Context): Told[] {
  const time = daemon.health?.lanes[0]?.time;
  if (time === undefined) return [];
  const { trust, uncertaintyMs } = time;
  if (trust === 'unset') {
    return [
      fault("the station's time", {
        found: 'unset: every person is "check" until somebody answers for the date',
        cause:
          'a start without a battery clock, or with one that was behind, and no word from a hub since',
        next: 'an officer compares date and time on the staff screen and confirms them',
      }),
    ];
  }
  const within = uncertaintyMs === null ? '' : `, to within ${seconds(uncertaintyMs)}`;
  return [
    good(
      "the station's time",
      `${trust === 'vouched' ? 'signed by the hub' : 'carried on'}${within}`,
    ),
  ];
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1_000)} s` : `${Math.ceil(ms / 60_000)} min`;
}
