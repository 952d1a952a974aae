import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { MemoryKept } from '../../../test/support/memory-kept.ts';
import { TestAuthority } from '../../../test/support/test-authority.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { DAY_MS } from '../../kernel/calendar.ts';
import type { KeyStore } from '../../ports/key-store.ts';
import type { UpstreamRequest, UpstreamResult } from '../../ports/upstream.ts';
import { Alarms } from '../alarms.ts';
import type { Kept, KeptName } from '../kept.ts';
import { type Failure, HubCalls } from '../line/hub-calls.ts';
import type { ClientIdentity } from '../line/hub-identity.ts';
import { LineState } from '../line/line-state.ts';
import { readCertificateRequest } from '../protocol/certificate-request.ts';
import { certificateState } from './judge-certificate.ts';
import { currentIdentity, renewCertificate } from './renew-certificate.ts';
import { TlsKeys } from './tls-keys.ts';

const REGION = 'hcm';
const STATION = 'cua-1';
const ISSUED_MS = Date.UTC(2026, 0, 1);
const TERM = { fromMs: ISSUED_MS, untilMs: ISSUED_MS + 90 * DAY_MS };
const never = new AbortController().signal;

class Killed extends Error {}

/** Power that fails before or after the n-th thing that was to last. */
class Power {
  left: number;
  readonly #when: 'before' | 'after';

  constructor(steps: number, when: 'before' | 'after') {
    this.left = steps;
    this.#when = when;
  }

  step(act: () => void): void {
    const isLast = this.left-- === 0;
    if (isLast && this.#when === 'before') throw new Killed();
    act();
    if (isLast) throw new Killed();
  }
}

/** A station's disk and a hub that renews, over any number of starts. */
class Bench {
  readonly authority = new TestAuthority();
  readonly kept = new MemoryKept();
  readonly secrets = new Map<string, Uint8Array>();
  readonly clock = new VirtualClock(ISSUED_MS);
  /** Serials that the hub takes; every one it gave. */
  readonly serials = new Set<string>();
  readonly alarms: string[] = [];
  shown: ClientIdentity | null = null;
  refuses: { readonly status: number; readonly code: string } | null = null;
  losesAnswers = false;
  power = new Power(Number.POSITIVE_INFINITY, 'before');

  constructor() {
    const first = this.authority.station(STATION, REGION, TERM);
    this.serials.add(new X509Certificate(first.pem).serialNumber);
    this.kept.put({ certificate: Buffer.from(first.pem) });
    const pem = first.key.export({ type: 'pkcs8', format: 'pem' }) as string;
    this.secrets.set('tls.p256', Buffer.from(pem));
  }

  /** One start, which ends when nothing more is to be done or the power fails. */
  async run(day: number) {
    const atMs = ISSUED_MS + day * DAY_MS;
    const keys = new TlsKeys(this.#keyStore());
    const kept = this.#keptUnderPower();
    this.shown = currentIdentity(kept, keys);
    const calls = new HubCalls({
      upstream: { ask: async (request) => this.#hub(request, atMs) },
      line: new LineState(this.clock, () => {}),
      tokens: { token: () => null, keep: () => {} },
      head: () => null,
    });
    return renewCertificate(
      {
        ...{ calls, kept, keys, alarms: new Alarms((code) => this.alarms.push(code)) },
        identity: {
          ...{ region: REGION, station: STATION, keys: () => [] },
          time: () => ({ earliestMs: atMs, latestMs: atMs, trust: 'vouched' }),
          sign: () => Buffer.alloc(64),
        },
        authorities: () => [this.authority.issued.der],
        show: (identity) => {
          this.shown = identity;
        },
        works: async () => (this.#isTaken() ? null : REFUSED),
      },
      never,
    );
  }

  /** A pair that fits and that the hub takes is always at hand. */
  usable(): boolean {
    this.shown = currentIdentity(this.kept, new TlsKeys(this.#keyStore()));
    return this.#isTaken();
  }

  serial(): string {
    return new X509Certificate(this.shown?.certificatePem ?? '').serialNumber;
  }

  #isTaken(): boolean {
    return this.shown !== null && this.serials.has(this.serial());
  }

  async #hub(request: UpstreamRequest, atMs: number): Promise<UpstreamResult> {
    if (this.refuses !== null) {
      const body = Buffer.from(JSON.stringify({ code: this.refuses.code, message: 'no' }));
      return { kind: 'answered', status: this.refuses.status, headers: JSON_HEADERS, body };
    }
    const { csr } = JSON.parse(Buffer.from(request.body?.bytes ?? []).toString());
    const { publicKey } = readCertificateRequest(csr);
    const term = { fromMs: atMs, untilMs: atMs + 90 * DAY_MS };
    const certificate = this.authority.certify(STATION, REGION, publicKey, term);
    this.serials.add(new X509Certificate(certificate).serialNumber);
    if (this.losesAnswers) return { kind: 'unreachable', reason: 'cut', message: 'cut' };
    const body = Buffer.from(JSON.stringify({ certificate }));
    return { kind: 'answered', status: 201, headers: JSON_HEADERS, body };
  }

  #keyStore(): KeyStore {
    const { secrets } = this;
    const lasting = (act: () => void) => this.power.step(act);
    return {
      grade: 'file',
      describe: (name) => name,
      read: (name) => secrets.get(name) ?? null,
      readOrMake: (name, make) => {
        if (!secrets.has(name)) lasting(() => secrets.set(name, make()));
        return secrets.get(name) ?? new Uint8Array(0);
      },
      write: (name, secret) => lasting(() => secrets.set(name, secret)),
      remove: (name) => lasting(() => secrets.delete(name)),
      list: () => [...secrets.keys()].sort(),
    };
  }

  #keptUnderPower(): Kept {
    return {
      get: (name: KeptName) => this.kept.get(name),
      put: (entries) => this.power.step(() => this.kept.put(entries)),
    };
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const REFUSED: Failure = {
  kind: 'refused',
  status: 401,
  code: 'station.revoked',
  message: 'no',
  retryAfterMs: null,
  headers: {},
};

test('a certificate is renewed from day 60 on, with a new key, and not before', async () => {
  const bench = new Bench();
  expect(await bench.run(59)).toBeNull();
  const before = bench.serial();
  const key = bench.secrets.get('tls.p256');
  expect(await bench.run(60)).toBeNull();
  expect(bench.usable()).toBe(true);
  expect(bench.serial()).not.toBe(before);
  expect(bench.secrets.get('tls.p256')).not.toEqual(key);
  expect([...bench.secrets.keys()]).toEqual(['tls.p256']);
});

test.each(['before', 'after'] as const)(
  'killed %s any step, a start later it is renewed, and never without a pair that the hub takes',
  async (when) => {
    let kills = 0;
    for (let step = 0; step < 10; step++) {
      const bench = new Bench();
      bench.power = new Power(step, when);
      const before = bench.usable() ? bench.serial() : '';
      try {
        await bench.run(61);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        kills++;
      }
      bench.power = new Power(Number.POSITIVE_INFINITY, 'before');
      expect(bench.usable(), `step ${step}`).toBe(true);
      expect(await bench.run(61)).toBeNull();
      expect(bench.usable(), `step ${step}`).toBe(true);
      expect(bench.serial()).not.toBe(before);
      expect([...bench.secrets.keys()], `step ${step}`).toEqual(['tls.p256']);
      expect(bench.kept.get('next-certificate')).toBeNull();
    }
    expect(kills).toBeGreaterThanOrEqual(5);
  },
);

test('an answer that is lost costs nothing: the same key is asked for again', async () => {
  const bench = new Bench();
  bench.losesAnswers = true;
  expect((await bench.run(61))?.kind).toBe('unreachable');
  const asked = bench.secrets.get('tls.p256.next');
  expect(bench.usable()).toBe(true);
  bench.losesAnswers = false;
  expect(await bench.run(61)).toBeNull();
  expect(bench.secrets.get('tls.p256')).toEqual(asked);
});

test('a new certificate that the hub does not take is dropped with its key, and the old one goes on', async () => {
  const bench = new Bench();
  const old = bench.usable() ? bench.serial() : '';
  const taken = new Set(bench.serials);
  // What it gives from now on it does not know the next moment, as after a restore.
  bench.serials.add = () => taken;
  expect((await bench.run(61))?.kind).toBe('refused');
  expect(bench.alarms).toEqual(['certificate.refused']);
  expect(bench.serial()).toBe(old);
  expect([...bench.secrets.keys()]).toEqual(['tls.p256']);
});

test('for 45 days after its end a certificate still renews; then the station says that it has to be enrolled', async () => {
  const late = new Bench();
  expect(await late.run(134)).toBeNull();
  expect(late.usable()).toBe(true);
  const tooLate = new Bench();
  expect(await tooLate.run(135)).toBeNull();
  expect(tooLate.alarms).toEqual(['certificate.ended']);
  expect(tooLate.secrets.size).toBe(1);
});

test('a station that is revoked gets no certificate and keeps what it has', async () => {
  const bench = new Bench();
  bench.refuses = { status: 401, code: 'station.revoked' };
  expect(await bench.run(61)).toMatchObject({ kind: 'refused', code: 'station.revoked' });
  expect(bench.usable()).toBe(true);
});

test('a station that does not know the date renews rather than gives up', () => {
  const { pem } = new TestAuthority().station(STATION, REGION, TERM);
  const time = {
    earliestMs: ISSUED_MS,
    latestMs: ISSUED_MS + 400 * DAY_MS,
    trust: 'unset',
  } as const;
  expect(certificateState(pem, time)).toBe('due');
});
