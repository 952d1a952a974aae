import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryKept } from '../../../test/support/memory-kept.ts';
import { settle, VirtualClock } from '../../../test/support/virtual-clock.ts';
import { setUpSealing } from '../../journal/hpke.ts';
import { toHex } from '../../kernel/bytes.ts';
import { dayEndMs, dayOf } from '../../kernel/calendar.ts';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import type { Upstream, UpstreamRequest, UpstreamResult } from '../../ports/upstream.ts';
import { encodeManifest, type Manifest } from '../../registers/published/manifest.ts';
import { type AlarmCode, Alarms } from '../alarms.ts';
import { HubCalls } from '../line/hub-calls.ts';
import { LineState } from '../line/line-state.ts';
import { encodeMandate } from '../protocol/mandate.ts';
import { rawPublicKey } from '../protocol/raw-keys.ts';
import { encodeRegionKey, regionKeyInfo } from '../protocol/region-key.ts';
import { type RoleList, rootSigningKey, signRoles } from '../protocol/roles.ts';
import { type Role, signStatement } from '../protocol/statement.ts';
import { VERSIONS_HEADER } from '../protocol/wire.ts';
import { HeldStatements } from './held-statements.ts';
import { Downlink } from './run-downlink.ts';

const NOW = Date.UTC(2026, 10, 25);
const FAR = NOW + 365 * 86_400_000;
const TIME = { earliestMs: NOW, latestMs: NOW + 10, trust: 'vouched' } as const;
const root = generateKeyPairSync('ed25519').privateKey;
const keys = {
  manifest: generateKeyPairSync('ed25519').privateKey,
  receipt: generateKeyPairSync('ed25519').privateKey,
  policy: generateKeyPairSync('ed25519').privateKey,
};
const sealing = generateKeyPairSync('x25519').privateKey;
const REGION_KEY = new Uint8Array(32).fill(7);

function roles(version: number, changes: Partial<RoleList> = {}): Uint8Array {
  const key = (role: Exclude<Role, 'recipient'>) => ({
    ...{ role, id: `${role}-1`, key: rawPublicKey(keys[role]) },
    ...{ notBeforeMs: 0, notAfterMs: FAR },
  });
  const list: RoleList = {
    ...{ region: 'hcm', version, issuedMs: NOW, notAfterMs: FAR, roots: [rawPublicKey(root)] },
    ...{ authorities: [Uint8Array.of(48, 0)], manifestCeiling: 0 },
    keys: [key('manifest'), key('receipt'), key('policy')],
    ...changes,
  };
  return signRoles(list, rootSigningKey(root));
}

function manifest(version: number, changes: Partial<Manifest> = {}, by = 'manifest'): Uint8Array {
  const body = encodeManifest({
    ...{ region: 'hcm', generation: 1, version, previous: '0'.repeat(64), issuedMs: NOW },
    ...{ notAfterMs: FAR, registers: [] },
    lists: { notices: null, attributes: null, officers: null },
    ...changes,
  });
  return signStatement(body, { id: `${by}-1`, privateKey: keys[by as keyof typeof keys] });
}

function mandate(version: number, purpose = 'dich te', untilDay = 30_000): Uint8Array {
  const body = encodeMandate({
    ...{ region: 'hcm', version, issuedMs: NOW, fromDay: 0, untilDay },
    ...{ purpose, legalText: 'x' },
  });
  return signStatement(body, { id: 'policy-1', privateKey: keys.policy });
}

function regionKey(): Uint8Array {
  const place = { region: 'hcm', station: 'cua-1', generation: 1 };
  const { enc, seal } = setUpSealing(rawPublicKey(sealing), regionKeyInfo(place));
  const body = encodeRegionKey({ ...place, enc, sealed: seal(REGION_KEY, new Uint8Array()) });
  return signStatement(body, { id: 'manifest-1', privateKey: keys.manifest });
}

/** A hub of statements: what it has it gives, at once or when it changes. */
class StatementHub implements Upstream {
  readonly statements = new Map<string, Uint8Array>();
  readonly asked: string[] = [];
  versions = '0.1.0.0';
  #changed: () => void = () => {};

  publish(versions: string, statements: Readonly<Record<string, Uint8Array>>): void {
    for (const [path, bytes] of Object.entries(statements)) this.statements.set(path, bytes);
    this.versions = versions;
    this.#changed();
  }

  async ask({ path, headers = {} }: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResult> {
    const [name = ''] = path.split('?');
    this.asked.push(name);
    if (name === '/v1/registers/manifest' && headers['if-none-match'] === `"${this.versions}"`) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (signal.aborted) return { kind: 'unreachable', reason: 'aborted', message: '' };
    const bytes = this.statements.get(name);
    const answer = { kind: 'answered', headers: { [VERSIONS_HEADER]: this.versions } } as const;
    return { ...answer, status: bytes === undefined ? 404 : 200, body: bytes ?? Buffer.from('{}') };
  }
}

async function rig(
  kept = new MemoryKept(),
  time: { now: TimeInterval } = { now: TIME },
  added = new Map<number, Uint8Array>(),
) {
  if (kept.get('roles') === null) kept.put({ roles: roles(1) });
  const clock = new VirtualClock(NOW);
  const hub = new StatementHub();
  const alarms = new Set<string>();
  const held = new HeldStatements(kept);
  const installed: number[] = [];
  /** Lists that the manifest brought, as it was given to be installed. */
  const lists: string[] = [];
  const line = new LineState(clock, () => {});
  const downlink = new Downlink({
    calls: new HubCalls({
      ...{ upstream: hub, line, head: () => null },
      tokens: { token: () => null, keep: () => {} },
    }),
    ...{ line, held, clock, random: () => 0.5, sealingKey: sealing },
    registers: {
      hasKey: (generation) => added.has(generation),
      addKey: (generation, key) => void added.set(generation, key),
      install: async ({ version, lists: named }) => {
        installed.push(version);
        lists.push(
          Object.entries(named)
            .flatMap(([name, list]) => list && name)
            .filter(Boolean)
            .join(' '),
        );
        return [];
      },
    },
    identity: {
      ...{ region: 'hcm', station: 'cua-1', sign: () => new Uint8Array(64) },
      ...{ keys: () => held.roles.value.keys, time: () => time.now },
    },
    ...{ checkPolicy: () => {}, termsKnown: async () => {} },
    alarms: new Alarms((code: AlarmCode, { code: detail }) => alarms.add(`${code}:${detail}`)),
    askTime: async () => void hub.asked.push('time'),
    onNews: () => {},
  });
  const stop = new AbortController();
  const running = downlink.run(stop.signal);
  const pause = async () => {
    for (let round = 0; round < 10; round++) await settle();
  };
  await pause();
  return {
    ...{ hub, held, alarms, installed, lists, added, clock, kept, downlink, pause },
    end: async () => {
      stop.abort();
      await running;
    },
  };
}

const MANIFEST = '/v1/registers/manifest';
const KEY = '/v1/registers/key';

describe('the downlink', () => {
  test('takes up what is published: the key of its generation first, then the registers', async () => {
    const { hub, installed, added, held, downlink, pause, end } = await rig();
    hub.publish('1.1.0.0', { [MANIFEST]: manifest(1), [KEY]: regionKey() });
    await pause();
    expect(installed).toEqual([1]);
    expect(Buffer.from(added.get(1) ?? []).equals(REGION_KEY)).toBe(true);
    expect(held.versions()).toMatchObject({ manifest: 1, generation: 1 });
    expect(downlink.isCurrent).toBe(true);
    await end();
  });

  test.each<[string, Uint8Array, string]>([
    ['signed by the receipt key', manifest(6, {}, 'receipt'), 'manifest.refused:wrong-role'],
    ['of another region', manifest(6, { region: 'hn' }), 'manifest.refused:manifest.region'],
    ['of a lower version', manifest(4), 'manifest.refused:manifest.older'],
    [
      'of the same version with other bytes',
      manifest(5, { issuedMs: 1 }),
      'manifest.refused:manifest.conflict',
    ],
    [
      'past its end',
      manifest(7, { issuedMs: 1, notAfterMs: 2 }),
      'manifest.refused:manifest.expired',
    ],
  ])(
    'refuses a manifest %s, with an alarm, and goes on with what it has',
    async (_, bytes, alarm) => {
      const { hub, installed, alarms, held, pause, end } = await rig();
      hub.publish('5.1.0.0', { [MANIFEST]: manifest(5), [KEY]: regionKey() });
      await pause();
      hub.publish('9.1.0.0', { [MANIFEST]: bytes });
      await pause();
      expect([...alarms]).toEqual([alarm]);
      expect(installed).toEqual([5]);
      expect(held.versions().manifest).toBe(5);
      // A refusal is not asked for again and again.
      const before = hub.asked.length;
      await pause();
      expect(hub.asked.length).toBe(before);
      await end();
    },
  );

  test('a lower version stays refused after a restart, until the root lowers the ceiling, once', async () => {
    const first = await rig();
    first.hub.publish('900.1.0.0', { [MANIFEST]: manifest(900), [KEY]: regionKey() });
    await first.pause();
    await first.end();
    const second = await rig(first.kept);
    second.hub.publish('7.1.0.0', { [MANIFEST]: manifest(7), [KEY]: regionKey() });
    await second.pause();
    expect([...second.alarms]).toEqual(['manifest.refused:manifest.older']);
    second.hub.publish('7.2.0.0', { '/v1/roles': roles(2, { manifestCeiling: 6 }) });
    await second.pause();
    expect(second.held.versions()).toMatchObject({ manifest: 7, roles: 2 });
    await second.end();
  });

  test('a role list of another root, an older one, and the same version told otherwise are refused', async () => {
    const { hub, held, alarms, pause, end } = await rig();
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const cases = [
      [signRoles({ ...held.roles.value, version: 2 }, rootSigningKey(stranger)), 'unknown-key'],
      [roles(1, { issuedMs: 3 }), 'same-version'],
      [roles(2, { region: 'hn' }), 'region'],
      [roles(2, { notAfterMs: 5 }), 'expired'],
    ] as const;
    for (const [index, [bytes, code]] of cases.entries()) {
      hub.publish(`0.${index + 2}.0.0`, { '/v1/roles': bytes });
      await pause();
      expect([...alarms]).toContain(`roles.refused:${code}`);
    }
    expect(held.roles.value.version).toBe(1);
    await end();
  });

  test('the time is asked for again after new roles, before anything is judged by it', async () => {
    const { hub, held, pause, end } = await rig();
    hub.asked.length = 0;
    hub.publish('0.2.0.3', { '/v1/roles': roles(2), '/v1/mandate': mandate(3) });
    await pause();
    // The list that is held then is all that there is.
    expect(hub.asked.slice(0, 4)).toEqual(['/v1/roles', '/v1/roles', 'time', '/v1/mandate']);
    expect(held.versions()).toMatchObject({ roles: 2, mandate: 3 });
    await end();
  });

  test('a mandate goes up only; the same version with other words is an alarm', async () => {
    const { hub, held, alarms, pause, end } = await rig();
    hub.publish('0.1.0.3', { '/v1/mandate': mandate(3) });
    await pause();
    expect(held.mandate?.value.version).toBe(3);
    hub.publish('0.1.0.4', { '/v1/mandate': mandate(3, 'khac') });
    await pause();
    hub.publish('0.1.0.2', { '/v1/mandate': mandate(2) });
    await pause();
    expect([...alarms]).toEqual(['mandate.refused:same-version', 'mandate.refused:older']);
    expect(held.mandate?.value.purpose).toBe('dich te');
    await end();
  });

  test('an ended mandate takes away who is ill, without a line too, and a renewed one brings it back', async () => {
    const time = { now: TIME as TimeInterval };
    const list = (name: string) => ({
      sha256: toHex(Buffer.alloc(32, name)),
      bytes: 9,
      rows: 1,
      contentVersion: 5,
    });
    const all = { notices: list('n'), attributes: list('a'), officers: list('o') };
    const today = dayOf(NOW);
    const first = await rig(new MemoryKept(), time);
    first.hub.publish('5.1.0.3', {
      ...{ '/v1/mandate': mandate(3, 'dich te', today), [KEY]: regionKey() },
      [MANIFEST]: manifest(5, { lists: all }),
    });
    await first.pause();
    expect(first.lists).toEqual(['notices attributes officers']);
    await first.end();
    // Started again when the last day may be over, and when it surely is.
    time.now = { ...TIME, latestMs: dayEndMs(today) };
    const maybe = await rig(first.kept, time, first.added);
    expect(maybe.lists).toEqual(['notices attributes officers']);
    await maybe.end();
    time.now = { ...TIME, earliestMs: dayEndMs(today), latestMs: dayEndMs(today) + 10 };
    const over = await rig(first.kept, time, first.added);
    over.hub.publish('0.0.0.0', {});
    await over.pause();
    expect(over.lists).toEqual(['officers']);
    // A newer manifest brings nobody back, a newer mandate does, at once.
    over.hub.publish('8.1.0.3', { [MANIFEST]: manifest(8, { lists: all }), [KEY]: regionKey() });
    await over.pause();
    expect(over.lists).toEqual(['officers', 'officers']);
    over.hub.publish('8.1.0.4', { '/v1/mandate': mandate(4, 'dich te', today + 30) });
    await over.pause();
    expect(over.lists).toEqual(['officers', 'officers', 'notices attributes officers']);
    expect([...over.alarms]).toEqual([]);
    await over.end();
  });

  test('no altered byte of a manifest is taken up', async () => {
    const good = manifest(1);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const altered = Uint8Array.from(good);
          altered[at] = (altered[at] ?? 0) ^ mask;
          const { hub, installed, pause, end } = await rig();
          hub.publish('1.1.0.0', { [MANIFEST]: altered, [KEY]: regionKey() });
          await pause();
          expect(installed).toEqual([]);
          await end();
        },
      ),
      { numRuns: 40 },
    );
  });
});
