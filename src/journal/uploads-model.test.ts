import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { toHex } from '../kernel/bytes.ts';
import { keyPairFromPem } from './hpke.ts';
import { type Journal, openJournal } from './journal.ts';
import { eachSegment } from './read-journal.ts';
import { generateRecipient } from './recipient.ts';
import { openSegment } from './segment.ts';
import { verifyJournal } from './verify.ts';

const KEY = new Uint8Array(32).fill(9);
const HOUR_MS = 3_600_000;
const months = ['hub-1', 'hub-2', 'hub-3'].map((id) => generateRecipient(id));
const { privateKey: signingKey } = generateKeyPairSync('ed25519');

type Op =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'close' | 'restart' }
  | { readonly kind: 'receipt' | 'opened' | 'epoch' | 'recipient'; readonly pick: number }
  | { readonly kind: 'prune' | 'wait'; readonly hours: number }
  | { readonly kind: 'forget'; readonly pick: number };

const pick = fc.nat(1_000);
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), count: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('close', 'restart') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receipt'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('opened'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('epoch', 'recipient'), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('prune', 'wait'), hours: fc.nat(12) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget'), pick }) },
) as fc.Arbitrary<Op>;

type Known = {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: string;
  isStored: boolean;
};

/** The journal beside what has to be true of it, told in a few lists. */
class Pair {
  readonly #folder = mkdtempSync(join(tmpdir(), 'chot-model-'));
  readonly #clock = new VirtualClock();
  #journal: Journal;
  #recipient = months[0]?.recipient;
  #nowMs = Date.UTC(2026, 10, 25);
  #sequences: number[] = [];
  #segments: Known[] = [];
  /** What the hub said it has opened, by epoch, with the exact instant. */
  #opened: { epoch: string; through: number; atMs: number }[] = [];
  pruned = 0;
  #steps = 0;

  constructor() {
    this.#journal = this.#open();
  }

  async run(ops: readonly Op[]): Promise<void> {
    try {
      for (const each of ops) {
        await this.#step(each);
        this.#compare();
      }
      this.#journal.close();
      this.#finally();
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #step(op: Op): Promise<void> {
    switch (op.kind) {
      case 'append':
        for (let left = op.count; left > 0; left -= 7) {
          const records = Array(Math.min(7, left)).fill(() => actionRecord(null));
          this.#sequences.push(...this.#journal.appendAll(records).map(({ sequence }) => sequence));
        }
        return;
      case 'close':
        await this.#clock.advance(60_000);
        this.#journal.tick(false);
        return;
      case 'restart':
        this.#journal.close();
        this.#journal = this.#open();
        return;
      case 'wait':
        this.#nowMs += op.hours * HOUR_MS;
        return;
      case 'prune':
        return this.#prune(op.hours);
      default:
        return this.#hub(op.kind, op.pick);
    }
  }

  #hub(kind: 'receipt' | 'opened' | 'epoch' | 'recipient' | 'forget', at: number): void {
    if (kind === 'recipient') this.#changeRecipient(at);
    if (kind === 'epoch') this.#startEpoch(at);
    const index = at % Math.max(1, this.#segments.length);
    const segment = this.#segments[index];
    if (segment === undefined) return;
    if (kind === 'opened') this.#noteOpened(segment);
    if (kind === 'forget') this.#forget(segment);
    if (kind !== 'receipt') return;
    // Half of the time everything older too, as when the line was there for long.
    const from = at % 2 === 0 ? 0 : index;
    for (const each of this.#segments.slice(from, index + 1)) this.#receipt(each);
  }

  #changeRecipient(at: number): void {
    this.#recipient = months[at % months.length]?.recipient ?? this.#recipient;
    if (this.#recipient !== undefined) this.#journal.useRecipient(this.#recipient);
  }

  #startEpoch(at: number): void {
    const sequence = at % 3 === 0 ? (this.#sequences.at(-1) ?? 0) + (at % 50) + 1 : at;
    const from = at % 4 === 0 ? null : { sequence, link: randomBytes(32) };
    this.#journal.startEpoch('conflict', from);
  }

  #receipt(segment: Known): void {
    const { first } = segment;
    const epoch = Buffer.from(segment.epoch, 'hex');
    const receipt = Uint8Array.of(first % 256);
    const isNew = this.#journal.uploads.acknowledge({ epoch, first, receipt, atMs: this.#nowMs });
    expect(isNew).toBe(!segment.isStored);
    segment.isStored = true;
  }

  #noteOpened({ epoch, last: through }: Known): void {
    const atMs = this.#nowMs;
    this.#journal.uploads.noteOpened({ epoch: Buffer.from(epoch, 'hex'), through, atMs });
    this.#opened.push({ epoch, through, atMs });
  }

  #forget({ epoch, first: from }: Known): void {
    const { uploads } = this.#journal;
    expect(uploads.forgetAcknowledged({ epoch: Buffer.from(epoch, 'hex'), from }).more).toBe(false);
    for (const each of this.#segments) {
      if (each.epoch === epoch && each.last >= from) each.isStored = false;
    }
    this.#opened = this.#opened.map((said) =>
      said.epoch === epoch ? { ...said, through: Math.min(said.through, from - 1) } : said,
    );
  }

  /** What goes had a receipt and was known as opened for long enough. */
  #prune(hours: number): void {
    const backupIntervalMs = hours * HOUR_MS;
    const { uploads } = this.#journal;
    while (uploads.prune({ nowMs: this.#nowMs, backupIntervalMs }).more);
    const isGone = ({ first }: Known) => uploads.segmentBytes(first) === null;
    for (const gone of this.#segments.filter(isGone)) {
      const isKnown = this.#opened.some(
        ({ epoch, through, atMs }) =>
          epoch === gone.epoch && through >= gone.last && atMs <= this.#nowMs - backupIntervalMs,
      );
      expect([gone.isStored, isKnown]).toEqual([true, true]);
      this.#sequences = this.#sequences.filter((at) => at < gone.first || at > gone.last);
      this.pruned++;
    }
    this.#segments = this.#segments.filter((segment) => !isGone(segment));
  }

  /** The head is there whatever was pruned. New segments are taken up; those known are unsent or not as they should be, with the bytes they always had. */
  #compare(): void {
    const { uploads } = this.#journal;
    const newest = this.#sequences.at(-1) ?? 0;
    const isStarted = newest >= (this.#journal.epoch()?.first ?? 0);
    expect(this.#journal.head()?.sequence).toBe(isStarted ? newest : undefined);
    const unsent = uploads.unsent('oldest', 1_000);
    for (const { epoch, first, last } of unsent) {
      if (this.#segments.some((known) => known.first === first)) continue;
      const bytes = toHex(uploads.segmentBytes(first) ?? new Uint8Array());
      this.#segments.push({ epoch: toHex(epoch), first, last, bytes, isStored: false });
    }
    const expected = this.#segments.filter(({ isStored }) => !isStored);
    expect(unsent.map(({ first }) => first)).toEqual(expected.map(({ first }) => first));
    if (this.#steps++ % 5 !== 0) return;
    for (const { first, bytes } of this.#segments) {
      expect(toHex(uploads.segmentBytes(first) ?? new Uint8Array())).toBe(bytes);
    }
  }

  /** The chain is whole, and every record that was not pruned opens under the key of its month. */
  #finally(): void {
    const options = { key: KEY, station: 'station-1', verifyingKey: createPublicKey(signingKey) };
    expect(verifyJournal({ path: this.#path(), ...options }).damages).toEqual([]);
    const read: number[] = [];
    eachSegment(this.#path(), KEY, (segment) => {
      const pem = months.find(({ recipient }) => recipient.id === segment.keyId)?.privateKeyPem;
      const { privateKey } = keyPairFromPem(pem ?? '');
      read.push(...openSegment(segment, privateKey).map(({ sequence }) => sequence));
    });
    expect(read).toEqual(this.#sequences);
  }

  #path(): string {
    return join(this.#folder, 'journal.db');
  }

  #open(): Journal {
    if (this.#recipient === undefined) throw new Error('no recipient');
    return openJournal({
      ...{ path: this.#path(), key: KEY, station: 'station-1', recipient: this.#recipient },
      ...{ signingKey, clock: this.#clock, ballastBytes: 0, onEvent: () => {} },
    });
  }
}

test('any history of records, receipts, pruning, epochs, keys and restarts keeps what it has to, and its chain', async () => {
  const numRuns = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
  let pruned = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 40, maxLength: 60 }), async (ops) => {
      const pair = new Pair();
      await pair.run(ops);
      pruned += pair.pruned;
    }),
    { numRuns, seed: 41 },
  );
  expect(pruned).toBeGreaterThan(numRuns / 2);
});
