import { expect, test } from 'vitest';
import { LineTail } from './line-tail.ts';
import { applyControls, controlArguments } from './v4l2-controls.ts';

const controls = { focus_absolute: 30, focus_automatic_continuous: 0, auto_exposure: 1 };

test('automatic modes are switched off before the values that they would own', () => {
  expect(controlArguments('/dev/video2', controls)).toEqual([
    ['--device', '/dev/video2', '--set-ctrl=focus_automatic_continuous=0'],
    ['--device', '/dev/video2', '--set-ctrl=auto_exposure=1'],
    ['--device', '/dev/video2', '--set-ctrl=focus_absolute=30'],
  ]);
});

test('without v4l2-ctl the operator is told once what to install', async () => {
  const tail = new LineTail((line) => line);
  const settings = {
    ...{ id: 'lane-1', driver: 'v4l2' as const, source: '/dev/video2', controls },
    ...{ widthPx: 640, heightPx: 480, framesPerS: 15 },
  };
  await applyControls('no-such-v4l2-ctl', settings, tail, new AbortController().signal);
  expect(tail.lines()).toEqual([
    'v4l2-ctl is not installed, controls were not set: apt install v4l-utils',
  ]);
});
