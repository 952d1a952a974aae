import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { toHex } from '../kernel/bytes.ts';
import { type Kept, keptText } from './kept.ts';
import { newestReceipt } from './uplink/own-journal.ts';
import type { UploadJournal } from './uplink/upload-journal.ts';

const Shape = Type.Object({
  hub: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  atMs: Type.Integer({ minimum: 0 }),
  backupIntervalMs: Type.Integer({ minimum: 0 }),
});

/** The life of the hub's database that this station last heard of, and when: an older stick must not bring an earlier one back. */
export type KnownHub = Static<typeof Shape>;

export function keptHub(kept: Kept): KnownHub | null {
  const text = keptText(kept, 'heads');
  return text === null ? null : Value.Parse(Shape, JSON.parse(text));
}

export function keepHub(kept: Kept, known: KnownHub): void {
  kept.put({ heads: Buffer.from(JSON.stringify(known)) });
}

/** What was kept, or the newest receipt where that is younger; null when no hub was heard of yet. */
export function newestKnownHub(
  kept: Kept,
  journal: UploadJournal,
): Pick<KnownHub, 'hub' | 'atMs'> | null {
  const said = keptHub(kept);
  const receipt = newestReceipt(journal);
  if (receipt === null || (said !== null && said.atMs >= receipt.atMs)) return said;
  return { hub: toHex(receipt.hub), atMs: receipt.atMs };
}
