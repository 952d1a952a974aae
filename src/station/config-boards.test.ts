import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';

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

const board = (keys: string, id = 'b') => `[[board]]\nid = "${id}"\n${keys}\n`;
const barrier = (keys: string, id = 'bar') => `[[barrier]]\nid = "${id}"\n${keys}\n`;
const LCUS = board('driver = "lcus"\npath = "/dev/serial/by-id/x"\nprofile = "lcus-2"');
const rtu = (id: string, keys: string) =>
  board(`driver = "modbus-rtu"\npath = "/dev/ttyRS485"\nprofile = "waveshare-8"\n${keys}`, id);
const INPUTS = board(
  'driver = "modbus-tcp"\nhost = "192.168.77.10"\nprofile = "waveshare-8-inputs"',
);

describe('boards', () => {
  test.each([
    ['driver = "lcus"\nprofile = "lcus-1"', 'board b.path: missing; the port'],
    ['driver = "modbus-tcp"\nprofile = "waveshare-8"', 'board b.host: missing'],
    ['driver = "lcus"\npath = "/dev/x"', 'board b.profile: missing; there are lcus-1, lcus-2'],
    ['driver = "lcus"\npath = "/dev/x"\nprofile = "lcus-3"', 'board b.profile: "lcus-3" is none'],
    [
      'driver = "lcus"\npath = "/dev/x"\nprofile = "waveshare-8"',
      'board b.profile: "waveshare-8" is not for driver "lcus"',
    ],
    [
      'driver = "modbus-rtu"\npath = "/dev/x"\nprofile = "lcus-1"',
      '"lcus-1" is not for driver "modbus-rtu"',
    ],
    [
      'driver = "modbus-tcp"\nhost = "h"\nprofile = "waveshare-8"\nbaud = 9600',
      'board b.baud: driver "modbus-tcp" has no such key',
    ],
    ['driver = "sim"\npath = "/dev/x"', 'board b.path: driver "sim" has no such key'],
    ['driver = "gpio"', 'board[1].driver: expected one of lcus, modbus-rtu, modbus-tcp, sim'],
    ['driver = "modbus-tcp"\nhost = "a b"\nprofile = "waveshare-8"', 'board[1].host: '],
    ['driver = "lcus"\npath = "/dev/x"\nprofile = "lcus-1"\nunit = 0', 'board[1].unit: must be'],
  ])('a board with %j is refused', (keys, problem) => {
    expect(problemsOf(board(keys))).toContain(problem);
  });

  test.each([
    [rtu('a', 'unit = 1') + rtu('b', 'unit = 2'), 'accepted'],
    [rtu('a', 'unit = 1') + rtu('b', ''), 'board b.unit: board a has unit 1 on the same line'],
    [
      rtu('a', 'unit = 1') + rtu('b', 'unit = 2\nbaud = 19200'),
      'board b.baud: board a on the same line runs at 9600',
    ],
    [
      LCUS + LCUS.replace('"b"', '"c"'),
      'board c.path: board b has it; an LCUS board has a port of its own',
    ],
    [INPUTS + INPUTS.replace('"b"', '"c"'), 'board c.host: board b has that address and port'],
    [INPUTS + INPUTS.replace('"b"', '"c"').replace('profile', 'port = 503\nprofile'), 'accepted'],
    [LCUS + LCUS, 'id: "b" stands twice'],
  ])('of two boards, %#', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  test('a scanner on a board’s port is refused', () => {
    const scanner = '[[scanner]]\nid = "s"\ndriver = "serial"\npath = "/dev/serial/by-id/x"\n';
    expect(problemsOf(LCUS + scanner)).toContain(
      'board b.path: scanner s has "/dev/serial/by-id/x"',
    );
  });
});

describe('barriers', () => {
  test.each([
    ['driver = "relay"\nopen = 1', 'barrier bar.board: missing; the id of a [[board]]'],
    ['driver = "relay"\nboard = "b"', 'barrier bar.open: missing; the output that opens it'],
    [
      'driver = "relay"\nboard = "c"\nopen = 1',
      'barrier bar.open: "c" is not the id of a [[board]]',
    ],
    ['driver = "relay"\nboard = "b"\nopen = 9', 'barrier bar.open: board "b" has 8 outputs, not 9'],
    [
      'driver = "relay"\nboard = "b"\nopen = 1\ninputs = { tamper = 9 }',
      'barrier bar.inputs.tamper: board "b" has 8 inputs, not 9',
    ],
    [
      'driver = "relay"\nboard = "b"\nopen = 1\ninputs = { tamper = 3, emergency = 3 }',
      'barrier bar.inputs.emergency: input 3 of board "b" is taken by barrier bar.inputs.tamper',
    ],
    [
      'driver = "relay"\nboard = "b"\nopen = 1\nnormallyClosed = ["tamper"]',
      'barrier bar.normallyClosed: there is no tamper',
    ],
    [
      'driver = "relay"\nboard = "b"\nopen = 1\ninputs = { door = 3 }',
      'barrier[1].inputs.door: no such key',
    ],
    ['driver = "relay"\nboard = "b"\nopen = 1\npulseMs = 50', 'barrier[1].pulseMs: must be >= 100'],
    ['driver = "sim"\nboard = "b"', 'barrier bar.board: driver "sim" has no such key'],
  ])('a barrier with %j is refused', (keys, problem) => {
    expect(problemsOf(INPUTS + barrier(keys))).toContain(problem);
  });

  test('an input on a board without any is refused, and one output for two', () => {
    const text = 'driver = "relay"\nboard = "b"\nopen = 1\ninputs = { presence = 1 }';
    expect(problemsOf(LCUS + barrier(text))).toContain('board "b" has no inputs, not 1');
    const light = '[[signal]]\nid = "l"\ndriver = "relay"\nboard = "b"\nbuzzer = 1\n';
    const problem = problemsOf(LCUS + barrier('driver = "relay"\nboard = "b"\nopen = 1') + light);
    expect(problem).toContain(
      'signal l.buzzer: output 1 of board "b" is taken by barrier bar.open',
    );
  });

  test('a lane that clears by a loop needs one', () => {
    const lane =
      'clear = "loop"\ndevices = ["bar"]\n' +
      INPUTS +
      barrier('driver = "relay"\nboard = "b"\nopen = 1');
    expect(problemsOf(lane)).toContain('lane lane-1.clear: "loop" needs a barrier');
    expect(problemsOf(`${lane}inputs = { presence = 1 }\n`)).toBe('accepted');
  });
});
