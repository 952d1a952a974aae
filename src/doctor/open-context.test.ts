import { expect, test } from 'vitest';
import { FakeMachine } from '../../test/support/fake-machine.ts';
import { openContext } from './open-context.ts';

const CONFIG = '/etc/chot/station.toml';
const DATA = '/var/lib/chot';
const LOCK = `${DATA}/station.lock`;
const LOCKED = '1: POSIX  ADVISORY  WRITE 4711 fe:00:31 1073741824 1073742335\n';
const GOOD = '[station]\nid = "gate-1"\nname = "C"\n[[lane]]\nid = "l"\nname = "L"\n';
const HEALTH = '{"station":"gate-1","lanes":[]}';

function open(machine: FakeMachine, given: { readonly config?: string } = {}) {
  return openContext(machine, { config: given.config, data: DATA, env: {} });
}

/** Of everything that was asked, whether a token went with it. */
function answering(machine: FakeMachine): string[] {
  const asked: string[] = [];
  machine.answers = (url, token) => {
    asked.push(`${url}${token === null ? '' : ' with token'}`);
    const text = url.endsWith('/healthz') ? '{"status":"alive"}' : HEALTH;
    return { status: 200, text };
  };
  return asked;
}

function held(machine: FakeMachine): FakeMachine {
  return machine
    .put(LOCK, { inode: 31 })
    .put('/proc/locks', { text: LOCKED })
    .put(`${DATA}/keys/monitor.token`, { text: 'secret\n' });
}

test('without a file at the usual place there is no configuration; one that is named must be there', async () => {
  expect((await open(new FakeMachine())).configState.kind).toBe('none');
  expect((await open(new FakeMachine(), { config: '/x.toml' })).configState).toEqual({
    ...{ kind: 'unreadable', file: '/x.toml', isDenied: false },
  });
  const denied = new FakeMachine().put(CONFIG, { denied: true });
  expect((await open(denied)).configState).toMatchObject({ kind: 'unreadable', isDenied: true });
});

test('every wrong key of a file is a problem of its own, and so is a line that is no TOML', async () => {
  const machine = new FakeMachine().put(CONFIG, { text: `${GOOD}colour = 1\nclear = "never"\n` });
  expect((await open(machine)).configState).toMatchObject({
    kind: 'wrong',
    problems: [expect.stringContaining('lane[1].colour'), expect.stringContaining('lane[1].clear')],
  });
  machine.put(CONFIG, { text: '[station\n' });
  expect((await open(machine)).configState).toMatchObject({
    problems: [expect.stringMatching(/^line 1, column/)],
  });
});

test('a station that holds its directory is asked at the address it noted', async () => {
  const machine = held(new FakeMachine()).put(CONFIG, { text: GOOD });
  machine.put(`${DATA}/run/origin`, { text: 'http://127.0.0.1:9000\n' });
  const asked = answering(machine);
  const { daemon, account } = await open(machine);
  expect(daemon).toMatchObject({ pid: 4711, isAlive: true, health: { station: 'gate-1' } });
  expect(asked).toEqual([
    'http://127.0.0.1:9000/healthz',
    'http://127.0.0.1:9000/api/v1/health with token',
  ]);
  expect(account.name).toBe('chot');
});

test('the token goes to nobody who is elsewhere, or who does not answer as a station', async () => {
  const elsewhere = held(new FakeMachine());
  elsewhere.put(`${DATA}/run/origin`, { text: 'http://10.0.0.1:8080\n' });
  const asked = answering(elsewhere);
  expect((await open(elsewhere)).daemon).toMatchObject({ pid: 4711, health: null });
  expect(asked).toEqual([]);

  const stranger = held(new FakeMachine()).put(CONFIG, { text: GOOD });
  const heard: (string | null)[] = [];
  stranger.answers = (_url, token) => {
    heard.push(token);
    return { status: 200, text: '<html>' };
  };
  expect((await open(stranger)).daemon).toMatchObject({ isAlive: false, health: null });
  expect(heard).toEqual([null]);
});

test('a lock of another file or of another kind is nobody', async () => {
  const machine = held(new FakeMachine());
  machine.put('/proc/locks', { text: LOCKED.replace(':31 ', ':32 ') });
  expect((await open(machine)).daemon.pid).toBeNull();
  machine.put('/proc/locks', { text: LOCKED.replace('WRITE', 'READ') });
  expect((await open(machine)).daemon.pid).toBeNull();
});

test('whoever may not look into the directory learns no more than that a station answers', async () => {
  const machine = new FakeMachine().put(LOCK, { denied: true }).put(CONFIG, { text: GOOD });
  const asked = answering(machine);
  const { daemon } = await open(machine);
  expect(daemon).toMatchObject({ pid: null, isHidden: true, isAlive: true, health: null });
  expect(asked).toEqual(['http://127.0.0.1:8080/healthz']);
});
