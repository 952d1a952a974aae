import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/station/system-clock.ts';
import { settle, VirtualClock } from '../../../test/support/virtual-clock.ts';
import { describeSignal, type SignalRig } from '../../contract/signal-contract.ts';
import { loadSounds, pcmBytes } from './sound-bank.ts';
import { cardOf, SoundSignal } from './sound-signal.ts';

const going = () => new AbortController().signal;
const BANK = loadSounds({ languages: ['vi'], idlePrompt: true, folder: null });
const obstacle =
  spawnSync('aplay', ['--version']).status === 0 ? null : 'no aplay: apt install alsa-utils';

/** A loudspeaker that writes what it plays to a file, and takes it as fast as it comes. */
class FileSpeaker {
  readonly folder = mkdtempSync(join(tmpdir(), 'chot-sound-'));
  readonly config = join(this.folder, 'asound.conf');
  readonly played = join(this.folder, 'played.raw');

  plug(): void {
    writeFileSync(
      this.config,
      `pcm.nothing { type null }
pcm.speaker { type file slave.pcm "nothing" file "${this.played}" format "raw" }\n`,
    );
  }

  unplug(): void {
    writeFileSync(this.config, 'pcm.nothing { type null }\n');
  }

  signal(program = 'aplay', clock = systemClock): SoundSignal {
    return new SoundSignal(
      {
        ...{ deviceId: 'sound-1', device: 'speaker', bank: BANK, program },
        ...{ volume: () => 1, alsaConfig: this.config },
      },
      clock,
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

async function openRig(): Promise<SignalRig> {
  const speaker = new FileSpeaker();
  speaker.plug();
  const parts: Buffer[] = [];
  const signal = speaker.signal();
  const keep = () => {
    if (!existsSync(speaker.played)) return;
    parts.push(readFileSync(speaker.played));
    rmSync(speaker.played);
  };
  return {
    signal: {
      deviceId: signal.deviceId,
      onEvent: (listener) => signal.onEvent(listener),
      run: (stop) => signal.run(stop),
      show: async (state, stop) => {
        await signal.show(state, stop);
        await signal.silent();
        keep();
      },
    },
    recorded: async () => Buffer.concat(parts),
    unplug: async () => speaker.unplug(),
    plug: async () => speaker.plug(),
    pass: () => settle(),
    close: async () => speaker.remove(),
  };
}

describeSignal('SoundSignal', openRig, obstacle);

describe.skipIf(obstacle !== null)(`a loudspeaker (${obstacle ?? 'aplay'})`, () => {
  let speaker: FileSpeaker;
  beforeEach(() => {
    speaker = new FileSpeaker();
    speaker.plug();
  });
  afterEach(() => speaker.remove());

  test('gets each sound to the sample', async () => {
    for (const state of ['idle', 'go', 'wait', 'closed'] as const) {
      const signal = speaker.signal();
      await signal.show(state, going());
      await signal.silent();
      const played = readFileSync(speaker.played);
      const sound = Buffer.from(pcmBytes(BANK[state], 1));
      expect(played.subarray(0, sound.length).equals(sound)).toBe(true);
      // ALSA fills the last period with silence.
      expect(played.subarray(sound.length).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('that is not there is told with its cause, and tried in silence until it is', async () => {
    speaker.unplug();
    const signal = speaker.signal();
    const told: string[] = [];
    const online = new Promise<void>((resolve) => {
      signal.onEvent((event) => {
        told.push(event.kind === 'offline' ? event.reason : event.kind);
        if (event.kind === 'online') resolve();
      });
    });
    await expect(signal.show('wait', going())).rejects.toThrow(/Unknown PCM|No such file/);
    expect(told).toEqual(['signal.no-sound-device']);
    speaker.plug();
    const stop = new AbortController();
    const running = signal.run(stop.signal);
    await online;
    await signal.silent();
    stop.abort();
    await running;
    expect(readFileSync(speaker.played).every((byte) => byte === 0)).toBe(true);
  });
});

/** In full with CHOT_SOAK. */
const TIMES = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;

test.skipIf(obstacle !== null)(
  `a loudspeaker that is pulled and put back ${TIMES} times is told and heals each time, and leaves nothing open (${obstacle ?? 'aplay'})`,
  async () => {
    const speaker = new FileSpeaker();
    speaker.plug();
    const clock = new VirtualClock();
    const signal = speaker.signal('aplay', clock);
    const told: string[] = [];
    let heard = () => {};
    signal.onEvent(({ kind }) => {
      told.push(kind);
      heard();
    });
    const stop = new AbortController();
    const next = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      });
    const first = next();
    const running = signal.run(stop.signal);
    await first;
    await signal.silent();
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < TIMES; i++) {
      speaker.unplug();
      await expect(signal.show('wait', going())).rejects.toThrow('signal.no-sound-device');
      speaker.plug();
      const back = next();
      await clock.advance(500);
      await back;
      await signal.silent();
    }
    expect(told).toHaveLength(1 + 2 * TIMES);
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(2);
    stop.abort();
    await running;
    speaker.remove();
  },
);

describe('a player that misbehaves', () => {
  let speaker: FileSpeaker;
  beforeEach(() => {
    speaker = new FileSpeaker();
    speaker.plug();
  });
  afterEach(() => speaker.remove());

  const programOf = (script: string): string => {
    const file = join(speaker.folder, 'player');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const reasonsOf = (signal: SoundSignal): string[] => {
    const reasons: string[] = [];
    signal.onEvent((event) => reasons.push(event.kind === 'offline' ? event.reason : event.kind));
    return reasons;
  };

  test('is missing: the program is named', async () => {
    const signal = speaker.signal(join(speaker.folder, 'absent'));
    const reasons = reasonsOf(signal);
    await expect(signal.show('go', going())).rejects.toThrow('signal.no-player');
    expect(reasons).toEqual(['signal.no-player']);
  });

  test('never opens the device: it is killed at its deadline', async () => {
    const clock = new VirtualClock();
    const signal = speaker.signal(programOf('exec sleep 600'), clock);
    const reasons = reasonsOf(signal);
    const shown = expect(signal.show('go', going())).rejects.toThrow('signal.sound-stalled');
    await clock.advance(1_500);
    await shown;
    expect(reasons).toEqual(['signal.sound-stalled']);
  });

  test('hangs while it plays: it is killed when the sound is long over', async () => {
    const clock = new VirtualClock();
    const signal = speaker.signal(programOf('echo "Playing raw data" >&2; exec sleep 600'), clock);
    const reasons = reasonsOf(signal);
    await signal.show('go', going());
    await clock.advance(20_000);
    await signal.silent();
    expect(reasons).toEqual(['online', 'signal.sound-stalled']);
  });

  test('a newer order ends an older sound, and only one sounds at a time', async () => {
    const marks = join(speaker.folder, 'marks');
    const program = programOf(
      `echo begun >> ${marks}; echo "Playing raw data" >&2; exec sleep 600`,
    );
    const signal = speaker.signal(program, new VirtualClock());
    const reasons = reasonsOf(signal);
    await signal.show('go', going());
    await signal.show('wait', going());
    await signal.show('go', going());
    expect(readFileSync(marks, 'utf8')).toBe('begun\nbegun\nbegun\n');
    const stop = new AbortController();
    stop.abort();
    await signal.run(stop.signal);
    await signal.silent();
    expect(reasons).toEqual(['online']);
  });

  test('cannot be ended: it is told, nobody waits longer, no other is begun beside it, and once it has ended there is sound again', async () => {
    const clock = new VirtualClock();
    const marks = join(speaker.folder, 'marks');
    // What it leaves behind holds its output open, as a driver that hangs holds the whole of it.
    const program = programOf(`sleep 600 & echo $! >> ${marks}; echo "Playing raw data" >&2; wait`);
    const signal = speaker.signal(program, clock);
    const reasons = reasonsOf(signal);
    const left = () => readFileSync(marks, 'utf8').trim().split('\n').map(Number);
    await signal.show('go', going());
    for (const state of ['wait', 'closed'] as const) {
      const shown = expect(signal.show(state, going())).rejects.toThrow('signal.sound-stalled');
      await clock.advance(2_000);
      await shown;
    }
    expect(left()).toHaveLength(1);
    for (const pid of left()) process.kill(pid, 'SIGKILL');
    await signal.silent();
    await signal.show('go', going());
    expect(reasons).toEqual(['online', 'signal.sound-stalled', 'online']);
    for (const pid of left().slice(1)) process.kill(pid, 'SIGKILL');
    const stop = new AbortController();
    stop.abort();
    await signal.run(stop.signal);
  });

  test('says a lot and fails: what it said is bounded', async () => {
    const program = programOf('yes words | head -c 200000 >&2; exit 1');
    const signal = speaker.signal(program);
    let bytes = 0;
    signal.onEvent((event) => {
      if (event.kind === 'offline') bytes = event.detail.join('\n').length;
    });
    await expect(signal.show('go', going())).rejects.toThrow('signal.sound-fault');
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(2_100);
  });
});

test('a card that is pulled while nothing sounds is told, and its return', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-cards-'));
  const clock = new VirtualClock();
  const signal = new SoundSignal(
    {
      ...{ deviceId: 'sound-1', device: 'plughw:CARD=Device,DEV=0', bank: BANK },
      ...{ volume: () => 1, cards: folder, program: '/bin/true' },
    },
    clock,
  );
  const told: string[] = [];
  signal.onEvent((event) => told.push(event.kind === 'offline' ? event.reason : event.kind));
  const stop = new AbortController();
  const running = signal.run(stop.signal);
  await settle();
  expect(told).toEqual(['signal.no-sound-device']);
  mkdirSync(join(folder, 'Device'));
  const back = new Promise<void>((resolve) => {
    signal.onEvent(() => resolve());
  });
  await clock.advance(500);
  await back;
  expect(told.at(-1)).toBe('online');
  rmSync(folder, { recursive: true });
  await clock.advance(1_000);
  await settle();
  expect(told.at(-1)).toBe('signal.no-sound-device');
  stop.abort();
  await running;
});

test('the card of a device name is found, where it names one', () => {
  expect(cardOf('plughw:CARD=Device,DEV=0')).toBe('Device');
  expect(cardOf('hw:1,0')).toBe('card1');
  expect(cardOf('sysdefault:CARD=PCH')).toBe('PCH');
  expect(cardOf('default')).toBeNull();
});
