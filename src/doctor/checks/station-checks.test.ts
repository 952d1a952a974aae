import { expect, test } from 'vitest';
import { contextOn, FakeMachine, running } from '../../../test/support/fake-machine.ts';
import type { Check } from '../context.ts';
import { configurationCheck } from './configuration.ts';
import { dataDirectoryCheck } from './data-directory.ts';
import { hubCheck } from './hub.ts';
import { journalCheck } from './journal.ts';
import { keysCheck } from './keys.ts';
import { lanesCheck } from './lanes.ts';
import { registersCheck } from './registers.ts';
import { selfTestCheck } from './self-test.ts';
import { trustCheck } from './trust.ts';

const DATA = '/var/lib/chot';
const KEYS = `${DATA}/keys`;
const HUB = '[hub]\nurl = "https://hub.example:8443"\n';
const LANE = '[[lane]]\nid = "lane-1"\nname = "L"\n';
const DAY_MS = 86_400_000;

type Given = Parameters<typeof contextOn>[1];

async function told(check: Check, machine: FakeMachine, given: Given = {}) {
  const all = await check.run(contextOn(machine, given));
  return all.map(({ state, subject, found }) => `${state} ${subject}: ${found}`);
}

test('every wrong key of the configuration is a finding', async () => {
  const context = contextOn(new FakeMachine(), { config: null });
  const problems = ['lane[1].id: missing', 'http.port: expected an integer'];
  const configState = { kind: 'wrong', file: 's.toml', problems } as const;
  const all = await configurationCheck.run({ ...context, configState });
  expect(all.map(({ found }) => found)).toEqual(problems);
  expect(all.every(({ state }) => state === 'fault')).toBe(true);
});

test('a configuration that may not be read says how it can be', async () => {
  const context = contextOn(new FakeMachine(), { config: null });
  const configState = { kind: 'unreadable', file: '/etc/chot/s.toml', isDenied: true } as const;
  const [finding] = await configurationCheck.run({ ...context, configState });
  expect(finding).toMatchObject({
    state: 'fault',
    next: 'sudo chot doctor --config /etc/chot/s.toml',
  });
});

test('a data directory that is missing, of somebody else, open to others or closed to us is told as that', async () => {
  const missing = new FakeMachine();
  missing.files.delete(DATA);
  expect(await told(dataDirectoryCheck, missing)).toEqual([
    `warning data directory ${DATA}: it is not there`,
  ]);
  const root = new FakeMachine().put(DATA, { kind: 'folder', mode: 0o700 });
  expect((await told(dataDirectoryCheck, root))[0]).toBe(
    `fault data directory ${DATA}: user chot may not write it`,
  );
  const open = new FakeMachine().put(KEYS, { kind: 'folder', mode: 0o755 });
  expect(await told(dataDirectoryCheck, open)).toContainEqual(
    expect.stringContaining('fault folder /var/lib/chot/keys: mode 755'),
  );
  const closed = { isHidden: true, isAlive: true, origin: 'http://127.0.0.1:8080' };
  expect(await told(dataDirectoryCheck, new FakeMachine(), { daemon: closed })).toEqual([
    `skipped data directory ${DATA}: this user may not look into it; a station answers at http://127.0.0.1:8080`,
  ]);
});

test('a daemon that holds the directory and does not answer is a warning that names it', async () => {
  const machine = new FakeMachine().put('/proc/4711/comm', { text: 'node\n' });
  const daemon = { ...running(), health: null };
  expect((await told(dataDirectoryCheck, machine, { daemon }))[0]).toContain(
    'node (process 4711) runs on',
  );
});

test('keys that are missing, readable by others or cut short are faults', async () => {
  const well = () => {
    const machine = new FakeMachine();
    for (const name of ['db.key', 'station.ed25519', 'station.x25519']) {
      machine.put(`${KEYS}/${name}`, { mode: 0o600, bytes: 32 });
    }
    return machine;
  };
  expect((await told(keysCheck, well()))[0]).toContain('good keys: 3 files');
  expect((await told(keysCheck, well()))[0]).toContain('grade: file');
  const open = well().put(`${KEYS}/db.key`, { mode: 0o640, bytes: 32 });
  expect(await told(keysCheck, open)).toEqual([
    'fault key db.key: mode 640: other users of this machine can read it',
  ]);
  const short = well().put(`${KEYS}/db.key`, { mode: 0o600, bytes: 7 });
  expect(await told(keysCheck, short)).toEqual(['fault key db.key: 7 bytes instead of 32']);
  const lost = well();
  lost.files.delete(`${KEYS}/station.x25519`);
  expect(await told(keysCheck, lost)).toEqual([
    'fault key station.x25519: /var/lib/chot/keys/station.x25519 is missing',
  ]);
});

test('a journal that the station cannot write is a fault; one that is no journal too', async () => {
  const full = running({ journal: { state: 'not-writing', reason: 'full', unrecorded: 3 } });
  expect((await told(journalCheck, new FakeMachine(), { daemon: full }))[0]).toContain(
    'fault journal: the station cannot write it (full)',
  );
  const plain = new FakeMachine().put(`${DATA}/journal.db`, { text: 'SQLite format 3\0...' });
  expect(await told(journalCheck, plain)).toEqual([
    `fault journal: ${DATA}/journal.db is not encrypted`,
  ]);
  const closed = new FakeMachine().put(`${DATA}/journal.db`, { denied: true });
  expect((await told(journalCheck, closed))[0]).toContain('skipped journal');
});

test('each state of a register has its finding, from the station and without one', async () => {
  const machine = new FakeMachine();
  const asOfMs = machine.atMs - 30 * 3_600_000;
  const states = ['fresh', 'ageing', 'expired', 'absent', 'unusable'] as const;
  const registers = states.map((state) => ({
    ...{ register: state, state, ageMs: null, acknowledged: false },
    asOfMs: state === 'absent' ? null : asOfMs,
  }));
  const expected = [
    'good register fresh: fresh, of 30 h ago',
    'warning register ageing: ageing, of 30 h ago: an officer must acknowledge it each shift',
    'fault register expired: expired, of 30 h ago: everybody is "check"',
    'fault register absent: not there: everybody is "check"',
    'fault register unusable: there, but cannot be relied on: everybody is "check"',
  ];
  expect(await told(registersCheck, machine, { daemon: running({ registers }) })).toEqual(expected);
  machine.held = registers.map((each) => ({ ...each, version: null }));
  expect(await told(registersCheck, machine)).toEqual(expected);
  machine.held = null;
  expect((await told(registersCheck, machine))[0]).toContain('skipped registers');
});

test('with a hub the next step of an old list is the line, without one an import', async () => {
  const machine = new FakeMachine();
  machine.held = [{ register: 'f0', state: 'absent', asOfMs: null, version: null }];
  const [alone] = await registersCheck.run(contextOn(machine));
  expect(alone?.next).toContain('chot register import');
  const [withHub] = await registersCheck.run(contextOn(machine, { config: `${HUB}${LANE}` }));
  expect(withHub?.next).toContain('chot sync --once');
});

test('the line to the hub is told by the station, or tried from here', async () => {
  const hub = { state: 'down', sinceMs: 5, unsent: 12, mandate: null } as const;
  const machine = new FakeMachine();
  machine.hub = {
    ...{ hub: 'https://hub.example', station: 'gate-1' },
    certificateUntilMs: machine.atMs + 60 * DAY_MS,
  };
  expect(await told(hubCheck, machine, { daemon: running({ hub }) })).toEqual([
    'good enrolment: as gate-1 at https://hub.example, certificate until 2027-01-25',
    'warning line to the hub: down, 12 segments wait to be sent',
  ]);
  const revoked = running({ hub: { ...hub, state: 'revoked' } });
  expect((await told(hubCheck, machine, { daemon: revoked }))[1]).toContain('fault line');
  machine.tls = 'ECONNREFUSED';
  expect((await told(hubCheck, machine))[1]).toContain('cannot be reached (ECONNREFUSED)');
});

test('a station that is not enrolled though a hub is named, or whose certificate ends, is told so', async () => {
  const machine = new FakeMachine();
  expect((await told(hubCheck, machine, { config: `${HUB}${LANE}` }))[0]).toBe(
    'warning enrolment: this station is not enrolled at https://hub.example:8443',
  );
  const with_ = (ms: number) => {
    machine.hub = { hub: 'https://h', station: 'gate-1', certificateUntilMs: machine.atMs + ms };
    return told(hubCheck, machine);
  };
  expect((await with_(3 * DAY_MS))[0]).toContain('warning enrolment');
  expect((await with_(-DAY_MS))[0]).toContain('fault enrolment');
  machine.hub = 'unreadable';
  expect((await told(hubCheck, machine))[0]).toContain('skipped enrolment');
});

test('a lane that nothing comes into, that has nothing to open, or whose barrier stays shut is told so', async () => {
  const lane = (more: string) => told(lanesCheck, new FakeMachine(), { config: more });
  expect(await lane(LANE)).toEqual(['warning lane lane-1: it has no camera, scanner or reader']);
  const scanner = '[[scanner]]\nid = "s"\ndriver = "serial"\npath = "/dev/ttyACM0"\n';
  const barrier = '[[barrier]]\nid = "b"\ndriver = "sim"\n';
  expect(await lane(`${scanner}${LANE}operation = "automatic"\ndevices = ["s"]\n`)).toEqual([
    'fault lane lane-1: operation is "automatic" and it has no barrier',
  ]);
  expect(await lane(`${scanner}${barrier}${LANE}devices = ["s", "b"]\n`)).toEqual([
    'warning lane lane-1: it has a barrier, and operation is "assisted"',
  ]);
  expect(await lane(`${scanner}${barrier}${LANE}devices = ["s"]\n`)).toEqual([
    'good lane lane-1: assisted, in: s',
    'warning device b: it is configured and belongs to no lane: nothing is read from it',
  ]);
});

test('a self-test that failed is a fault, at the station and without one', async () => {
  const selfTest = { state: 'failed', code: 'self-test.bad-accepted', atMs: 7 } as const;
  const daemon = running({}, { selfTest });
  const [finding] = await selfTestCheck.run(contextOn(new FakeMachine(), { daemon }));
  expect(finding).toMatchObject({ state: 'fault', code: 'self-test.bad-accepted', sinceMs: 7 });
  const machine = new FakeMachine();
  expect(await told(selfTestCheck, machine)).toEqual([
    'good self-test: a good code was understood and a bad one refused',
  ]);
  machine.tested = 'self-test.no-decoder';
  expect((await told(selfTestCheck, machine))[0]).toContain('fault self-test');
  machine.tested = 'late';
  expect((await told(selfTestCheck, machine))[0]).toContain('warning self-test');
});

test('a chip-card reader without any authority of identity cards is a warning', async () => {
  const config = `[[reader]]\nid = "r"\ndriver = "pcsc"\n${LANE}`;
  const machine = new FakeMachine();
  expect((await told(trustCheck, machine, { config }))[0]).toContain('warning card authorities');
  machine.put(`${DATA}/trust/chip-anchors.jsonl`, { text: '{"purpose":"cccd"}\n' });
  expect(await told(trustCheck, machine, { config })).toEqual([
    'good card authorities: 1 for identity cards',
  ]);
  expect(await told(trustCheck, machine)).toEqual([]);
});
