import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HubRig, type StationClient } from '../../../test/support/hub-rig.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { setUpOpening } from '../../journal/hpke.ts';
import type { SubjectKind } from '../../registers/lookup.ts';
import { decodeChunk } from '../../registers/published/chunk.ts';
import { decodeDelta } from '../../registers/published/delta.ts';
import { decodeManifest, type Manifest, manifestHash } from '../../registers/published/manifest.ts';
import { ROW_BYTES, readFields } from '../../registers/row.ts';
import { deriveRegisterKey, subjectDigest } from '../../registers/subject-key.ts';
import { systemClock } from '../../station/system-clock.ts';
import { decodeRegionKey, regionKeyInfo } from '../../sync/protocol/region-key.ts';
import { decodeRoles } from '../../sync/protocol/roles.ts';
import { believe, readStatement } from '../../sync/protocol/statement.ts';
import { openDesks } from '../desks.ts';
import { inOwnProcess } from './register-process.ts';

const HEADER = 'number,status,from,until,source';

describe('a register', () => {
  const clock = new VirtualClock();
  let rig: HubRig;
  let station: StationClient;
  beforeAll(async () => {
    rig = await HubRig.start(clock, ['hcm', 'ha-noi']);
    station = await rig.enrol('cua-ngo-1');
  });
  afterAll(async () => {
    station.close();
    await rig[Symbol.asyncDispose]();
  });
  let register: string;
  let count = 0;
  beforeEach(() => {
    register = `f${count++}`;
  });

  const csv = (numbers: readonly string[], source = 'CDC') =>
    [HEADER, ...numbers.map((number) => `${number},active,2026-01-01,2026-12-31,${source}`)].join(
      '\n',
    );
  const importing = async (
    numbers: readonly string[],
    mode: 'add' | 'replace' = 'add',
    operator = 'an',
  ) => {
    const outcome = await rig.hub.desks.registerDesk.import(
      {
        ...{ region: 'hcm', register, mode, format: 'csv', asOfMs: clock.wallMs(), operator },
        input: parts(csv(numbers)),
      },
      new AbortController().signal,
    );
    if (outcome.kind !== 'preview') throw new Error(JSON.stringify(outcome));
    return outcome.preview;
  };
  const publishing = async (numbers: readonly string[], mode: 'add' | 'replace' = 'add') => {
    const { batch } = await importing(numbers, mode);
    const outcome = await rig.hub.desks.registerDesk.publish(batch, 'an');
    expect(outcome.kind).toBe('published');
    return batch;
  };
  const manifest = async (): Promise<Manifest> => {
    const answer = await station.ask('/v1/registers/manifest');
    const list = decodeRoles(readStatement((await station.ask('/v1/roles')).bytes).body);
    const nowMs = clock.wallMs();
    const time = { earliestMs: nowMs, latestMs: nowMs, trust: 'vouched' as const };
    return decodeManifest(believe(answer.bytes, { role: 'manifest', keys: list.keys, time }));
  };
  const regionKey = async (generation: number): Promise<Uint8Array> => {
    const answer = await station.ask(`/v1/registers/key?generation=${generation}`);
    expect(answer.status).toBe(200);
    const wrapped = decodeRegionKey(readStatement(answer.bytes).body);
    const opening = setUpOpening(station.sealing, wrapped.enc, regionKeyInfo(wrapped));
    return opening.open(0, wrapped.sealed, new Uint8Array(0)) ?? new Uint8Array(0);
  };
  /** Whether a station that took everything would find the number. */
  const lists = async (value: string, kind: SubjectKind = 'number'): Promise<boolean> =>
    (await rowsAbout(value, kind)).length > 0;
  const rowsAbout = async (value: string, kind: SubjectKind): Promise<readonly string[]> => {
    const published = await manifest();
    const found = published.registers.find(({ name }) => name === register);
    if (found === undefined) throw new Error('not published');
    const rows = await rowsOf(found, station);
    const key = deriveRegisterKey(await regionKey(published.generation), register);
    const wanted = subjectDigest(key, kind, value).subarray(0, 8).toString('hex');
    return rows.filter((row) => row.startsWith(wanted));
  };

  test('is found by the station that fetched manifest, chunk and key', async () => {
    await publishing(['001099000001']);
    expect(await lists('001099000001')).toBe(true);
    expect(await lists('001099000002')).toBe(false);
  });

  test('finds a person by the numbers of before and the QID too, and its rows bear their attribute', async () => {
    const { publisher, registerDesk } = rig.hub.desks;
    const area = (id: number) => ({ id, type: 'area', code: `area-${id}` });
    const putTables = (...ids: readonly number[]) =>
      publisher.publishList('hcm', 'attributes', JSON.stringify(ids.map(area)));
    const bring = (attribute: number) =>
      registerDesk.import(
        {
          ...{ region: 'hcm', register, mode: 'add', format: 'csv', operator: 'an' },
          asOfMs: clock.wallMs(),
          input: parts(
            `${HEADER},oldNumbers,qid,attribute\n001099000001,active,2026-01-01,,CDC,001099000002,Q-1,${attribute}`,
          ),
        },
        new AbortController().signal,
      );
    await putTables(70_000, 8);
    expect(await bring(9)).toMatchObject({ badLines: [{ column: 'attribute' }] });
    const outcome = await bring(70_000);
    if (outcome.kind !== 'preview') throw new Error(JSON.stringify(outcome));
    const { batch } = outcome.preview;
    expect(outcome.preview).toMatchObject({ rows: 3, others: 2, added: 3 });
    await registerDesk.publish(batch, 'an');
    const found = [
      await rowsAbout('001099000001', 'number'),
      await rowsAbout('001099000002', 'number'),
      await rowsAbout('Q-1', 'qid'),
    ].flat();
    const attributes = found.map((row) => readFields(Buffer.from(row, 'hex'), 0).attribute);
    expect(attributes).toEqual([70_000, 70_000, 70_000]);

    await expect(putTables(8)).rejects.toThrow(/that listed rows bear, 1 are missing \(70000\)/);
    await registerDesk.withdraw(batch);
    expect(await lists('Q-1', 'qid')).toBe(false);
    await putTables(8);
  });

  test('holds its canaries', async () => {
    await publishing(['001099000001']);
    expect(await lists('000000000001')).toBe(true);
    expect(await lists('000000000002')).toBe(true);
  });

  test('goes on in a delta, and the manifest names the one before', async () => {
    await publishing(['001099000001']);
    const before = await station.ask('/v1/registers/manifest');
    await publishing(['001099000002']);
    const after = await manifest();
    const mine = after.registers.find(({ name }) => name === register);
    expect(mine?.deltas.length).toBe(1);
    expect(after.previous).toBe(manifestHash(readStatement(before.bytes).body));
    expect(await lists('001099000001')).toBe(true);
    expect(await lists('001099000002')).toBe(true);
  });

  test('loses a withdrawn batch whole, and nothing else', async () => {
    await publishing(['001099000001', '001099000002']);
    const wrong = await publishing(['001099000002', '001099000003']);
    await rig.hub.desks.registerDesk.withdraw(wrong);
    expect(await lists('001099000002')).toBe(true);
    expect(await lists('001099000003')).toBe(false);
  });

  test('goes on from its entries when the rows kept beside it were torn', async () => {
    await publishing(['001099000001']);
    const folder = join(rig.directory.path, 'rows');
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      writeFileSync(join(folder, name), bytes);
    }
    await publishing(['001099000002']);
    expect(await lists('001099000001')).toBe(true);
    expect(await lists('001099000002')).toBe(true);
  });

  test('gets back what a withdrawn list had replaced', async () => {
    await publishing(['001099000001']);
    const wrong = await publishing(['001099000009'], 'replace');
    expect(await lists('001099000001')).toBe(false);
    await rig.hub.desks.registerDesk.withdraw(wrong);
    expect(await lists('001099000001')).toBe(true);
    expect(await lists('001099000009')).toBe(false);
  });

  test('tells the batches of its hits apart', async () => {
    const first = await publishing(['001099000001']);
    const second = await publishing(['001099000002']);
    const mine = (await manifest()).registers.find(({ name }) => name === register);
    expect(mine?.sources).toEqual(['canary', `b${first} CDC`, `b${second} CDC`]);
  });

  test('confirmed as unchanged moves its date and nothing else', async () => {
    await publishing(['001099000001']);
    const before = (await manifest()).registers.find(({ name }) => name === register);
    await clock.advance(60_000);
    await rig.hub.desks.publisher.confirm('hcm', register, clock.wallMs());
    const after = (await manifest()).registers.find(({ name }) => name === register);
    expect(after).toEqual({ ...before, asOfMs: clock.wallMs() });
  });

  test('a large change needs two operators, and one cannot be both', async () => {
    const many = Array.from(
      { length: 1_001 },
      (_, index) => `0010990${String(index).padStart(5, '0')}`,
    );
    const preview = await importing(many);
    expect(preview).toMatchObject({ added: 1_001, removed: 0, listed: 0, needsSecond: true });
    const registers = rig.hub.desks.registerDesk;
    expect(await registers.publish(preview.batch, 'an')).toEqual({
      ...{ kind: 'waiting', region: 'hcm', register, added: 1_001, removed: 0 },
      ...{ publishedBy: 'an', expiresMs: preview.expiresMs },
    });
    await expect(registers.publish(preview.batch, 'an')).rejects.toThrow(/another operator/);
    expect((await registers.publish(preview.batch, 'binh')).kind).toBe('published');
    const much = many.slice(0, 21).map((number) => number.replace('0010990', '0010991'));
    expect((await importing(much)).needsSecond).toBe(false);
    expect((await importing(many.slice(0, 800), 'replace')).removed).toBe(201);
    expect((await importing(many.slice(0, 800), 'replace')).needsSecond).toBe(true);
  });

  test('a preview is gone after 24 hours', async () => {
    const { batch } = await importing(['001099000001']);
    clock.jumpWall(24 * 3_600_000);
    await expect(rig.hub.desks.registerDesk.publish(batch, 'an')).rejects.toThrow(/24 hours/);
    expect(await rig.store.registers.expire(clock.wallMs())).toBeGreaterThan(0);
    expect((await rig.store.registers.get(batch))?.state).toBe('discarded');
  });

  test('one bad line and nothing is imported', async () => {
    const outcome = await rig.hub.desks.registerDesk.import(
      {
        ...{ region: 'hcm', register, mode: 'add', format: 'csv', asOfMs: 0, operator: 'an' },
        input: parts(csv(['001099000001', '1099000002'])),
      },
      new AbortController().signal,
    );
    expect(outcome).toMatchObject({ kind: 'bad-lines', badTotal: 1, badLines: [{ line: 3 }] });
  });

  test('is keyed anew when a station is stolen: old key and old files are gone', async () => {
    await publishing(['001099000001']);
    const before = await manifest();
    const old = before.registers.find(({ name }) => name === register)?.base.chunks[0]?.sha256;
    await rig.enrol('cua-ngo-9');
    await rig.hub.desks.actions.revoke('cua-ngo-9', 'stolen');
    expect((await manifest()).generation).toBe(before.generation + 1);
    expect(await lists('001099000001')).toBe(true);
    const gone = await station.ask(`/v1/registers/key?generation=${before.generation}`);
    expect(gone.status).toBe(404);
    expect(rig.directory.regionKey('hcm', before.generation)).toBeNull();
    expect((await station.ask(`/v1/registers/chunks/${old}`)).status).toBe(404);
  });

  test('of another region is out of reach', async () => {
    await publishing(['001099000001']);
    const mine = (await manifest()).registers.find(({ name }) => name === register);
    const chunk = mine?.base.chunks[0]?.sha256;
    const stranger = await rig.enrol(`ha-noi-${register}`, 'ha-noi');
    expect((await stranger.ask(`/v1/registers/chunks/${chunk}`)).status).toBe(404);
    expect((await station.ask(`/v1/registers/chunks/${chunk}`)).status).toBe(200);
    stranger.close();
  });

  test('a chunk comes in parts as a Range asks', async () => {
    await publishing(['001099000001']);
    const mine = (await manifest()).registers.find(({ name }) => name === register);
    const path = `/v1/registers/chunks/${mine?.base.chunks[0]?.sha256}`;
    const whole = await station.ask(path);
    const part = await station.ask(path, { headers: { range: 'bytes=10-' } });
    expect(part.status).toBe(206);
    expect(part.bytes.equals(whole.bytes.subarray(10))).toBe(true);
  });

  test('is published far above what a station has seen, since the next would have to follow what is lost, all of it with new bases', async () => {
    await publishing(['001099000001']);
    const { version } = await manifest();
    await rig.store.sawManifest('hcm', version + 5);
    expect(await rig.hub.desks.keepIssued('hcm')).toBe(true);
    const after = await manifest();
    expect(after.version).toBe(version + 5 + 1_000);
    expect(after.registers.every(({ base }) => base.version === after.version)).toBe(true);
    expect(await lists('001099000001')).toBe(true);
  });

  test('that is long is published by a process of its own, and refused in the same words', async () => {
    const { directory, store } = rig;
    const guard = { shareMax: 1, rowsMax: 1_000_000, rowsFree: 0 };
    const stop = new AbortController();
    const { registerDesk } = await openDesks({
      ...{ directory, store, clock: systemClock, guard, defaultDays: {}, raise: () => {} },
      elsewhere: inOwnProcess(directory.path, guard, stop.signal),
      ...{ published: async () => {}, revoked: () => {} },
    });
    const many = Array.from({ length: 50_001 }, (_, index) => String(1_099_000_000 + index));
    const outcome = await registerDesk.import(
      {
        ...{ region: 'hcm', register, mode: 'add', format: 'csv', asOfMs: 0, operator: 'an' },
        input: parts(csv(many.map((number) => number.padStart(12, '0')))),
      },
      stop.signal,
    );
    if (outcome.kind !== 'preview') throw new Error('bad lines');
    const { batch } = outcome.preview;
    expect(outcome.preview).toMatchObject({ added: 50_001, needsSecond: false });
    expect((await registerDesk.publish(batch, 'an')).kind).toBe('published');
    await rig.hub.refresh();
    expect(await lists('001099050000')).toBe(true);
    await expect(registerDesk.publish(batch, 'an')).rejects.toThrow(/it is in-force/);
    await registerDesk.withdraw(batch);
    expect(await lists('001099050000')).toBe(false);
  });

  test('is issued anew before its manifest ends', async () => {
    await publishing(['001099000001']);
    expect(await rig.hub.desks.keepIssued('hcm')).toBe(false);
    clock.jumpWall(6 * 86_400_000);
    expect(await rig.hub.desks.keepIssued('hcm')).toBe(true);
  });
});

async function* parts(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** As a station puts them together: base, then deltas. Rows in hexadecimal. */
async function rowsOf(
  { base, deltas }: Manifest['registers'][number],
  station: StationClient,
): Promise<readonly string[]> {
  const fetch = async (sha256: string) => {
    const answer = await station.ask(`/v1/registers/chunks/${sha256}`);
    expect(answer.status).toBe(200);
    return answer.bytes;
  };
  let rows: string[] = [];
  for (const [number, chunk] of base.chunks.entries()) {
    if (chunk === null) continue;
    const chunks = base.chunks.length === 1 ? 1 : 256;
    rows.push(...split(decodeChunk(await fetch(chunk.sha256), { number, chunks })));
  }
  for (const { sha256 } of deltas) {
    const { removed, added } = decodeDelta(await fetch(sha256));
    const gone = new Set(removed);
    rows = [...rows.filter((_, index) => !gone.has(index)), ...split(added)].sort();
  }
  return rows;
}

function split(rows: Buffer): string[] {
  return Array.from({ length: rows.length / ROW_BYTES }, (_, row) =>
    rows.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES).toString('hex'),
  );
}
