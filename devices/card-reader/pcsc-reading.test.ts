// A whole card, read by the product's own terminal through a real pcscd.
import { expect, test } from 'vitest';
import type { CardChannel } from '../../src/chip/card-channel.ts';
import { readCard } from '../../src/chip/read-card.ts';
import { ReadManners } from '../../src/chip/read-manners.ts';
import type { CardConnection, InsertedCard } from '../../src/ports/card-reader.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { WHOLE_NUMBER } from '../../test/support/card-on-reader.ts';
import { guarded } from '../../test/support/guarded.ts';
import { sampleCard, seededRandom } from '../../test/support/sample-card.ts';
import { ReaderWatch } from '../contract/device-watch.ts';
import type { CardFault } from './emulated/card-fault.ts';
import { EmulatedCard } from './emulated/emulated-card.ts';
import { CCCD_ATR } from './emulated/vpcd-client.ts';
import { PcscHost } from './pcsc-host.ts';
import { PcscReader } from './pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from './sim/virtual-pcscd.ts';

const obstacle = virtualPcscdObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);
const DEADLINE_MS = 10_000;

const channelOf = (connection: CardConnection): CardChannel => ({
  transmit: (command) => connection.transmit(command, DEADLINE_MS),
});

async function readThrough(faults: readonly CardFault[]) {
  const pcscd = await VirtualPcscd.open();
  const { socketPath } = pcscd;
  const host = new PcscHost({ clock: systemClock, random: () => 0.5, socketPath });
  const watch = new ReaderWatch(new PcscReader({ deviceId: 'test', nameContains: null }, host));
  try {
    await pcscd.start();
    const card = new EmulatedCard(await sampleCard({ faults }), seededRandom('pcsc'));
    await pcscd.insert(card, CCCD_ATR);
    let connection = await (await guarded('a card', watch.inserted())).connect(DEADLINE_MS);
    const again = async (): Promise<InsertedCard> => {
      await connection.close();
      await guarded('removed', watch.next('card-removed'));
      await pcscd.insert(card, CCCD_ATR);
      return guarded('the card again', watch.inserted());
    };
    return await readCard({
      channel: channelOf(connection),
      reconnect: async () => {
        connection = await (await again()).connect(DEADLINE_MS);
        return channelOf(connection);
      },
      secrets: WHOLE_NUMBER,
      ...{ failedBefore: 0, groups: [1, 13, 2], manners: new ReadManners() },
      random: seededRandom('terminal'),
      msLeft: () => DEADLINE_MS,
      report: () => {},
    });
  } finally {
    await watch.stop();
    await host.close();
    await pcscd.close();
  }
}

test.skipIf(obstacle !== null)(named('a card is read whole, and proves itself'), async () => {
  const reading = await readThrough([]);
  expect(reading).toMatchObject({
    ...{ ended: 'complete', chipAuthentication: 'passed', activeAuthentication: 'passed' },
  });
  for (const group of [1, 2, 13, 14, 15]) expect(reading.groups.get(group)?.hash).toBe('passed');
});

test.skipIf(obstacle !== null)(
  named('a card pulled in the midst of it and laid down again is read to its end'),
  async () => {
    const reading = await readThrough([{ kind: 'pull', afterApdus: 20, returns: true }]);
    expect(reading.ended).toBe('complete');
    expect(reading.groups.get(2)?.hash).toBe('passed');
  },
);
