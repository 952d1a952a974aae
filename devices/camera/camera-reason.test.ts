import { expect, test } from 'vitest';
import { outageOf, type SessionEnd } from './camera-reason.ts';
import type { CameraDriver, CameraSettings } from './camera-settings.ts';

const settings = (driver: CameraDriver, source = 'source'): CameraSettings => ({
  ...{ id: 'lane-1', driver, source, widthPx: 640, heightPx: 480, framesPerS: 15 },
});
const session = (line: string, more: Partial<SessionEnd> = {}): SessionEnd => ({
  ...{ end: { kind: 'exited', code: 1 }, framesSeen: false, overdue: false, lines: [line] },
  ...more,
});

// Lines as ffmpeg 5.1 prints them.
test.each<[CameraDriver, string, string]>([
  ['rtsp', 'method DESCRIBE failed: 401 Unauthorized', 'camera.denied'],
  ['rtsp', 'method DESCRIBE failed: 404 Not Found', 'camera.no-source'],
  ['mjpeg', 'http://10.0.0.5/***: Server returned 403 Forbidden (access denied)', 'camera.denied'],
  ['mjpeg', 'http://10.0.0.5/***: Server returned 404 Not Found', 'camera.no-source'],
  ['mjpeg', 'Server returned 5XX Server Error reply', 'camera.unreachable'],
  ['mjpeg', 'rtsp://10.0.0.5:401/***: Connection refused', 'camera.unreachable'],
  ['rtsp', 'Connection to tcp://10.0.0.5:554 failed: No route to host', 'camera.unreachable'],
  ['rtsp', 'Failed to resolve hostname gate: Name or service not known', 'camera.unreachable'],
  ['mjpeg', 'http://10.0.0.5/***: End of file', 'camera.unreachable'],
  ['v4l2', 'ioctl(VIDIOC_STREAMON): Device or resource busy', 'camera.busy'],
  ['v4l2', 'Cannot open video device /dev/video0: Permission denied', 'camera.denied'],
  ['v4l2', 'Cannot open video device: No such file or directory', 'camera.no-device'],
  ['v4l2', '/dev/video0: No such device', 'camera.no-device'],
  ['v4l2', '/dev/video0: Input/output error', 'camera.bad-picture'],
  ['file', 'file:x.mp4: No such file or directory', 'camera.no-source'],
  ['file', 'file:x.mp4: Invalid data found when processing input', 'camera.bad-picture'],
  ['file', 'file:x.mp4: End of file', 'camera.bad-picture'],
])('%s: "%s" is %s', (driver, line, reason) => {
  expect(outageOf(settings(driver), session(line)).reason).toBe(reason);
});

test('a file that ends whole has ended; cut off, looped or a stream, it is lost', () => {
  const seen = { framesSeen: true, end: { kind: 'exited', code: 0 } } as const;
  const killed = { framesSeen: true, end: { kind: 'exited', code: null } } as const;
  expect(outageOf(settings('file'), session('', seen)).reason).toBe('camera.ended');
  expect(outageOf(settings('file'), session('', killed)).reason).toBe('camera.lost');
  expect(outageOf({ ...settings('file'), loop: true }, session('', seen)).reason).toBe(
    'camera.lost',
  );
  expect(outageOf(settings('rtsp'), session('', seen)).reason).toBe('camera.lost');
});

test('a file of which no picture came has not ended, whatever the exit code', () => {
  const silent = { end: { kind: 'exited', code: 0 } } as const;
  expect(outageOf(settings('file'), session('', silent)).reason).toBe('camera.bad-picture');
});

test('what the watchdog killed is stalled, or never had a picture', () => {
  const late = { overdue: true, end: { kind: 'exited', code: null } } as const;
  expect(outageOf(settings('rtsp'), session('', late)).reason).toBe('camera.no-picture');
  expect(outageOf(settings('rtsp'), session('', { ...late, framesSeen: true })).reason).toBe(
    'camera.stalled',
  );
});

test('a program that may not be started is told with the system’s code', () => {
  const end = { kind: 'not-started', errorCode: 'EACCES' } as const;
  const outage = outageOf(settings('rtsp'), session('', { end }));
  expect(outage).toMatchObject({ reason: 'camera.no-ffmpeg' });
  expect(outage.advice).toContain('EACCES');
});
