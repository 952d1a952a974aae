import { expect, test } from 'vitest';
import type { FrameEvent } from '../../src/ports/frame-source.ts';
import { settle, VirtualClock } from '../../test/support/virtual-clock.ts';
import { FrameMailbox } from './frame-mailbox.ts';

const SIZE = { width: 2, height: 1 };
const picture = (value: number) => Uint8Array.of(value, value);
const open = () => new FrameMailbox('cam', new VirtualClock());

/** What a consumer gets that comes only now. */
async function waiting(mailbox: FrameMailbox): Promise<readonly string[]> {
  const stop = new AbortController();
  const told: string[] = [];
  const reading = (async () => {
    for await (const event of mailbox.events(stop.signal)) told.push(word(event));
  })();
  for (let i = 0; i < 10; i++) await settle();
  stop.abort();
  await reading;
  return told;
}

function word(event: FrameEvent): string {
  if (event.kind === 'frame') return `frame ${event.frame.sequence}`;
  return event.kind === 'offline' ? event.reason : 'online';
}

test('a consumer that slept through a thousand frames gets the last one', async () => {
  const mailbox = open();
  for (let i = 0; i < 1_000; i++) mailbox.putFrame(SIZE, picture(i));
  expect(await waiting(mailbox)).toEqual(['online', 'frame 1000']);
});

test('a consumer that slept through outages hears of the last one and of the return', async () => {
  const mailbox = open();
  for (let i = 0; i < 10; i++) {
    mailbox.putOffline('camera.unreachable', []);
    mailbox.putOffline('camera.stalled', []);
    mailbox.putFrame(SIZE, picture(i));
  }
  expect(await waiting(mailbox)).toEqual(['camera.stalled', 'online', 'frame 10']);
});

test('an outage drops the frame that nobody has taken', async () => {
  const mailbox = open();
  mailbox.putFrame(SIZE, picture(1));
  mailbox.putOffline('camera.lost', []);
  expect(await waiting(mailbox)).toEqual(['camera.lost']);
});

test('the same outage is told once', async () => {
  const mailbox = open();
  for (let i = 0; i < 5; i++) mailbox.putOffline('camera.unreachable', ['again']);
  expect(await waiting(mailbox)).toEqual(['camera.unreachable']);
  mailbox.putOffline('camera.unreachable', ['again']);
  expect(await waiting(mailbox)).toEqual([]);
});

test('only bytes that nobody got are handed back', async () => {
  const mailbox = open();
  const [first, second, third] = [picture(1), picture(2), picture(3)];
  expect(mailbox.putFrame(SIZE, first)).toBeUndefined();
  expect(mailbox.putFrame(SIZE, second)).toBe(first);
  expect(await waiting(mailbox)).toEqual(['online', 'frame 2']);
  expect(mailbox.putFrame(SIZE, third)).toBeUndefined();
});

test('a writer that may drop nothing waits until its frame is taken or nobody is there', async () => {
  const mailbox = open();
  await mailbox.taken();
  mailbox.putFrame(SIZE, picture(1));
  let free = false;
  const taken = mailbox.taken().then(() => {
    free = true;
  });
  await settle();
  expect(free).toBe(false);
  await waiting(mailbox);
  await taken;
  mailbox.putFrame(SIZE, picture(2));
  const closed = mailbox.taken();
  mailbox.close();
  await closed;
});
