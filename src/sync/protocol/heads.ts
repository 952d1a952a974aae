import { EPOCH_BYTES, LINK_BYTES } from '../../journal/chain.ts';
import { canonicalBytes, toHex } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';
import { HUB_ID_BYTES } from './receipt.ts';
import type { HeadsAnswer } from './wire.ts';

const LABEL = 'chot/heads/v1';
const EPOCHS_MAX = 1_000;
const STATE_BYTES_MAX = 8;
const INTERVAL_MS_MAX = 90 * 86_400_000;

/** What `GET /v1/heads` answers, for a station without a line: signed, because a stick comes from anybody. */
export type Heads = {
  readonly region: string;
  readonly station: string;
  readonly atMs: number;
  readonly heads: HeadsAnswer;
};

/** Body of a statement signed by a `receipt` key. */
export function encodeHeads({ region, station, atMs, heads }: Heads): Uint8Array {
  const { hub, backupIntervalMs, epochs } = heads;
  return canonicalBytes([
    ...[LABEL, region, station, atMs, Buffer.from(hub, 'hex'), backupIntervalMs, epochs.length],
    ...epochs.flatMap(({ epoch, through, link, openedThrough, state }) => [
      ...[Buffer.from(epoch, 'hex'), through, Buffer.from(link, 'hex'), openedThrough, state],
    ]),
  ]);
}

/** Throws InputError. */
export function decodeHeads(body: Uint8Array): Heads {
  const reader = new CanonicalReader(body, 'heads');
  reader.label(LABEL);
  const place = { region: readId(reader), station: readId(reader), atMs: reader.uint64() };
  const hub = toHex(reader.exactly(HUB_ID_BYTES));
  const backupIntervalMs = reader.count(INTERVAL_MS_MAX);
  const epochs = reader.list(EPOCHS_MAX, () => readHead(reader));
  reader.end();
  return { ...place, heads: { hub, backupIntervalMs, epochs } };
}

function readHead(reader: CanonicalReader): HeadsAnswer['epochs'][number] {
  const epoch = toHex(reader.exactly(EPOCH_BYTES));
  const through = reader.uint64();
  const link = toHex(reader.exactly(LINK_BYTES));
  const openedThrough = reader.uint64();
  const state = reader.text(STATE_BYTES_MAX);
  if (state !== 'granted' && state !== 'waiting') throw reader.unfit('granted or waiting');
  return { epoch, through, link, openedThrough, state };
}
