import { expect, test } from 'vitest';
import { contextOn, FakeMachine, running } from '../../../test/support/fake-machine.ts';
import type { Check } from '../context.ts';
import { clockCheck } from './clock.ts';
import { debianProgramsCheck } from './debian-programs.ts';
import { diskCheck } from './disk.ts';
import { memoryCheck } from './memory.ts';
import { networkCheck } from './network.ts';
import { portCheck } from './port.ts';
import { programCheck } from './program.ts';
import { unitsCheck } from './units.ts';

type Given = Parameters<typeof contextOn>[1];

async function findings(check: Check, machine: FakeMachine, given: Given = {}) {
  return check.run(contextOn(machine, given));
}

/** Subject and state of everything that is not well. */
async function troubles(check: Check, machine: FakeMachine, given: Given = {}) {
  const all = await findings(check, machine, given);
  return all.filter(({ state }) => state !== 'good').map(({ subject, state }) => [state, subject]);
}

test('a well machine gives nothing but good findings', async () => {
  const machine = new FakeMachine();
  const checks = [clockCheck, diskCheck, memoryCheck, portCheck, programCheck, unitsCheck];
  for (const check of checks) expect(await troubles(check, machine), check.name).toEqual([]);
});

test('an old Node is a fault', async () => {
  const machine = new FakeMachine();
  machine.nodeVersion = '18.20.0';
  expect(await troubles(programCheck, machine)).toEqual([['fault', 'Node']]);
});

test('a tree that was not built is a fault, and so are pages that were not', async () => {
  const machine = new FakeMachine();
  machine.files.delete('/app/dist/src/vision/decode-worker.js');
  machine.files.delete('/app/web/dist/station/index.html');
  expect(await troubles(programCheck, machine)).toEqual([
    ['fault', 'build'],
    ['fault', 'screens'],
  ]);
});

test('a native module that does not load is named, with its reason and how it is built again', async () => {
  const machine = new FakeMachine();
  machine.runs = (_program, [, script = '']) =>
    script.includes('"sharp"')
      ? { kind: 'ended', code: 1, text: 'x\nError: Could not load the "sharp" module\n at y' }
      : { kind: 'ended', code: 0, text: '' };
  const all = await findings(programCheck, machine);
  expect(all.find(({ state }) => state === 'fault')).toMatchObject({
    subject: 'native module sharp',
    found: expect.stringContaining('Could not load'),
    next: expect.stringContaining('npm rebuild sharp'),
  });
});

test('programs are missed only where the configuration needs them', async () => {
  const machine = new FakeMachine();
  machine.programs = new Set();
  expect(await troubles(debianProgramsCheck, machine)).toEqual([]);
  const config =
    '[[camera]]\nid = "c"\ndriver = "v4l2"\nsource = "/dev/video0"\n[[lane]]\nid = "l"\nname = "L"\n';
  expect(await troubles(debianProgramsCheck, machine, { config })).toEqual([
    ['fault', 'program ffmpeg'],
  ]);
});

test('a disk that is full, short of room, short of names, read-only or slow is told as that', async () => {
  const full = new FakeMachine();
  full.room = { freeBytes: 1e6, totalBytes: 1e9, freeInodes: 1e6, totalInodes: 1e6 };
  expect((await findings(diskCheck, full))[0]).toMatchObject({
    state: 'fault',
    found: '1 MB free',
  });

  const short = new FakeMachine();
  short.room = { freeBytes: 400e6, totalBytes: 1e9, freeInodes: 1e6, totalInodes: 1e6 };
  expect((await findings(diskCheck, short))[0]).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('room for 12 days'),
  });

  const nameless = new FakeMachine();
  nameless.room = { freeBytes: 400e9, totalBytes: 1e12, freeInodes: 10, totalInodes: 1e6 };
  expect((await findings(diskCheck, nameless))[0]).toMatchObject({ state: 'fault' });

  const readOnly = new FakeMachine().put('/proc/self/mounts', {
    text: '/dev/vda / ext4 rw 0 0\n/dev/vdb /var/lib ext4 ro,relatime 0 0\n',
  });
  expect((await findings(diskCheck, readOnly))[0]).toMatchObject({
    found: '/var/lib is mounted read-only',
  });

  const slow = new FakeMachine().put('/var/lib/chot/run', { kind: 'folder' });
  slow.syncTakesMs = 200;
  expect((await findings(diskCheck, slow))[1]).toMatchObject({ state: 'warning' });
  slow.syncTakesMs = 4_000;
  expect((await findings(diskCheck, slow))[1]).toMatchObject({ state: 'fault' });
});

test('a machine without a battery clock, with a flat cell, or in the wrong year is told so', async () => {
  const none = new FakeMachine();
  none.files.delete('/sys/class/rtc/rtc0');
  expect(await troubles(clockCheck, none)).toEqual([['warning', 'battery clock']]);

  const flat = new FakeMachine().put('/sys/class/rtc/rtc0/since_epoch', { text: '946684800\n' });
  expect(await troubles(clockCheck, flat)).toEqual([['warning', 'battery clock']]);

  const past = new FakeMachine();
  past.atMs = Date.UTC(2000, 0, 1);
  expect(await troubles(clockCheck, past)).toEqual([['fault', 'date']]);
});

test('a station whose time is unset is a fault', async () => {
  const daemon = running({ time: { trust: 'unset', nowMs: 1, uncertaintyMs: null } });
  expect(await troubles(clockCheck, new FakeMachine(), { daemon })).toEqual([
    ['fault', "the station's time"],
  ]);
});

test('a port that another program has is named with that program', async () => {
  const tcp =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4242 1\n';
  const machine = new FakeMachine()
    .put('/proc/net/tcp', { text: tcp })
    .put('/proc/77/comm', { text: 'nginx\n' })
    .put('/proc/77/fd/5', { link: 'socket:[4242]' });
  expect((await findings(portCheck, machine))[0]).toMatchObject({
    ...{ state: 'fault', subject: 'port 8080', found: 'nginx (process 77) listens on it' },
  });
});

test('swap on a disk, and a station that may dump its memory, are warnings; swap in memory is none', async () => {
  const machine = new FakeMachine()
    .put('/proc/swaps', { text: 'Filename\n/dev/sda2 partition 1 0 -2\n' })
    .put('/proc/4711/limits', {
      text: 'Max core file size        unlimited   unlimited   bytes\n',
    });
  expect(await troubles(memoryCheck, machine, { daemon: running() })).toEqual([
    ['warning', 'swap'],
    ['warning', 'core dumps'],
  ]);
  machine.put('/proc/swaps', { text: 'Filename\n/dev/zram0 partition 1 0 100\n' });
  expect(await troubles(memoryCheck, machine)).toEqual([]);
});

test('the unit is told as missing, stopped, failed, restarted too often, or not at boot', async () => {
  const unit = async (text: string, given: Given = {}) => {
    const machine = new FakeMachine().put('/run/systemd/system', { kind: 'folder' });
    machine.runs = () => ({ kind: 'ended', code: 0, text });
    const all = await findings(unitsCheck, machine, given);
    return all.map(({ state, found }) => `${state}: ${found}`);
  };
  expect(await unit('LoadState=not-found\n')).toEqual(['warning: not installed']);
  expect(await unit('LoadState=loaded\nActiveState=inactive\nSubState=dead\n')).toEqual([
    'fault: inactive (dead)',
  ]);
  expect(await unit('LoadState=loaded\nActiveState=failed\nResult=exit-code\n')).toEqual([
    'fault: failed (exit-code)',
  ]);
  const active = 'LoadState=loaded\nActiveState=active\n';
  expect(await unit(`${active}UnitFileState=enabled\nNRestarts=9\n`)).toEqual([
    'warning: active, but it had to be started again 9 times since boot',
  ]);
  expect(await unit(`${active}UnitFileState=disabled\nNRestarts=0\n`)).toEqual([
    'warning: it runs, and will not at the next boot',
    'good: active, 0 restarts since boot',
  ]);
});

const ROUTES =
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n' +
  'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n' +
  'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n' +
  'eth1\t0063A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n';

/** eth0 leads everywhere by both families, eth1 to its own networks. */
const ROUTES_6 = `
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fd000001000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
fd000002000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
fd000001000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth1
fd000002000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

function routed(routes6 = ROUTES_6): FakeMachine {
  return new FakeMachine()
    .put('/proc/net/route', { text: ROUTES })
    .put('/proc/net/ipv6_route', { text: routes6 });
}

async function boardAt(machine: FakeMachine, host: string) {
  const context = contextOn(machine);
  const board = [{ id: 'board-1', driver: 'modbus-tcp', host }];
  const config = { ...context.config, board } as unknown as typeof context.config;
  const told = await networkCheck.run({ ...context, config });
  return told.map(({ state, found }) => `${state} ${found}`);
}

test("a board's interface that is the way to everywhere by the other family is not its own", async () => {
  const everywhere = `00000000000000000000000000000000 00 ${'0'.repeat(32)} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth1\n`;
  const [told] = await boardAt(routed(everywhere), '192.168.99.7');
  expect(told).toBe(
    'fault 192.168.99.7 is reached over eth1, which is also the way to everywhere else',
  );
});

test('a name is judged by every address that it leads to, and trusted only where this machine itself says so', async () => {
  const machine = routed();
  machine.names.set('board.example', ['192.168.99.7', 'fd00:1::10']);
  expect((await boardAt(machine, 'board.example'))[0]).toContain(
    'warning host is "board.example", which is 192.168.99.7, fd00:1::10 now',
  );
  machine.put('/etc/hosts', { text: '127.0.0.1 localhost\n192.168.99.7 Board.example # arm\n' });
  expect((await boardAt(machine, 'board.example'))[0]).toContain('good 192.168.99.7 over eth1');
  machine.names.set('board.example', ['192.168.99.7', '192.0.2.17']);
  expect(await boardAt(machine, 'board.example')).toEqual([
    'fault 192.0.2.17 is reached over eth0, which is also the way to everywhere else',
  ]);
});

test('tables of routes that are nonsense are no way', async () => {
  const machine = new FakeMachine()
    .put('/proc/net/route', { text: 'Iface\neth1 xx 0 1 0 0 0 yy\n\u0000\n' })
    .put('/proc/net/ipv6_route', {
      text: `zz 40\nfd${'0'.repeat(30)} zz 0 0 0 0 0 0 00000001 eth1\n\n`,
    });
  expect((await boardAt(machine, '192.168.99.7'))[0]).toContain('no interface leads to');
  expect((await boardAt(machine, 'fd00:1::10'))[0]).toContain('no interface leads to');
});

test.each([
  ['192.0.2.17', 'fault', 'which is also the way to everywhere else'],
  ['8.8.8.8', 'fault', 'which is also the way to everywhere else'],
  ['192.168.99.7', 'good', 'over eth1, which leads nowhere else'],
  ['127.0.0.1', 'good', 'on this machine itself'],
  ['board.example', 'fault', 'host is "board.example"'],
  ['::1', 'good', 'on this machine itself'],
  ['::ffff:127.0.0.1', 'good', 'on this machine itself'],
  ['::ffff:192.0.2.17', 'fault', 'which is also the way to everywhere else'],
  ['::FFFF:C0A8:6307', 'good', 'over eth1, which leads nowhere else'],
  ['fd00:1::10', 'good', 'over eth1, which leads nowhere else'],
  ['fd00:1::2', 'good', 'on this machine itself'],
  ['fd00:2::2', 'good', 'on this machine itself'],
  ['fd00:2::10', 'fault', 'over eth0, which is also the way to everywhere else'],
  ['fd00:9::10', 'fault', 'over eth0, which is also the way to everywhere else'],
  ['fe80::10%eth1', 'good', 'over eth1, which leads nowhere else'],
  ['fe80::10%eth0', 'fault', 'over eth0, which is also the way to everywhere else'],
  ['fe80::10%eth7', 'fault', 'no interface leads to fe80::10%eth7'],
  ['fe80::10', 'fault', 'does not say on which interface'],
  ['2001:db8::10', 'fault', 'is an address that the whole network can use'],
])('a relay board at %s is a %s', async (host, state, found) => {
  const all = await boardAt(routed(), host);
  expect(all).toHaveLength(1);
  expect(all[0]).toMatch(new RegExp(`^${state} `));
  expect(all[0]).toContain(found);
});

test('a board that no interface leads to is a fault', async () => {
  const machine = new FakeMachine().put('/proc/net/route', { text: 'Iface\n' });
  const context = contextOn(machine);
  const board = [{ id: 'b', driver: 'modbus-tcp', host: '10.0.0.9' }];
  const config = { ...context.config, board } as unknown as typeof context.config;
  expect(await networkCheck.run({ ...context, config })).toMatchObject([{ state: 'fault' }]);
});
