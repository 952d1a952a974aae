import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { UpstreamRequest, UpstreamResult } from '../../ports/upstream.ts';
import { TimeKeeper } from '../../station/time-keeper.ts';
import { Alarms } from '../alarms.ts';
import { HubCalls } from '../line/hub-calls.ts';
import { LineState } from '../line/line-state.ts';
import { encodeHubTime } from '../protocol/hub-time.ts';
import { rawPublicKey } from '../protocol/raw-keys.ts';
import { encodeReceipt } from '../protocol/receipt.ts';
import { type RoleKey, signStatement } from '../protocol/statement.ts';
import { askTime } from './ask-time.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 8);
const DAY_MS = 86_400_000;
const never = new AbortController().signal;
const newKey = () => generateKeyPairSync('ed25519').privateKey;
const signers = { receipt: newKey(), manifest: newKey(), policy: newKey(), old: newKey() };

function key(id: string, role: RoleKey['role'], signer: KeyObject, untilMs: number): RoleKey {
  return { ...{ role, id, key: rawPublicKey(signer) }, notBeforeMs: 0, notAfterMs: untilMs };
}

const KEYS = [
  key('receipt-1', 'receipt', signers.receipt, NOW_MS + 90 * DAY_MS),
  key('manifest-1', 'manifest', signers.manifest, NOW_MS + 90 * DAY_MS),
  key('policy-1', 'policy', signers.policy, NOW_MS + 90 * DAY_MS),
  key('receipt-0', 'receipt', signers.old, NOW_MS - DAY_MS),
];

type Answering = (nonce: Uint8Array, hubMs: number) => Uint8Array;
const by =
  (
    id: string,
    privateKey: KeyObject,
    change: Partial<{ aheadMs: number; nonce: Uint8Array }> = {},
  ): Answering =>
  (nonce, hubMs) => {
    const { aheadMs = 0 } = change;
    const said = { nonce: change.nonce ?? nonce, hubMs: hubMs + aheadMs };
    return signStatement(encodeHubTime(said), { id, privateKey });
  };
const honest = by('receipt-1', signers.receipt);

/** A station whose clock nobody answers for, and a hub that answers as it is told. */
function bench({ delayMs = 40, unset = true } = {}) {
  const clock = new VirtualClock(NOW_MS);
  const time = new TimeKeeper({
    ...{ clock, buildMs: NOW_MS - 30 * DAY_MS, batteryClock: !unset, durable: null },
  });
  const hub = { answer: honest, delayMs, asked: 0, roles: 0, keys: KEYS as readonly RoleKey[] };
  const ask = async ({ body }: UpstreamRequest): Promise<UpstreamResult> => {
    hub.asked++;
    const { nonce } = JSON.parse(Buffer.from(body?.bytes ?? []).toString());
    const hubMs = clock.wallMs();
    await clock.sleep(hub.delayMs, never);
    const bytes = hub.answer(Uint8Array.from(Buffer.from(nonce, 'hex')), hubMs);
    return { kind: 'answered', status: 200, headers: {}, body: bytes };
  };
  const told: string[] = [];
  const alarms = new Alarms((code, { code: why }) => void told.push(`${code} ${why ?? ''}`));
  const calls = new HubCalls({
    ...{ upstream: { ask }, line: new LineState(clock, () => {}), head: () => null },
    tokens: { token: () => null, keep: () => {} },
  });
  const deps = {
    ...{ calls, clock, alarms, identity: { keys: () => hub.keys } },
    vouch: (answer: Parameters<TimeKeeper['vouch']>[0]) => time.vouch(answer),
    fetchRoles: async () => void hub.roles++,
  };
  const asked = async () => {
    const answer = askTime(deps, never);
    await clock.advance(2 * hub.delayMs);
    return (await answer).kind;
  };
  return { clock, time, hub, told, alarms, asked };
}

test('an honest answer narrows the time to its round trip, and the true time is in it', async () => {
  const { clock, time, asked } = bench();
  expect(await asked()).toBe('vouched');
  const { earliestMs, latestMs, trust } = time.interval();
  expect(trust).toBe('vouched');
  expect(latestMs - earliestMs).toBeLessThan(50);
  expect([earliestMs <= clock.wallMs(), clock.wallMs() <= latestMs]).toEqual([true, true]);
});

const flipped = (bytes: Uint8Array) =>
  bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
const asReceipt: Answering = () =>
  signStatement(
    encodeReceipt({
      ...{ region: 'hcm', station: 'cua-1', hub: new Uint8Array(16), epoch: new Uint8Array(16) },
      ...{
        first: 1,
        last: 1,
        link: new Uint8Array(32),
        through: 0,
        throughLink: new Uint8Array(32),
      },
      ...{ openedThrough: 0, atMs: NOW_MS },
    }),
    { id: 'receipt-1', privateKey: signers.receipt },
  );

test.each<[string, Answering, string]>([
  ['over another nonce', by('receipt-1', signers.receipt, { nonce: new Uint8Array(32) }), 'nonce'],
  ['signed by the manifest key', by('manifest-1', signers.manifest), 'wrong-role'],
  ['signed by the policy key', by('policy-1', signers.policy), 'wrong-role'],
  ['signed by a key that only calls itself the right one', by('receipt-1', newKey()), 'signature'],
  ['signed by a key whose term was over then', by('receipt-0', signers.old), 'key-term'],
  ['signed by a key of no list', by('receipt-9', newKey()), 'unknown-key'],
  ['altered in its last byte', (nonce, hubMs) => flipped(honest(nonce, hubMs)), 'signature'],
  ['that is a receipt', asReceipt, 'malformed'],
  ['that is nothing', () => new Uint8Array(0), 'malformed'],
  [
    'before the software was built',
    by('receipt-1', signers.receipt, { aheadMs: -31 * DAY_MS }),
    'before-floor',
  ],
])('an answer %s changes nothing, and is told', async (_, answer, code) => {
  const { time, hub, told, asked } = bench();
  hub.answer = answer;
  const before = time.interval();
  expect(await asked()).toBe('not-believed');
  expect(time.interval().trust).toBe('unset');
  expect(time.interval().latestMs).toBeGreaterThanOrEqual(before.latestMs);
  expect(told).toEqual([`time.refused ${code}`]);
});

test('an answer that was good once is no good again, however it is kept', async () => {
  const { clock, time, hub, told, asked, alarms } = bench();
  let kept = new Uint8Array(0);
  hub.answer = (nonce, hubMs) => {
    kept = Uint8Array.from(honest(nonce, hubMs));
    return kept;
  };
  expect(await asked()).toBe('vouched');
  await clock.advance(3 * 3_600_000);
  const before = time.interval();
  hub.answer = () => kept;
  expect(await asked()).toBe('not-believed');
  expect(time.interval().earliestMs).toBeGreaterThan(before.earliestMs);
  expect(told).toEqual(['time.refused nonce']);
  hub.answer = honest;
  expect(await asked()).toBe('vouched');
  expect(alarms.list()).toEqual([]);
});

test('a round trip of over ten seconds says too little, is no alarm, and is to be asked again', async () => {
  const { time, hub, told, asked } = bench({ delayMs: 10_001 });
  expect(await asked()).toBe('too-slow');
  expect(time.interval().trust).toBe('unset');
  expect(told).toEqual([]);
  hub.delayMs = 10_000;
  expect(await asked()).toBe('vouched');
});

test('a hub that holds an answer back gains nothing: the true time stays within', async () => {
  const { clock, time, asked } = bench({ delayMs: 9_000 });
  expect(await asked()).toBe('vouched');
  const { earliestMs, latestMs } = time.interval();
  expect([earliestMs <= clock.wallMs(), clock.wallMs() <= latestMs]).toEqual([true, true]);
});

test('a key that the list does not have is looked for in a newer list, once', async () => {
  const { hub, told, asked } = bench();
  const young = newKey();
  hub.answer = by('receipt-2', young);
  expect(await asked()).toBe('not-believed');
  expect([hub.asked, hub.roles]).toEqual([2, 1]);
  expect(told).toEqual(['time.refused unknown-key']);
  hub.keys = [...KEYS, key('receipt-2', 'receipt', young, NOW_MS + DAY_MS)];
  expect(await asked()).toBe('vouched');
  expect([hub.asked, hub.roles]).toEqual([3, 1]);
});

test('two days off what a clock had carried is taken, with an alarm', async () => {
  const { time, hub, told, asked } = bench({ unset: false });
  hub.answer = by('receipt-1', signers.receipt, { aheadMs: 2 * DAY_MS });
  expect(await asked()).toBe('vouched');
  expect(time.interval().earliestMs).toBeGreaterThanOrEqual(NOW_MS + 2 * DAY_MS);
  expect(told).toEqual(['time.jump ']);
});
