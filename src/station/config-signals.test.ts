import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { volumeAt } from './open-signals.ts';

const BASE = `
[station]
id = "gate-1"
name = "Chốt số 1"
[journal]
sealTo = "x"
[[lane]]
id = "lane-1"
name = "Làn 1"
`;

function problemsOf(text: string): string {
  try {
    parseConfig(BASE + text, 'station.toml');
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

const signal = (keys: string) => `[[signal]]\nid = "light-1"\n${keys}\n`;
const lamp = (keys: string) => `[[lamp]]\nid = "lamp-1"\n${keys}\n`;

describe('signals and lamps in the configuration', () => {
  test.each([
    ['driver = "relay"\ngreen = 2\nred = 3', 'signal light-1.board: missing'],
    ['driver = "relay"\nboard = "b"\ngreen = 2', 'green and red belong together'],
    ['driver = "relay"\nboard = "b"', 'expected green and red, or buzzer'],
    ['driver = "relay"\nboard = "b"\nbuzzer = 65', 'signal[1].buzzer: must be <= 64'],
    [
      'driver = "relay"\nboard = "b"\nbuzzer = 1\nburnsAtRest = ["red"]',
      'burnsAtRest: there is no red',
    ],
    ['driver = "relay"\nboard = "b"\ngreen = 2\nred = 2', 'output 2 of board "b" is taken by'],
    ['driver = "sound"', 'signal light-1.device: missing; one of those that `aplay -L` lists'],
    ['driver = "sound"\ndevice = "x y"', 'signal[1].device: '],
    ['driver = "sound"\ndevice = "hw:1"\ngreen = 2', 'driver "sound" has no such key'],
    [
      'driver = "sound"\ndevice = "hw:1"\nlanguages = ["fr"]',
      'signal[1].languages[1]: expected one of vi, en',
    ],
    [
      'driver = "sound"\ndevice = "hw:1"\nnight = { fromHour = 24, untilHour = 5, volume = 1 }',
      'signal[1].night.fromHour: must be <= 23',
    ],
    ['driver = "lantern"', 'signal[1].driver: expected one of relay, sound, sim'],
  ])('a signal with %j is refused', (keys, problem) => {
    expect(problemsOf(signal(keys))).toContain(problem);
  });

  test.each([
    ['driver = "relay"\noutput = 1', 'lamp lamp-1.board: missing'],
    ['driver = "relay"\nboard = "b"', 'expected either output (on and off) or dimmer'],
    ['driver = "relay"\nboard = "b"\noutput = 1\ndimmer = 1', 'expected either output'],
  ])('a lamp with %j is refused', (keys, problem) => {
    expect(problemsOf(lamp(keys))).toContain(problem);
  });

  test('a lamp on a board that does not dim, or has no such output, is refused', () => {
    const dimmed = lamp('driver = "relay"\nboard = "b"\ndimmer = 3');
    const tcp = (profile: string) =>
      `[[board]]\nid = "b"\ndriver = "modbus-tcp"\nhost = "192.168.77.10"\nprofile = "${profile}"\n`;
    expect(problemsOf(tcp('waveshare-8') + dimmed)).toContain(
      'lamp lamp-1.dimmer: board "b" has no dimmers, not 3',
    );
    expect(problemsOf(tcp('modbus-dimmer') + dimmed)).toBe('accepted');
    const switched = lamp('driver = "relay"\nboard = "b"\noutput = 1');
    expect(problemsOf(tcp('modbus-dimmer') + switched)).toContain('has no outputs, not 1');
  });

  test('a lamp on the output of a light is refused', () => {
    const light = signal('driver = "relay"\nboard = "b"\ngreen = 2\nred = 3');
    const problem = problemsOf(light + lamp('driver = "relay"\nboard = "b"\noutput = 3'));
    expect(problem).toContain(
      'lamp lamp-1.output: output 3 of board "b" is taken by signal light-1.red',
    );
  });

  test('simulated ones and a loudspeaker need nothing more', () => {
    const sound = signal('driver = "sound"\ndevice = "plughw:CARD=Device,DEV=0"');
    expect(problemsOf(sound + lamp('driver = "sim"\ndimmer = 1'))).toBe('accepted');
  });
});

test('nights are quieter, also over midnight, by the clock of Vietnam', () => {
  const night = { fromHour: 22, untilHour: 5, volume: 30 };
  const at = (hour: number) => volumeAt(Date.UTC(2026, 0, 2, hour - 7, 30), { volume: 90, night });
  expect([21, 22, 23, 24, 28, 29, 36].map(at)).toEqual([90, 30, 30, 30, 30, 90, 90]);
  const noon = { volume: 90, night: { fromHour: 11, untilHour: 13, volume: 10 } };
  expect(volumeAt(Date.UTC(2026, 0, 2, 5), noon)).toBe(10);
  expect(volumeAt(Date.UTC(2026, 0, 2, 7), noon)).toBe(90);
  expect(volumeAt(Date.UTC(2026, 0, 2, 7), {})).toBe(80);
});
