import { expect, test } from 'vitest';
import { CAMERA_WARNINGS } from '../../../src/vision/camera-health.ts';
import { isTextKey, translator } from '../../texts/texts.ts';
import { lane } from '../gallery/people.ts';
import { bannersOf } from './banners.ts';
import { stateItemsOf } from './states.ts';

const t = translator('vi');
const SEEN = { restartMs: null, card: null, keyboard: 'us' } as const;

function warned(warning: string) {
  const usual = lane();
  const devices = usual.devices.map((device) =>
    device.kind === 'camera' ? { ...device, warning } : device,
  );
  return { ...usual, devices };
}

test('what is wrong with a camera that works has its words in the strip and a banner', () => {
  for (const warning of CAMERA_WARNINGS) {
    const key = `banner.${warning}`;
    if (!isTextKey(key)) throw new Error(`no words for ${warning}`);
    const poor = warned(warning);
    expect(bannersOf(poor, 0, SEEN, t).map(({ text }) => text)).toContain(t(key));
    const item = stateItemsOf(poor, 0, t).find(({ id }) => id === 'device-cam-1');
    expect(item?.level).toBe('warning');
    expect(item?.detail).not.toBe(warning);
  }
});

test('a camera that works well has neither', () => {
  expect(bannersOf(lane(), 0, SEEN, t).filter(({ id }) => id === 'device')).toEqual([]);
});
