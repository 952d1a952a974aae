import { beforeEach, describe, expect, test } from 'vitest';
import type { HubStore } from '../../src/hub/store/hub-store.ts';
import { InputError } from '../../src/kernel/errors.ts';

const hash = (fill: number) => new Uint8Array(32).fill(fill);

/** What every implementation of the hub's store must do. `open`: a new, empty store. */
export function hubStoreContract(name: string, open: () => HubStore): void {
  describe(`${name} as the hub's store`, () => {
    let store: HubStore;
    beforeEach(async () => {
      store = open();
      await store.addRegion('hcm');
      await store.addRegion('hcm');
    });
    const invited = async (station: string) => {
      await store.stations.add({ station, region: 'hcm', name: station, addedMs: 1 });
      await store.stations.invite({ station, secretHash: hash(1), expiresMs: 100 });
    };
    const enrolled = async (station: string, serial: string) =>
      store.stations.enrol({
        ...{ station, signingKey: hash(3), sealingKey: hash(4), tokenHash: hash(5), atMs: 2 },
        certificate: { serial, station, notAfterMs: 1_000 },
      });

    test('a station is added once', async () => {
      const station = { station: 's-1', region: 'hcm', name: 'One', addedMs: 1 };
      expect(await store.stations.add(station)).toBe('added');
      expect(await store.stations.add({ ...station, name: 'Other' })).toBe('known');
      expect(await store.stations.get('s-1')).toMatchObject({ name: 'One', state: 'invited' });
      expect(await store.stations.get('s-2')).toBeNull();
      expect((await store.stations.list('hcm')).length).toBe(1);
      expect(await store.stations.list('ha-noi')).toEqual([]);
    });

    test('of all who come with one code at once, one gets it', async () => {
      await invited('s-1');
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => store.stations.takeCode('s-1', hash(1), 50)),
      );
      expect(outcomes.filter((outcome) => outcome === 'taken').length).toBe(1);
      expect(outcomes.filter((outcome) => outcome === 'used').length).toBe(7);
    });

    test('a code is void when it has ended, was tried too often, or a newer one was made', async () => {
      await invited('s-1');
      expect(await store.stations.takeCode('s-1', hash(1), 100)).toBe('none');
      for (let tries = 0; tries < 5; tries++) {
        expect(await store.stations.takeCode('s-1', hash(9), 50)).toBe('wrong');
      }
      expect(await store.stations.takeCode('s-1', hash(1), 50)).toBe('none');
      await store.stations.add({ station: 's-3', region: 'hcm', name: 'x', addedMs: 1 });
      await store.stations.invite({ station: 's-3', secretHash: hash(6), expiresMs: 100 });
      await store.stations.invite({ station: 's-3', secretHash: hash(7), expiresMs: 100 });
      expect(await store.stations.takeCode('s-3', hash(6), 50)).toBe('wrong');
      expect(await store.stations.takeCode('s-3', hash(7), 50)).toBe('taken');
    });

    test('a forgotten certificate is adopted, unless it is revoked, older than its station’s enrolment, or the station is not active', async () => {
      await invited('s-1');
      await enrolled('s-1', 'AA');
      const enrolledMs = (await store.stations.get('s-1'))?.enrolledMs ?? 0;
      const adopt = async (serial: string, issuedMs: number, station = 's-1') => {
        await store.stations.adoptCertificate({ serial, station, notAfterMs: 1_000 }, issuedMs);
        return (await store.stations.bySerial(serial))?.station;
      };
      expect(await adopt('CA', enrolledMs)).toBe('s-1');
      expect(await adopt('CA', enrolledMs)).toBe('s-1');
      expect(await adopt('CB', enrolledMs - 1)).toBeUndefined();
      expect(await adopt('CC', enrolledMs, 's-9')).toBeUndefined();
      await enrolled('s-1', 'BB');
      expect(await adopt('CA', enrolledMs)).toBeUndefined();
      await store.stations.revoke('s-1', 5);
      expect(await adopt('CD', enrolledMs)).toBeUndefined();
    });

    test('enrolling anew revokes the certificates before, revoking all of them', async () => {
      await invited('s-1');
      await enrolled('s-1', 'AA');
      await store.stations.addCertificate({ serial: 'AB', station: 's-1', notAfterMs: 1_000 });
      expect((await store.stations.bySerial('AB'))?.station).toBe('s-1');
      await enrolled('s-1', 'BB');
      expect(await store.stations.bySerial('AA')).toBeNull();
      expect(await store.stations.bySerial('AB')).toBeNull();
      expect((await store.stations.bySerial('BB'))?.state).toBe('active');
      expect(await store.stations.revoke('s-1', 5)).toBe(true);
      expect(await store.stations.bySerial('BB')).toBeNull();
      expect(await store.stations.revoke('s-2', 5)).toBe(false);
    });

    test('of two who renew a token at once, one does', async () => {
      await invited('s-1');
      await enrolled('s-1', 'AA');
      const token = (fill: number) => ({ current: hash(fill), previous: hash(5), givenMs: 3 });
      expect(await store.stations.giveToken('s-1', token(6), hash(5))).toBe(true);
      expect(await store.stations.giveToken('s-1', token(7), hash(5))).toBe(false);
      expect((await store.stations.get('s-1'))?.token.current).toEqual(Buffer.from(hash(6)));
    });

    test('statements have rising versions only', async () => {
      const bytes = hash(1);
      await store.putStatement('hcm', 'policy', { version: 3, bytes });
      await expect(store.putStatement('hcm', 'policy', { version: 3, bytes })).rejects.toThrow(
        InputError,
      );
      await store.putStatement('hcm', 'policy', { version: 5, bytes });
      expect(await store.versions('hcm')).toEqual({ manifest: 0, roles: 0, policy: 5, mandate: 0 });
      expect((await store.statementsAfter('hcm', 'policy', 3)).length).toBe(1);
      expect((await store.newest('hcm', 'policy'))?.version).toBe(5);
      expect(await store.newest('hcm', 'mandate')).toBeNull();
    });

    test('a manifest version that was seen never falls', async () => {
      await store.sawManifest('hcm', 7);
      await store.sawManifest('hcm', 3);
      expect(await store.regions()).toEqual([{ region: 'hcm', generation: 1, manifestSeen: 7 }]);
    });

    test('incidents are listed newest first, and closed once', async () => {
      for (const code of ['a', 'b']) {
        await store.raise({ atMs: 1, station: null, code, detail: { first: 1 } });
      }
      const query = { open: true, before: null, limit: 10 };
      const [newest, oldest] = await store.incidents(query);
      expect([newest?.code, oldest?.code]).toEqual(['b', 'a']);
      expect(await store.closeIncident(newest?.id ?? 0, 'an', 2)).toBe(true);
      expect(await store.closeIncident(newest?.id ?? 0, 'an', 2)).toBe(false);
      expect((await store.incidents(query)).map(({ code }) => code)).toEqual(['a']);
      expect((await store.incidents({ ...query, open: false })).length).toBe(2);
    });

    test('an operator’s name is given once, also after the end', async () => {
      const operator = { operator: 'an', role: 'viewer', addedMs: 1 } as const;
      expect(await store.operators.add(operator, hash(1))).toBe(true);
      expect(await store.operators.end('an', 2)).toBe(true);
      expect(await store.operators.end('an', 2)).toBe(false);
      expect(await store.operators.byToken(hash(1))).toBeNull();
      expect(await store.operators.add(operator, hash(2))).toBe(false);
    });

    test('a publication is whole or not there', async () => {
      const id = await store.registers.begin({
        ...{ region: 'hcm', register: 'f0', mode: 'add', asOfMs: 1, madeMs: 1 },
        ...{ madeBy: 'an', expiresMs: 100 },
      });
      const manifest = { version: 1, bytes: hash(1) };
      const none = { list: null, generation: null };
      const batches = [
        { id, state: 'in-force' as const },
        { id: id + 1, state: 'in-force' as const },
      ];
      const { registers } = store;
      await expect(registers.publish('hcm', { manifest, batches, ...none })).rejects.toThrow();
      expect((await store.registers.get(id))?.state).toBe('adding');
      expect(await store.newest('hcm', 'manifest')).toBeNull();
      await registers.publish('hcm', { manifest, batches: batches.slice(0, 1), ...none });
      expect((await store.registers.get(id))?.state).toBe('in-force');
      await expect(registers.publish('hcm', { manifest, batches: [], ...none })).rejects.toThrow(
        InputError,
      );
    });

    test('entries come back in pages, and go with their batch', async () => {
      const { registers } = store;
      const id = await registers.begin({
        ...{ region: 'hcm', register: 'f0', mode: 'add', asOfMs: 1, madeMs: 1 },
        ...{ madeBy: 'an', expiresMs: 100 },
      });
      const source = await registers.addSource(id, 'CDC');
      const entries = [
        { kind: 'number' as const, value: '001099000001' },
        { kind: 'number' as const, value: '001099000002' },
        { kind: 'qid' as const, value: 'QID-1' },
      ].map((subject, attribute) => ({
        ...{ subject, status: 1, fromDay: 1, untilDay: 2, source, attribute },
      }));
      await registers.addEntries(id, entries);
      const first = await registers.entries(id, 0, 2);
      const second = await registers.entries(id, first.next ?? 0, 2);
      expect([...first.entries, ...second.entries]).toEqual(entries);
      expect(second.next).toBeNull();
      expect(await registers.compare(id)).toEqual({ added: 3, removed: 0, listed: 0 });
      expect(await registers.attributesBorne('hcm')).toEqual([1, 2]);
      expect(await registers.attributesBorne('ha-noi')).toEqual([]);
      expect(await registers.expire(100)).toBe(1);
      expect((await registers.entries(id, 0, 2)).entries).toEqual([]);
      expect(await registers.attributesBorne('hcm')).toEqual([]);
      expect(await registers.sources('hcm', 'f0')).toEqual([]);
    });
  });
}
