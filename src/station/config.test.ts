import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

const SMALLEST = `
[station]
id = "gate-1"
name = "Chốt số 1"
[journal]
sealTo = "x"
[[lane]]
id = "lane-1"
name = "Làn 1"
`;

function messageOf(text: string): string {
  try {
    parseConfig(text, 'station.toml');
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

test('the smallest configuration gets the stated defaults', () => {
  const config = parseConfig(SMALLEST, 'station.toml');
  expect(config.http).toEqual({ host: '127.0.0.1', port: 8080 });
  expect(config.policy).toMatchObject({ registers: ['f0'], joinS: 15, repeatS: 180 });
  expect(config.lane[0]).toMatchObject({ direction: 'in', operation: 'assisted', clear: 'next' });
});

test('every mistake is named with its key at once', () => {
  const message = messageOf(`${SMALLEST}
devices = ["cam"]
directon = "in"
[http]
port = 99999
[[camera]]
id = "cam"
driver = "webcam"
`);
  expect(message).toMatchInlineSnapshot(`
    "ConfigError: station.toml: 3 values are wrong
      http.port: must be <= 65535
      camera[1].driver: expected one of v4l2, rtsp, mjpeg, file, stills
      lane[1].directon: no such key"
  `);
});

test('TOML that does not parse is told by line and column', () => {
  expect(messageOf('[station]\nid = = 1\n')).toMatch(/station\.toml: line 2, column \d+: /);
});

test('a device that is named but not described, or used twice, is named', () => {
  const message = messageOf(`${SMALLEST}devices = ["cam", "door"]
[[lane]]
id = "lane-2"
name = "Làn 2"
devices = ["cam"]
[[camera]]
id = "cam"
driver = "file"
source = "a.mp4"
`);
  expect(message).toContain('lane.devices: "cam" stands twice');
  expect(message).toContain('lane[1].devices: "door" is not the id of any device');
});

test('a password in the configuration is refused, and not repeated', () => {
  const message = messageOf(`${SMALLEST}
[[camera]]
id = "cam"
driver = "rtsp"
source = "rtsp://admin:hunter2@10.0.0.2/1"
`);
  expect(message).toContain('camera[1].source: holds a password');
  expect(message).not.toContain('hunter2');
});

test('an address reachable from outside is refused without TLS', () => {
  expect(messageOf(`${SMALLEST}[http]\nhost = "0.0.0.0"\n`)).toMatch(/http\.host: 0\.0\.0\.0/);
});

test('a register without limits, or with limits the wrong way round, is named', () => {
  expect(messageOf(`${SMALLEST}[policy]\nregisters = ["f0", "f1"]\n`)).toContain(
    'policy.ageingH.f1: missing',
  );
  expect(messageOf(`${SMALLEST}[policy]\nageingH = { f0 = 200 }\n`)).toContain(
    'policy.ageingH.f0: must be less',
  );
});

test('what is wrong with scanners is named: one device twice, an unknown profile, a rate without a port', () => {
  const message = messageOf(`${SMALLEST}devices = ["scan-1", "scan-9"]
[[scanner]]
id = "scan-1"
driver = "serial"
path = "/dev/serial/by-id/a"
[[scanner]]
id = "scan-2"
driver = "serial"
path = "/dev/serial/by-id/a"
profile = "acme"
[[scanner]]
id = "scan-3"
driver = "evdev"
path = "/dev/input/by-id/b-event-kbd"
baud = 9600
`);
  expect(message).toContain('scanner.path: "/dev/serial/by-id/a" stands twice');
  expect(message).toMatch(/scanner scan-2\.profile: "acme" is none of .*generic, /);
  expect(message).toContain('scanner scan-3.baud: only a serial port has one; leave it out');
  expect(message).toContain('lane[1].devices: "scan-9" is not the id of any device in this file');
});
