import { currentList } from '../../src/hub/authority/role-lists.ts';
import type { Recipient } from '../../src/journal/recipient.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { epochProofBytes } from '../../src/sync/protocol/proofs.ts';
import type { Answer, Asked, HubRig, StationClient } from './hub-rig.ts';
import { actionRecord } from './journal-records.ts';
import { type MadeSegment, SealingStation } from './sealed-segments.ts';

/** A station that has enrolled and announced an epoch, and sends what a test makes of its segments. */
export class AnnouncedStation {
  readonly client: StationClient;
  readonly journal: SealingStation;
  readonly recipient: Recipient;

  private constructor(client: StationClient, journal: SealingStation, recipient: Recipient) {
    this.client = client;
    this.journal = journal;
    this.recipient = recipient;
  }

  static async enrol(rig: HubRig, id: string): Promise<AnnouncedStation> {
    const client = await rig.enrol(id);
    const journal = new SealingStation(id, 7, client.signing);
    const claim = { ...journal.claim(), region: client.region };
    const { status } = await client.ask('/v1/epochs', {
      json: {
        ...{ epoch: toHex(journal.epoch), first: 1, previous: toHex(claim.previous) },
        ...{ reason: 'first', proof: client.sign(epochProofBytes(claim)) },
      },
    });
    const keys = (await currentList(rig.store, client.region))?.keys ?? [];
    const key = keys.find(({ role }) => role === 'recipient');
    if (status !== 201 || key === undefined) throw new Error(`announcing: ${status}`);
    return new AnnouncedStation(client, journal, { id: key.id, publicKey: key.key });
  }

  seal(records: number, journal = this.journal): MadeSegment {
    return journal.seal(
      this.recipient,
      Array.from({ length: records }, () => () => actionRecord(null)),
    );
  }

  send(
    bytes: Uint8Array,
    { first, epoch = this.journal.epoch, ...asked }: { first: number; epoch?: Uint8Array } & Asked,
  ): Promise<Answer> {
    return this.client.ask(`/v1/segments/${toHex(epoch)}/${first}`, { bytes, ...asked });
  }
}
