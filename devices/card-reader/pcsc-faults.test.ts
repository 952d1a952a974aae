// What only PC/SC can do wrong, over a real pcscd. Outcomes and events; how long it takes is for scripts/bench/card-reader.ts.
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { guarded } from '../../test/support/guarded.ts';
import { childrenRunning } from '../contract/camera-rig.ts';
import { ReaderWatch } from '../contract/device-watch.ts';
import { CCCD_ATR, type VpcdOptions } from './emulated/vpcd-client.ts';
import { PcscHost } from './pcsc-host.ts';
import { PcscReader } from './pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from './sim/virtual-pcscd.ts';

type Card = VpcdOptions['card'];

const COMMAND = Buffer.from('00b0000000', 'hex');
const ANSWER_MS = 10_000;
const obstacle = virtualPcscdObstacle();

/** Answers each command with `bytes` bytes. */
const answering = (bytes: number): Card => ({
  transmit: async () => new Uint8Array(bytes).fill(0x90),
  reset: () => undefined,
});
/** Answers with how many commands came since it was reset. */
function counting(): Card {
  let commands = 0;
  return {
    transmit: async () => Uint8Array.of(++commands, 0x90, 0x00),
    reset: () => {
      commands = 0;
    },
  };
}
const mute: Card = { transmit: () => new Promise(() => undefined), reset: () => undefined };

let pcscd: VirtualPcscd;
let hosts: PcscHost[];
let watches: ReaderWatch[];

function openHost(): PcscHost {
  const { socketPath } = pcscd;
  const host = new PcscHost({ clock: systemClock, random: () => 0.5, socketPath });
  hosts.push(host);
  return host;
}

function watchReader(host: PcscHost, nameContains: string | null = null): ReaderWatch {
  const reader = new PcscReader({ deviceId: 'test', nameContains }, host);
  const watch = new ReaderWatch(reader);
  watches.push(watch);
  return watch;
}

const isFault = (work: Promise<unknown>) => expect(work).rejects.toBeInstanceOf(DeviceFault);

async function pcscChildren(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of await childrenRunning('node')) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('pcsc-child')) found.push(pid);
  }
  return found;
}

async function signalChild(signal: NodeJS.Signals): Promise<void> {
  const children = await pcscChildren();
  expect(children).toHaveLength(1);
  for (const pid of children) process.kill(pid, signal);
}

async function exchange(card: { connect: (ms: number) => Promise<unknown> }): Promise<number> {
  const inserted = card as Awaited<ReturnType<ReaderWatch['inserted']>>;
  const connection = await inserted.connect(ANSWER_MS);
  const { length } = await connection.transmit(COMMAND, ANSWER_MS);
  await connection.close();
  return length;
}

describe.skipIf(obstacle !== null)(
  `PC/SC faults${obstacle === null ? '' : ` (SKIPPED: ${obstacle})`}`,
  () => {
    beforeEach(async () => {
      hosts = [];
      watches = [];
      pcscd = await VirtualPcscd.open();
    });
    afterEach(async () => {
      for (const watch of watches) await watch.stop();
      for (const host of hosts) await guarded('a host closes', host.close());
      expect(await pcscChildren()).toEqual([]);
      await pcscd.close();
    });

    test('pcscd absent at the start is told, and found once it is there', async () => {
      const watch = watchReader(openHost());
      const { detail } = await guarded('offline', watch.next('offline'));
      expect(detail.join(' ')).toContain('pcscd');
      await pcscd.start();
      await guarded('online', watch.next('online'));
      await pcscd.insert(answering(2), CCCD_ATR);
      expect(await exchange(await guarded('a card', watch.inserted()))).toBe(2);
      expect(watch.words).toEqual(['offline reader.service-down', 'online', 'card-inserted']);
    });

    test('pcscd killed under a command ends it; restarted, the reader reads again', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await pcscd.insert(mute, CCCD_ATR);
      const card = await guarded('a card', watch.inserted());
      const connection = await card.connect(ANSWER_MS);
      const command = isFault(connection.transmit(COMMAND, 60_000));
      await pcscd.kill();
      await guarded('the command ends', command);
      await isFault(card.connect(ANSWER_MS));
      await connection.close();
      await guarded('offline', watch.next('offline'));
      await pcscd.start();
      await guarded('online', watch.next('online'));
      await pcscd.insert(answering(2), CCCD_ATR);
      expect(await exchange(await guarded('a card', watch.inserted()))).toBe(2);
      expect(watch.words.slice(0, 4)).toEqual([
        'online',
        'card-inserted',
        'card-removed',
        'offline reader.service-down',
      ]);
    });

    test('a pcscd that hangs is a fault, and read again when it goes on', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await pcscd.insert(answering(2), CCCD_ATR);
      const card = await guarded('a card', watch.inserted());
      pcscd.freeze(true);
      await isFault(card.connect(300));
      pcscd.freeze(false);
      expect(await exchange(card)).toBe(2);
    });

    test('a pcscd that hangs under a new child is a fault until it goes on', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await guarded('online', watch.next('online'));
      pcscd.freeze(true);
      await signalChild('SIGKILL');
      await guarded('offline', watch.next('offline'));
      pcscd.freeze(false);
      await guarded('online', watch.next('online'));
      await pcscd.insert(answering(2), CCCD_ATR);
      expect(await exchange(await guarded('a card', watch.inserted()))).toBe(2);
    });

    test('a child killed in mid-command ends the command; the next child finds the card and resets it', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await pcscd.insert(counting(), CCCD_ATR);
      const card = await guarded('a card', watch.inserted());
      const connection = await card.connect(ANSWER_MS);
      await connection.transmit(COMMAND, ANSWER_MS);
      await signalChild('SIGSTOP');
      const command = isFault(connection.transmit(COMMAND, 60_000));
      await signalChild('SIGKILL');
      await guarded('the command ends', command);
      const again = await guarded('the card', watch.inserted());
      expect(again).not.toBe(card);
      const fresh = await again.connect(ANSWER_MS);
      expect((await fresh.transmit(COMMAND, ANSWER_MS))[0]).toBe(1);
      await fresh.close();
      await isFault(card.connect(ANSWER_MS));
      expect(watch.words).toEqual([
        ...['online', 'card-inserted', 'card-removed'],
        ...['offline reader.fault', 'online', 'card-inserted'],
      ]);
    });

    test('a child that hangs in mid-command is killed and replaced', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await pcscd.insert(answering(2), CCCD_ATR);
      const connection = await (await guarded('a card', watch.inserted())).connect(ANSWER_MS);
      const [hung] = await pcscChildren();
      await signalChild('SIGSTOP');
      await isFault(connection.transmit(COMMAND, 100));
      expect(await exchange(await guarded('the card', watch.inserted()))).toBe(2);
      expect(await pcscChildren()).not.toContain(hung);
      expect(watch.words).toContain('offline reader.fault');
    });

    test('an idle child that hangs is found out', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      await guarded('online', watch.next('online'));
      await signalChild('SIGSTOP');
      const { reason } = await guarded('offline', watch.next('offline'));
      expect(reason).toBe('reader.fault');
      await guarded('online', watch.next('online'));
    });

    test('an answer that came while the daemon was busy is not late', async () => {
      await pcscd.start();
      const host = openHost();
      await guarded('online', watchReader(host).next('online'));
      const command = { kind: 'connect', slot: 'Virtual PCD 00 00', insertion: 99 } as const;
      const outcome = host.command(1, command, 50);
      const untilMs = performance.now() + 500;
      while (performance.now() < untilMs);
      expect(await outcome).toMatchObject({ kind: 'failed', failure: 'no-card' });
    });

    test('a card that another program keeps is waited for, and refused at the deadline', async () => {
      await pcscd.start();
      const ours = watchReader(openHost());
      const others = watchReader(openHost());
      await pcscd.insert(answering(2), CCCD_ATR);
      const kept = await (await guarded('a card', others.inserted())).connect(ANSWER_MS);
      const card = await guarded('a card', ours.inserted());
      await expect(card.connect(200)).rejects.toThrow(/another program/);
      const waiting = exchange(card);
      await kept.close();
      expect(await guarded('the card', waiting)).toBe(2);
    });

    test('a mute card blocks its own slot and no other', async () => {
      await pcscd.start();
      const host = openHost();
      const first = watchReader(host, '00 00');
      const second = watchReader(host, '00 01');
      const muted = await pcscd.insert(mute, CCCD_ATR, 0);
      await pcscd.insert(answering(2), CCCD_ATR, 1);
      const card = await guarded('the mute card', first.inserted());
      const connection = await card.connect(ANSWER_MS);
      await isFault(connection.transmit(COMMAND, 200));
      const closing = connection.close();
      await isFault(card.connect(200));
      expect(await exchange(await guarded('the other card', second.inserted()))).toBe(2);
      await muted.pull();
      await guarded('removed', first.next('card-removed'));
      await closing;
      await pcscd.insert(answering(2), CCCD_ATR, 0);
      expect(await exchange(await guarded('the next card', first.inserted()))).toBe(2);
      expect(second.words).toEqual(['online', 'card-inserted']);
    });

    test('two slots of one device are one reader, with a card in each', async () => {
      await pcscd.start();
      const watch = watchReader(openHost(), 'VIRTUAL pcd');
      await pcscd.insert(answering(2), CCCD_ATR, 0);
      const one = await guarded('a card', watch.inserted());
      await pcscd.insert(answering(3), CCCD_ATR, 1);
      const two = await guarded('a card', watch.inserted());
      expect(await exchange(one)).toBe(2);
      expect(await exchange(two)).toBe(3);
      expect(new Set([one.slot, two.slot]).size).toBe(2);
    });

    test('a reader of another name is not found, and the details say what there is', async () => {
      await pcscd.start();
      const watch = watchReader(openHost(), 'no such reader');
      const { reason, detail } = await guarded('offline', watch.next('offline'));
      expect(reason).toBe('reader.not-found');
      expect(detail.join(' ')).toContain('Virtual PCD');
    });

    test('the longest answer there is comes whole, one of a single byte is a fault', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      const long = await pcscd.insert(answering(0xffff), CCCD_ATR);
      expect(await exchange(await guarded('a card', watch.inserted()))).toBe(0xffff);
      await long.pull();
      await guarded('removed', watch.next('card-removed'));
      await pcscd.insert(answering(1), CCCD_ATR);
      const card = await guarded('a card', watch.inserted());
      await isFault(exchange(card));
    });

    test('cards pulled while they were held leave nothing behind in pcscd', async () => {
      await pcscd.start();
      const watch = watchReader(openHost());
      const cycles = process.env['CHOT_SOAK'] === '1' ? 300 : 3;
      for (let cycle = 0; cycle < cycles; cycle++) {
        const laid = await pcscd.insert(answering(2), CCCD_ATR);
        const card = await guarded('a card', watch.inserted());
        const connection = await card.connect(ANSWER_MS);
        await connection.transmit(COMMAND, ANSWER_MS);
        await laid.pull();
        await guarded('removed', watch.next('card-removed'));
        await connection.close();
      }
      expect(watch.words.filter((word) => word.startsWith('offline'))).toEqual([]);
    });
  },
);
