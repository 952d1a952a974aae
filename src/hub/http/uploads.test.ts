import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { Uploads } from './uploads.ts';

function connection() {
  return {
    ...{ bytesRead: 0, isCut: false },
    destroy() {
      this.isCut = true;
    },
  };
}

test('a body that comes fast enough has two minutes and no more', async () => {
  const clock = new VirtualClock();
  const uploads = new Uploads(clock);
  const socket = connection();
  uploads.begin({}, socket);
  for (let s = 0; s < 119; s++) {
    await clock.advance(1_000);
    socket.bytesRead += 4_096;
    expect(uploads.sweep()).toBe(0);
  }
  await clock.advance(1_000);
  socket.bytesRead += 4_096;
  expect([uploads.sweep(), socket.isCut]).toEqual([1, true]);
});

test('a body whose route reads it itself is not cut here', async () => {
  const clock = new VirtualClock();
  const uploads = new Uploads(clock);
  const [request, socket] = [{}, connection()];
  uploads.begin(request, socket);
  uploads.end(request);
  await clock.advance(3_600_000);
  expect([uploads.sweep(), socket.isCut]).toEqual([0, false]);
});
