import { createHash, createPrivateKey } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { setUpSealing } from '../../src/journal/hpke.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { parseSealTo } from '../../src/journal/recipient.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { StorageFault } from '../../src/kernel/errors.ts';

/**
 * A station's journal and nothing else, to be killed, starved and cut off by the fault campaigns. Appends until `count`
 * records were acknowledged or forever, and says on standard output what it may be held to:
 *   ack <sequence> <CLOCK_MONOTONIC ns after the write> <label>   fault <kind>   healed   done
 * Every ciphertext it makes is noted in `sealedLog`, on another disk, before it is written:
 *   <enc> <index in the context> <SHA-256 of the ciphertext>
 */
type Orders = {
  readonly path: string;
  readonly key: string;
  readonly sealTo: string;
  readonly signingKeyPem: string;
  readonly sealedLog: string;
  readonly count: number;
  /** The first label; each record carries its own, so that the reader knows which one it finds. */
  readonly label: number;
  /** Plays a hub that stores and opens what there is, and prunes: says `storing <first> <last>` before each receipt. */
  readonly hub: boolean;
};

const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
const log = openSync(orders.sealedLog, 'a');

/** Moved by hand: three records a second, a segment a minute while the hub is away. */
let nowMs = 0;
const clock = {
  monoMs: () => nowMs,
  wallMs: () => 1_790_000_000_000 + nowMs,
  sleep: () => Promise.resolve(),
};

const say = (line: string) => writeSync(1, `${line}\n`);

const journal = openJournal({
  path: orders.path,
  key: Buffer.from(orders.key, 'hex'),
  station: 'station-1',
  recipient: parseSealTo(orders.sealTo),
  signingKey: createPrivateKey(orders.signingKeyPem),
  clock,
  ballastBytes: 0,
  onEvent: (event) => {
    if (event.kind === 'fault') say(`fault ${event.fault}`);
    if (event.kind === 'healed') say('healed');
  },
  openContext: (publicKey, info) => {
    const context = setUpSealing(publicKey, info);
    let index = 0;
    return {
      enc: context.enc,
      seal: (plaintext, aad) => {
        const sealed = context.seal(plaintext, aad);
        const hash = createHash('sha256').update(sealed).digest();
        writeSync(log, `${toHex(context.enc)} ${index++} ${toHex(hash)}\n`);
        return sealed;
      },
    };
  },
});

let acknowledged = 0;
let label = orders.label;
while (acknowledged < orders.count) {
  nowMs += 333;
  journal.tick(false);
  try {
    const { sequence } = journal.append(() => recordOf(label));
    say(`ack ${sequence} ${process.hrtime.bigint()} ${label}`);
    acknowledged++;
    if (orders.hub) playHub(sequence);
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    nowMs += 1_000;
  }
  label++;
}
fsyncSync(log);
closeSync(log);
journal.close();
say('done');

function playHub(sequence: number): void {
  const { uploads } = journal;
  if (sequence % 101 === 0) journal.startEpoch('conflict', null);
  if (sequence % 17 !== 0) return;
  for (const { epoch, first, last } of uploads.unsent('oldest', 4)) {
    say(`storing ${first} ${last}`);
    uploads.acknowledge({ epoch, first, receipt: Uint8Array.of(1), atMs: clock.wallMs() });
    uploads.noteOpened({ epoch, through: last, atMs: clock.wallMs() });
  }
  if (sequence % 51 === 0) uploads.prune({ nowMs: clock.wallMs(), backupIntervalMs: -3_600_000 });
}

function recordOf(count: number): JournalRecord {
  return {
    v: 1,
    type: 'mode',
    mode: 'release',
    reason: 'test',
    counted: count,
    atMs: clock.wallMs(),
    earliestMs: clock.wallMs(),
    latestMs: clock.wallMs(),
    trust: 'carried',
    lane: 'lane-1',
    officer: null,
    software: '0.0.0',
  };
}
