import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundRegion, type Place } from '../../src/hub/authority/role-lists.ts';
import { backUp } from '../../src/hub/backup/backup.ts';
import { type Restored, restore } from '../../src/hub/backup/restore.ts';
import { operatorTokenHash } from '../../src/hub/http/operator-guard.ts';
import { type HubOptions, type RunningHub, startHub } from '../../src/hub/hub.ts';
import { HubDirectory } from '../../src/hub/hub-directory.ts';
import type { Incident } from '../../src/hub/ingest-port.ts';
import type { OperatorRole } from '../../src/hub/operators/operator-store.ts';
import type { IndexStore } from '../../src/hub/passages/index-store.ts';
import { HUB_MIGRATIONS } from '../../src/hub/store/hub-schema.ts';
import { SqliteHubStore } from '../../src/hub/store/sqlite-hub-store.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import { makeCertificateRequest } from '../../src/sync/protocol/make-certificate-request.ts';
import { enrolmentProofBytes } from '../../src/sync/protocol/proofs.ts';
import { rawPublicKey } from '../../src/sync/protocol/raw-keys.ts';
import { guarded } from './guarded.ts';
import { journalsHere } from './journals-here.ts';

export const REGION = 'hcm';

type RigOptions = {
  /** Where it has its own, instead of a temporary folder. */
  readonly folder?: string;
  /** What comes is opened and indexed, in this process. */
  readonly opens?: boolean;
};

/** A real hub on a free port, over TLS, with a directory of its own that goes when the test does. */
export class HubRig {
  readonly folder: string;
  readonly root = generateKeyPairSync('ed25519').privateKey;
  directory: HubDirectory;
  readonly clock: Clock;
  readonly log: Readonly<Record<string, unknown>>[] = [];
  store!: SqliteHubStore;
  /** Of the journals. */
  index!: IndexStore;
  hub!: RunningHub;
  readonly #opens: boolean;
  #stop = new AbortController();

  private constructor(clock: Clock, { folder, opens = false }: RigOptions) {
    this.clock = clock;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'chot-hub-'));
    this.directory = new HubDirectory(join(this.folder, 'hub'));
    this.#opens = opens;
  }

  static async start(
    clock: Clock,
    regions: readonly string[] = [REGION],
    options: RigOptions = {},
  ): Promise<HubRig> {
    const rig = new HubRig(clock, options);
    rig.directory.make();
    rig.store = new SqliteHubStore(rig.directory.databaseFile, rig.directory.databaseKey());
    for (const region of regions) await foundRegion(rig.place, region, rig.root, clock.wallMs());
    await rig.begin();
    return rig;
  }

  get place(): Place {
    return { store: this.store, directory: this.directory };
  }

  get origin(): URL {
    return new URL(this.hub.origin);
  }

  async begin(changes: Partial<HubOptions> = {}): Promise<void> {
    const { directory, store, clock } = this;
    this.#stop = new AbortController();
    this.hub = await startHub(
      {
        ...{ directory, store, clock, software: '0.1.0+test', backupIntervalMs: 86_400_000 },
        guard: { shareMax: 0.1, rowsMax: 1_000, rowsFree: 20 },
        defaultDays: { f0: 21, f1: 14 },
        elsewhere: null,
        log: (line) => this.log.push(line),
        http: { host: '127.0.0.1', port: 0, names: ['localhost', '127.0.0.1'] },
        openJournals: journalsHere({
          ...{ directory, clock, opens: this.#opens },
          opened: (index) => {
            this.index = index;
          },
        }),
        ...changes,
      },
      this.#stop.signal,
    );
  }

  /** Where stations that enrolled look for it. */
  async beginAgain(): Promise<void> {
    const port = Number(this.origin.port);
    await this.begin({ http: { host: '127.0.0.1', port, names: ['localhost', '127.0.0.1'] } });
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await guarded('the hub stops', this.hub.ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The hub as a backup has it, in place of the one that ended; its keys are those of before. */
  async putBack(from: string): Promise<Restored> {
    const folder = `${this.directory.path}-again`;
    const { path } = this.directory;
    await this.store.close();
    this.directory = new HubDirectory(folder);
    this.directory.make();
    for (const name of ['keys', 'recipients']) {
      cpSync(join(path, name), join(folder, name), { recursive: true });
    }
    const key = this.directory.databaseKey();
    const restored = await restore({
      ...{ from, folder, key, erasures: null, random: randomBytes, clock: this.clock },
    });
    this.store = new SqliteHubStore(this.directory.databaseFile, key);
    return restored;
  }

  async backUp(to: string): Promise<void> {
    const { path } = this.directory;
    await backUp({
      ...{ folder: path, key: this.directory.databaseKey(), to, clock: this.clock },
      databases: [{ name: 'hub.db', migrations: HUB_MIGRATIONS }],
      folders: ['published'],
    });
  }

  async incidents(): Promise<readonly string[]> {
    const page = { open: true, before: null, limit: 100 };
    return (await this.store.incidents(page)).map(({ code }: Incident) => code);
  }

  /** A code for a station, as an operator gets it. */
  async invite(station: string, region = REGION): Promise<string> {
    const name = `Station ${station}`;
    return (await this.hub.desks.actions.invite({ region, station, name })).code;
  }

  /** A token of a new operator. */
  async operator(operator: string, role: OperatorRole): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const addedMs = this.clock.wallMs();
    await this.store.operators.add({ operator, role, addedMs }, operatorTokenHash(token));
    return token;
  }

  client(station: string, region = REGION): StationClient {
    return new StationClient(this, station, region);
  }

  /** What another process of the machine does with the hub's database. */
  async besides<T>(work: (store: SqliteHubStore) => Promise<T>): Promise<T> {
    const { databaseFile } = this.directory;
    const store = new SqliteHubStore(databaseFile, this.directory.databaseKey());
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** A station that has enrolled. */
  async enrol(station: string, region = REGION): Promise<StationClient> {
    const client = new StationClient(this, station, region);
    const answer = await client.enrol(await this.invite(station, region));
    if (answer.status !== 201) throw new Error(`enrolment: ${answer.status} ${answer.text}`);
    return client;
  }
}

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
};

export type Asked = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** A station's side of the line, as plain as it can be: for tests of the hub. */
export class StationClient {
  readonly station: string;
  readonly region: string;
  readonly signing = generateKeyPairSync('ed25519').privateKey;
  readonly sealing = generateKeyPairSync('x25519').privateKey;
  readonly #rig: HubRig;
  key: KeyObject = newTlsKey();
  certificate: string | null = null;
  token: string | null = null;
  #agent = new Agent({ keepAlive: true });

  constructor(rig: HubRig, station: string, region = REGION) {
    this.#rig = rig;
    this.station = station;
    this.region = region;
  }

  /** `changes` replace what is sent; `station`: another one than the code names. */
  async enrol(
    code: string,
    changes: Readonly<Record<string, string>> = {},
    station = parseEnrolmentCode(code).station,
  ): Promise<Answer> {
    const { secret } = parseEnrolmentCode(code);
    const { pem, der } = makeCertificateRequest(station, this.key);
    const signingKey = rawPublicKey(this.signing);
    const sealingKey = rawPublicKey(this.sealing);
    const requestHash = createHash('sha256').update(der).digest();
    const claim = { station, secret, requestHash, signingKey, sealingKey };
    const answer = await this.ask('/v1/enrolments', {
      json: {
        ...{ station, secret, csr: pem, proof: this.sign(enrolmentProofBytes(claim)) },
        ...{ signingKey: toHex(signingKey), sealingKey: toHex(sealingKey), ...changes },
      },
    });
    if (answer.status === 201) {
      const { certificate, token } = JSON.parse(answer.text) as Record<string, string>;
      this.certificate = certificate ?? null;
      this.token = token ?? null;
      this.reconnect();
    }
    return answer;
  }

  sign(bytes: Uint8Array): string {
    return sign(null, bytes, this.signing).toString('hex');
  }

  /** The next call shows the certificate that is there now. */
  reconnect(): void {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true });
  }

  close(): void {
    this.#agent.destroy();
  }

  ask(path: string, asked: Asked = {}): Promise<Answer> {
    const body = asked.json === undefined ? asked.bytes : Buffer.from(JSON.stringify(asked.json));
    const type = asked.json === undefined ? 'application/octet-stream' : 'application/json';
    const { hostname, port } = this.#rig.origin;
    const answer = new Promise<Answer>((resolve, reject) => {
      const sent = request(
        {
          ...{ hostname, port, path, agent: this.#agent, rejectUnauthorized: false },
          method: asked.method ?? (body === undefined ? 'GET' : 'POST'),
          ...(this.certificate === null ? {} : { cert: this.certificate, key: pemOf(this.key) }),
          ...(asked.signal === undefined ? {} : { signal: asked.signal }),
          headers: {
            ...(body === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
            ...(this.token === null ? {} : { 'chot-token': this.token }),
            ...asked.headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(parts);
            const { statusCode: status = 0, headers } = response;
            const given = headers['chot-token'];
            if (typeof given === 'string') this.token = given;
            resolve({ status, headers, bytes, text: bytes.toString('utf8') });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
    return guarded(`${asked.method ?? ''} ${path}`, answer);
  }
}

export function newTlsKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
