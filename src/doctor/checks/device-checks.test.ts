import { expect, test } from 'vitest';
import { contextOn, FakeMachine, running } from '../../../test/support/fake-machine.ts';
import { devicesCheck } from './devices.ts';
import { pluggedInCheck } from './plugged-in.ts';

const BY_ID = '/dev/serial/by-id/usb-Maker_Scanner_1-if00';
const CAMERA_BY_ID = '/dev/v4l/by-id/usb-Maker_Cam_1-video-index0';
const LANE = '[[lane]]\nid = "lane-1"\nname = "L"\n';
const SCANNER = `[[scanner]]\nid = "s"\ndriver = "serial"\npath = "${BY_ID}"\n${LANE}`;
const CAMERA = `[[camera]]\nid = "c"\ndriver = "v4l2"\nsource = "${CAMERA_BY_ID}"\n${LANE}`;
const READER = `[[reader]]\nid = "r"\ndriver = "pcsc"\nname = "identiv"\n${LANE}`;
const DIALOUT = 20;
const CHOT = 990;

/** One scanner at ttyACM0, which group dialout may open, and one camera. */
function plugged(): FakeMachine {
  return new FakeMachine()
    .put('/dev/ttyACM0', { kind: 'device', mode: 0o660, gid: CHOT })
    .put(BY_ID, { link: '/dev/ttyACM0' })
    .put('/dev/video0', { kind: 'device', mode: 0o660, gid: 44 })
    .put(CAMERA_BY_ID, { link: '/dev/video0' });
}

async function told(machine: FakeMachine, given: Parameters<typeof contextOn>[1] = {}) {
  const all = await devicesCheck.run(contextOn(machine, given));
  return all.map(({ state, subject, found }) => `${state} ${subject}: ${found}`);
}

test('a device that is there and may be opened is good, with what its name leads to', async () => {
  expect(await told(plugged(), { config: SCANNER })).toEqual([
    `good scanner s: there: ${BY_ID}, which is /dev/ttyACM0`,
  ]);
  expect(await told(plugged(), { config: CAMERA })).toEqual([
    `good camera c: there: ${CAMERA_BY_ID}, which is /dev/video0`,
  ]);
});

test('a device that is not there has the advice of its driver', async () => {
  const [finding] = await devicesCheck.run(contextOn(new FakeMachine(), { config: SCANNER }));
  expect(finding).toMatchObject({
    ...{ state: 'fault', code: 'scanner.not-found', found: `nothing at ${BY_ID}` },
    next: expect.stringContaining('/dev/serial/by-id'),
  });
});

test('a device that the daemon may not open names the group to add it to', async () => {
  const machine = plugged().put('/dev/ttyACM0', { kind: 'device', mode: 0o660, gid: DIALOUT });
  const [finding] = await devicesCheck.run(contextOn(machine, { config: SCANNER }));
  expect(finding).toMatchObject({
    state: 'fault',
    cause: 'chot is not in group dialout',
    next: 'usermod -aG dialout chot; systemctl restart chot-station',
  });
  machine.put('/dev/ttyACM0', { kind: 'device', mode: 0o600 });
  const [root] = await devicesCheck.run(contextOn(machine, { config: SCANNER }));
  expect(root).toMatchObject({ state: 'fault', next: expect.stringContaining('udev') });
});

test('a device that another program has open names that program', async () => {
  const machine = plugged()
    .put('/proc/88/comm', { text: 'ModemManager\n' })
    .put('/proc/88/fd/9', { link: '/dev/ttyACM0' });
  expect(await told(machine, { config: SCANNER })).toEqual([
    'fault scanner s: ModemManager (process 88) has /dev/ttyACM0 open',
  ]);
});

test('a name that changes is a warning with the one that stays', async () => {
  const config = SCANNER.replace(BY_ID, '/dev/ttyACM0');
  const [finding] = await devicesCheck.run(contextOn(plugged(), { config }));
  expect(finding).toMatchObject({
    state: 'warning',
    next: expect.stringContaining(`path = "${BY_ID}"`),
  });
});

test('a network camera whose URL lies open to others, or nowhere, is a fault; its address is never told with a password', async () => {
  const config = `[[camera]]\nid = "c"\ndriver = "rtsp"\nsourceFile = "cam.url"\n${LANE}`;
  const file = '/etc/chot/cam.url';
  expect((await told(plugged(), { config }))[0]).toContain(`its sourceFile ${file} is not there`);
  const open = plugged().put(file, { uid: CHOT, mode: 0o644, text: 'rtsp://u:secret@h/s' });
  const all = await told(open, { config });
  expect(all).toEqual([`fault camera c: its sourceFile ${file} has mode 644`]);
  const closed = plugged().put(file, { uid: CHOT, mode: 0o600, text: 'rtsp://u:secret@h/s' });
  expect((await told(closed, { config })).join()).toMatch(/^good(?!.*secret)/);
});

test('a reader is looked for by its name among those of pcscd', async () => {
  const machine = new FakeMachine();
  machine.seenReaders = 'service-down';
  expect((await told(machine, { config: READER }))[0]).toContain(
    'the card service does not answer',
  );
  machine.seenReaders = 'late';
  expect((await told(machine, { config: READER }))[0]).toContain('warning reader r');
  machine.seenReaders = ['ACS ACR122U 00 00'];
  expect(await told(machine, { config: READER })).toEqual([
    'fault reader r: there is only ACS ACR122U 00 00, and "identiv" is wanted',
  ]);
  machine.seenReaders = ['Identiv uTrust 3700 F CL Reader 00 00'];
  expect((await told(machine, { config: READER }))[0]).toContain('good reader r: there');
});

test('of a running station its own word counts, with since when; why a device is out may show here too', async () => {
  const device = { id: 's', kind: 'scanner', reason: null, sinceMs: 5 } as const;
  const works = running({ devices: [{ ...device, state: 'online' }] });
  // Not even looked at: the station has it.
  expect(await told(new FakeMachine(), { config: SCANNER, daemon: works })).toEqual([
    'good scanner s: works',
  ]);
  const reason = 'scanner.denied';
  const out = running({ devices: [{ ...device, state: 'offline', reason }] });
  const machine = plugged().put('/dev/ttyACM0', { kind: 'device', mode: 0o660, gid: DIALOUT });
  expect(await told(machine, { config: SCANNER, daemon: out })).toEqual([
    'fault scanner s: out: scanner.denied',
    `fault scanner s: user chot, whom the station runs as, may not open ${BY_ID}`,
  ]);
});

test('a device that has been starting for too long is a warning', async () => {
  const machine = new FakeMachine();
  const device = { id: 's', kind: 'scanner', state: 'starting', reason: null } as const;
  const since = (ms: number) => running({ devices: [{ ...device, sinceMs: machine.atMs - ms }] });
  expect(await told(machine, { config: SCANNER, daemon: since(1_000) })).toEqual([
    'good scanner s: is starting',
  ]);
  expect((await told(machine, { config: SCANNER, daemon: since(60_000) }))[0]).toContain('warning');
});

test('without its configuration the station tells of its devices all the same', async () => {
  const device = { id: 's', kind: 'scanner', reason: 'scanner.busy', sinceMs: 5 } as const;
  const daemon = running({ devices: [{ ...device, state: 'offline' }] });
  expect(await told(new FakeMachine(), { config: null, daemon })).toEqual([
    'fault scanner s: out: scanner.busy',
  ]);
});

test('a relay board is looked for at its port, and what hangs on it names it', async () => {
  const board = (path: string) =>
    `[[board]]\nid = "b"\ndriver = "lcus"\nprofile = "lcus-1"\npath = "${path}"\n`;
  const barrier = '[[barrier]]\nid = "arm"\ndriver = "relay"\nboard = "b"\nopen = 1\n';
  expect(await told(plugged(), { config: `${board(BY_ID)}${barrier}${LANE}` })).toEqual([
    `good board b: there: ${BY_ID}, which is /dev/ttyACM0`,
    'good barrier arm: on b, which is looked at by itself',
  ]);
  const lost = await devicesCheck.run(
    contextOn(plugged(), { config: `${board('/dev/serial/by-id/none')}${barrier}${LANE}` }),
  );
  expect(lost[0]).toMatchObject({ state: 'fault', code: 'board.not-found' });
});

test('of a relay board too the running station has the word, whatever hangs on it', async () => {
  const config = `[[board]]\nid = "b"\ndriver = "modbus-tcp"\nprofile = "modbus-coils"\nhost = "192.168.99.7"\n${LANE}`;
  const board = { id: 'b', state: 'offline', reason: 'board.unreachable', sinceMs: 5 } as const;
  const out = await devicesCheck.run(
    contextOn(new FakeMachine(), { config, daemon: running({}, { boards: [board] }) }),
  );
  expect(out).toMatchObject([
    { state: 'fault', subject: 'board b', code: 'board.unreachable', sinceMs: 5 },
  ]);
  const daemon = running({}, { boards: [{ ...board, state: 'online', reason: null }] });
  expect(await told(new FakeMachine(), { config, daemon })).toEqual(['good board b: works']);
});

const APLAY = `null
    Discard all samples (playback) or generate zero samples (capture)
default:CARD=Device
    USB Audio Device, USB Audio
plughw:CARD=Device,DEV=0
    USB Audio Device, USB Audio
    Hardware device with all software conversions
`;
const AUDIO = 29;

/** One USB sound card, which group audio may use. */
function sounding(text = APLAY): FakeMachine {
  const machine = new FakeMachine()
    .put('/dev/snd/pcmC0D0p', { kind: 'device', mode: 0o660, gid: 44 })
    .put('/proc/asound/Device', { kind: 'folder' })
    .put('/proc/asound/card0', { kind: 'folder' });
  machine.runs = () => ({ kind: 'ended', code: 0, text });
  return machine;
}

function voice(device: string): string {
  return `[[signal]]\nid = "v"\ndriver = "sound"\ndevice = "${device}"\n${LANE}`;
}

test.each(['plughw:CARD=Device,DEV=0', 'hw:0,0', 'null', 'default:CARD=Device'])(
  'the sound device %s is there',
  async (device) => {
    expect(await told(sounding(), { config: voice(device) })).toEqual([
      `good signal v: ${device} is there; start the station to hear it`,
    ]);
  },
);

test('a sound card that is not there is a fault with the ones that are; a name that nobody lists is a warning', async () => {
  const [absent] = await devicesCheck.run(
    contextOn(sounding(), { config: voice('plughw:CARD=Other,DEV=0') }),
  );
  expect(absent).toMatchObject({ state: 'fault', code: 'signal.no-sound-device' });
  expect(absent?.found).toContain('there is plughw:CARD=Device,DEV=0');
  expect((await told(sounding(), { config: voice('speaker') }))[0]).toContain(
    'warning signal v: "speaker" is not among',
  );
});

test('no card, no player, no right to it and no answer are told apart', async () => {
  const bare = new FakeMachine();
  bare.runs = () => ({ kind: 'ended', code: 0, text: 'null\ndefault\n' });
  expect((await told(bare, { config: voice('default') }))[0]).toContain('has no sound card');
  bare.runs = () => ({ kind: 'missing' });
  expect((await told(bare, { config: voice('default') }))[0]).toContain('aplay is not installed');
  const hung = sounding();
  hung.runs = () => ({ kind: 'late' });
  expect((await told(hung, { config: voice('default') }))[0]).toContain('did not list');
  const config = voice('hw:0,0');
  const closed = sounding().put('/dev/snd/pcmC0D0p', { kind: 'device', mode: 0o660, gid: AUDIO });
  expect(await devicesCheck.run(contextOn(closed, { config }))).toMatchObject([
    { state: 'fault', code: 'signal.sound-denied', next: expect.stringContaining('audio') },
  ]);
});

test('whatever a sound card calls itself, a short list of names comes of it', async () => {
  const hostile = [
    'plughw:CARD=\u001b[31mX,DEV=0',
    `plughw:CARD=${'A'.repeat(5_000)}`,
    ...Array.from({ length: 5_000 }, (_, index) => `plughw:CARD=C${index},DEV=0`),
    '\u0000'.repeat(60_000),
  ];
  const all = await devicesCheck.run(
    contextOn(sounding(hostile.join('\n')), { config: voice('hw:CARD=Gone') }),
  );
  expect(all[0]).toMatchObject({ state: 'fault', code: 'signal.no-sound-device' });
  expect(all[0]?.found.length).toBeLessThan(400);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be told.
  expect(all[0]?.found).not.toMatch(/[\u0000-\u001f]/);
});

test('what is plugged in and not configured is offered with the lines to paste', async () => {
  const machine = plugged();
  machine.seenReaders = ['ACS "X" 00 00'];
  const all = await pluggedInCheck.run(contextOn(machine, { config: LANE }));
  expect(all.map(({ state, subject }) => `${state} ${subject}`)).toEqual([
    'warning plugged in: Maker Cam 1',
    'warning plugged in: Maker Scanner 1',
    'warning plugged in: ACS "X" 00 00',
  ]);
  const camera = all[0]?.next ?? '';
  expect(camera).toContain('[[camera]]');
  expect(camera).toContain(`source = "${CAMERA_BY_ID}"`);
  expect(all[2]?.next).toContain('name = "ACS \\"X\\" 00 00"');
});

test('while the configuration is wrong everything that is plugged in is offered', async () => {
  const context = contextOn(plugged(), { config: null });
  const configState = { kind: 'wrong', file: 's.toml', problems: ['x'] } as const;
  expect(await pluggedInCheck.run({ ...context, configState })).toHaveLength(2);
  expect(await pluggedInCheck.run(context)).toEqual([]);
});

test('what is configured, under whichever of its names, is not offered; a keyboard is only mentioned', async () => {
  const config = `${SCANNER.replace(BY_ID, '/dev/ttyACM0').replace(LANE, '')}${CAMERA}`;
  const kbd = '/dev/input/by-id/usb-Maker_Keys-event-kbd';
  const machine = plugged()
    .put('/dev/input/event3', { kind: 'device' })
    .put(kbd, { link: '/dev/input/event3' });
  const all = await pluggedInCheck.run(contextOn(machine, { config }));
  expect(all.map(({ state, subject }) => `${state} ${subject}`)).toEqual([
    'good plugged in: Maker Keys',
  ]);
});
