import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeSegment, headOf } from '../../../src/journal/segment.ts';
import { toHex } from '../../../src/kernel/bytes.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../../src/ports/upstream.ts';
import { encodeHubTime } from '../../../src/sync/protocol/hub-time.ts';
import { rawPublicKey } from '../../../src/sync/protocol/raw-keys.ts';
import { encodeReceipt } from '../../../src/sync/protocol/receipt.ts';
import { type RoleKey, signStatement } from '../../../src/sync/protocol/statement.ts';
import type { Seeded } from './seeded.ts';

const REGION = 'hcm';
const NONE = new Uint8Array(32);
const OVERLOADED = 0.1;

type Stored = {
  readonly hash: string;
  readonly last: number;
  readonly link: Uint8Array;
  readonly previous: Uint8Array;
  /** Link of every record, for comparison with what lanes were told. */
  readonly links: readonly string[];
};
type HubEpoch = {
  readonly first: number;
  readonly previous: Uint8Array;
  readonly reason: string;
  readonly segments: ReadonlyMap<number, Stored>;
  readonly openedThrough: number;
};
/** Station/epoch to what is on the hub's disk. */
type HubDisk = { readonly hub: Uint8Array; readonly epochs: ReadonlyMap<string, HubEpoch> };

/** A hub that obeys docs/protocol.md, small enough to be seen through: the inbox and its heads, nothing else. */
export class ModelHub {
  readonly backupIntervalMs: number;
  readonly incidents: string[] = [];
  keys: readonly RoleKey[];
  #signing: { readonly id: string; readonly privateKey: KeyObject };
  readonly #random: Seeded;
  readonly #clock: Clock;
  #disk: HubDisk;
  #backups: { readonly atMs: number; readonly disk: HubDisk }[] = [];
  isDown = false;
  isCalm = false;

  constructor(random: Seeded, clock: Clock, backupIntervalMs: number) {
    this.#random = random;
    this.#clock = clock;
    this.backupIntervalMs = backupIntervalMs;
    this.#signing = { id: 'receipt-1', privateKey: generateKeyPairSync('ed25519').privateKey };
    this.keys = [
      {
        ...{ role: 'receipt', id: 'receipt-1', key: rawPublicKey(this.#signing.privateKey) },
        ...{ notBeforeMs: 0, notAfterMs: Date.UTC(2050, 0, 1) },
      },
    ];
    this.#disk = { hub: random.bytes(16), epochs: new Map() };
  }

  /** From now on another key signs. */
  rotate(): void {
    const id = `receipt-${this.keys.length + 1}`;
    this.#signing = { id, privateKey: generateKeyPairSync('ed25519').privateKey };
    const key = rawPublicKey(this.#signing.privateKey);
    const term = { notBeforeMs: 0, notAfterMs: Date.UTC(2050, 0, 1) };
    this.keys = [...this.keys, { role: 'receipt', id, key, ...term }];
  }

  /** Every stored record of a station: epoch and sequence to link. */
  records(station: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const [key, { segments }] of this.#disk.epochs) {
      const [owner, epoch] = key.split('/');
      if (owner !== station) continue;
      for (const [first, { links }] of segments) {
        links.forEach((link, index) => {
          const at = `${epoch}/${first + index}`;
          if (found.has(at)) throw new Error(`the hub holds ${at} twice`);
          found.set(at, link);
        });
      }
    }
    return found;
  }

  /** Places where the hub's chain of an epoch has a gap or does not link: what it would name. */
  gaps(station: string): string[] {
    return [...this.#disk.epochs].flatMap(([key, epoch]) => {
      if (!key.startsWith(`${station}/`)) return [];
      const { through } = throughOf(epoch);
      const end = Math.max(0, ...[...epoch.segments.values()].map(({ last }) => last));
      return end > through ? [`${key} after ${through}`] : [];
    });
  }

  linkedThrough(station: string, epoch: string): number {
    const held = this.#disk.epochs.get(`${station}/${epoch}`);
    return held === undefined ? 0 : throughOf(held).through;
  }

  backUp(): void {
    this.#backups.push({ atMs: this.#clock.monoMs(), disk: this.#disk });
    const oldestMs = this.#clock.monoMs() - this.backupIntervalMs;
    this.#backups = this.#backups.filter(({ atMs }) => atMs >= oldestMs);
  }

  /** False when there is no backup young enough. */
  restore(): boolean {
    const oldestMs = this.#clock.monoMs() - this.backupIntervalMs;
    const young = this.#backups.filter(({ atMs }) => atMs >= oldestMs);
    if (young.length === 0) return false;
    const { disk } = this.#random.pick(young);
    this.#disk = { hub: this.#random.bytes(16), epochs: disk.epochs };
    return true;
  }

  /** Opens some of what is linked. */
  openSome(): void {
    const epochs = new Map(this.#disk.epochs);
    for (const [key, epoch] of epochs) {
      const { through } = throughOf(epoch);
      const openedThrough = this.#random.chance(0.5) ? through : epoch.openedThrough;
      epochs.set(key, { ...epoch, openedThrough: Math.max(epoch.openedThrough, openedThrough) });
    }
    this.#disk = { ...this.#disk, epochs };
  }

  answer(station: string, { method, path, body }: UpstreamRequest): UpstreamAnswer {
    if (!this.isCalm && this.#random.chance(OVERLOADED)) {
      return { ...refusal(503, 'hub.busy'), headers: { 'retry-after': '2' } };
    }
    if (method === 'GET' && path === '/v1/heads') return this.#heads(station);
    const bytes = body?.bytes ?? new Uint8Array();
    if (path === '/v1/time') return this.#time(JSON.parse(String(Buffer.from(bytes))));
    if (path === '/v1/epochs')
      return this.#announce(station, JSON.parse(String(Buffer.from(bytes))));
    const [, , kind, epoch = '', first = ''] = path.split('/');
    if (kind === 'segments') return this.#store(station, epoch, Number(first), bytes);
    return refusal(404, 'http.404');
  }

  #time({ nonce }: { nonce: string }): UpstreamAnswer {
    const hubMs = Math.trunc(this.#clock.wallMs());
    const body = encodeHubTime({ nonce: Uint8Array.from(Buffer.from(nonce, 'hex')), hubMs });
    return { ...json(200, {}), body: signStatement(body, this.#signing) };
  }

  #heads(station: string): UpstreamAnswer {
    const epochs = [...this.#disk.epochs].flatMap(([key, epoch]) => {
      const [owner, id] = key.split('/');
      if (owner !== station) return [];
      const { through, link } = throughOf(epoch);
      const { openedThrough, reason } = epoch;
      const state = reason === 'first' ? 'granted' : 'waiting';
      return [{ epoch: id, through, link: toHex(link), openedThrough, state }];
    });
    const { backupIntervalMs } = this;
    return json(200, { hub: toHex(this.#disk.hub), backupIntervalMs, epochs });
  }

  #announce(
    station: string,
    claim: { epoch: string; first: number; previous: string; reason: string },
  ): UpstreamAnswer {
    const key = `${station}/${claim.epoch}`;
    const known = this.#disk.epochs.get(key);
    if (known !== undefined) {
      if (known.first === claim.first && toHex(known.previous) === claim.previous)
        return json(200, {});
      return refusal(409, 'epoch.conflict');
    }
    const previous = Uint8Array.from(Buffer.from(claim.previous, 'hex'));
    const { first, reason } = claim;
    this.#put(key, { first, previous, reason, segments: new Map(), openedThrough: 0 });
    if (reason !== 'first') this.incidents.push('epoch.waiting');
    return json(201, {});
  }

  #store(station: string, id: string, first: number, bytes: Uint8Array): UpstreamAnswer {
    const key = `${station}/${id}`;
    const epoch = this.#disk.epochs.get(key);
    if (epoch === undefined) return refusal(409, 'epoch.unknown');
    const segment = decodeSegment(bytes);
    if (segment.station !== station || toHex(segment.epoch) !== id || segment.first !== first) {
      return refusal(422, 'segment.place');
    }
    const hash = createHash('sha256').update(bytes).digest('hex');
    const known = epoch.segments.get(first);
    if (known !== undefined && known.hash !== hash) {
      this.incidents.push('segment.conflict');
      return refusal(409, 'segment.conflict');
    }
    const { sequence: last, link } = headOf(segment);
    if (known === undefined && overlaps(epoch, first, last)) {
      this.incidents.push('segment.overlap');
      return refusal(422, 'segment.overlap');
    }
    if (known === undefined) {
      const links = segment.sealed.map((_, index) =>
        toHex(headOf({ ...segment, sealed: segment.sealed.slice(0, index + 1) }).link),
      );
      const stored = { hash, last, link, previous: segment.previous, links };
      this.#put(key, { ...epoch, segments: new Map([...epoch.segments, [first, stored]]) });
    }
    return this.#receipt(station, key, first, known === undefined ? 201 : 200);
  }

  #receipt(station: string, key: string, first: number, status: number): UpstreamAnswer {
    const epoch = this.#disk.epochs.get(key);
    const stored = epoch?.segments.get(first);
    if (epoch === undefined || stored === undefined) throw new Error('nothing to receipt');
    const { through, link: throughLink } = throughOf(epoch);
    const body = encodeReceipt({
      ...{ region: REGION, station, hub: this.#disk.hub, first, last: stored.last },
      ...{ epoch: Uint8Array.from(Buffer.from(key.split('/')[1] ?? '', 'hex')), link: stored.link },
      ...{ through, throughLink, openedThrough: Math.min(through, epoch.openedThrough) },
      atMs: Math.trunc(this.#clock.wallMs()),
    });
    const receipt = Buffer.from(signStatement(body, this.#signing)).toString('base64url');
    return json(status, { receipt, credit: this.#random.below(5) });
  }

  #put(key: string, epoch: HubEpoch): void {
    this.#disk = { ...this.#disk, epochs: new Map([...this.#disk.epochs, [key, epoch]]) };
  }
}

function throughOf({ first, previous, segments }: HubEpoch) {
  let at = first;
  let link = previous;
  for (let next = segments.get(at); next !== undefined; next = segments.get(at)) {
    if (toHex(next.previous) !== toHex(link)) break;
    at = next.last + 1;
    link = next.link;
  }
  return at === first ? { through: 0, link: NONE } : { through: at - 1, link };
}

function overlaps({ segments }: HubEpoch, first: number, last: number): boolean {
  return [...segments].some(([start, stored]) => start <= last && stored.last >= first);
}

function json(status: number, value: object): UpstreamAnswer {
  return { kind: 'answered', status, headers: {}, body: Buffer.from(JSON.stringify(value)) };
}

function refusal(status: number, code: string): UpstreamAnswer {
  return json(status, { code, message: code });
}
