import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { SimCamera } from './sim-camera.ts';

test('a script plays on the clock, and whoever comes late sees what comes then', async () => {
  const clock = new VirtualClock();
  const camera = new SimCamera('sim', clock);
  const picture = { width: 1, height: 1, data: Uint8Array.of(9) };
  const stop = new AbortController();
  const told: string[] = [];
  const reading = (async () => {
    for await (const event of camera.events(stop.signal)) {
      const what = event.kind === 'offline' ? event.reason : event.kind;
      told.push(`${clock.monoMs()} ${what}`);
    }
  })();
  const playing = camera.play(
    [
      { afterMs: 100, picture },
      { afterMs: 900, fault: 'camera.stalled' },
      { afterMs: 500, picture },
    ],
    stop.signal,
  );
  await clock.advance(2_000);
  await playing;
  stop.abort();
  await reading;
  expect(told).toEqual([
    '100 online',
    '100 frame',
    '1000 camera.stalled',
    '1500 online',
    '1500 frame',
  ]);
});
