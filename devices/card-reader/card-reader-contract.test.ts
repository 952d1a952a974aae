import { systemClock } from '../../src/station/system-clock.ts';
import { sampleCard, seededRandom } from '../../test/support/sample-card.ts';
import { type CardReaderRig, describeCardReader } from '../contract/card-reader-contract.ts';
import { EmulatedCard } from './emulated/emulated-card.ts';
import { EmulatedReader } from './emulated/emulated-reader.ts';
import { CCCD_ATR, type VpcdCard } from './emulated/vpcd-client.ts';
import { PcscHost } from './pcsc-host.ts';
import { PcscReader } from './pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from './sim/virtual-pcscd.ts';

async function makeCard(manner: 'sound' | 'mute'): Promise<EmulatedCard> {
  const faults = manner === 'mute' ? [{ kind: 'mute', afterApdus: 0 } as const] : [];
  return new EmulatedCard(await sampleCard({ faults }), seededRandom('contract'));
}

describeCardReader('EmulatedReader', async () => {
  const reader = new EmulatedReader('test-emulated', systemClock);
  return {
    reader,
    insert: async (manner) => void reader.insert(await makeCard(manner)),
    remove: async () => reader.remove(),
    unplug: async () => reader.unplug(),
    plug: async () => reader.plug(),
    close: async () => {},
  };
});

describeCardReader('PcscReader on a real pcscd', openPcscRig, virtualPcscdObstacle());

async function openPcscRig(): Promise<CardReaderRig> {
  const pcscd = await VirtualPcscd.open();
  await pcscd.start();
  const { socketPath } = pcscd;
  const host = new PcscHost({ clock: systemClock, random: () => 0.5, socketPath });
  const reader = new PcscReader({ deviceId: 'test-pcsc', nameContains: 'virtual pcd' }, host);
  let card = await makeCard('sound');
  let lying: VpcdCard | undefined;
  const lay = async () => {
    lying = await pcscd.insert(card, CCCD_ATR);
  };
  const restart = async (isThere: boolean) => {
    await pcscd.kill();
    pcscd.setReader(isThere);
    await pcscd.start();
  };
  return {
    reader,
    insert: async (manner) => {
      card = await makeCard(manner);
      await lay();
    },
    remove: async () => {
      await lying?.pull();
    },
    // vpcd cannot be unplugged from a pcscd that runs; one that starts without it has lost it just as well.
    unplug: () => restart(false),
    plug: async () => {
      await restart(true);
      await lay();
    },
    close: async () => {
      await host.close();
      await pcscd.close();
    },
  };
}
