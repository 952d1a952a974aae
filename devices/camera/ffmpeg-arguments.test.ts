import { expect, test } from 'vitest';
import type { CameraSettings } from './camera-settings.ts';
import { ffmpegArguments } from './ffmpeg-arguments.ts';

type Driver = Exclude<CameraSettings['driver'], 'stills'>;

const lane = (driver: Driver, source: string, more: Partial<CameraSettings> = {}) =>
  ffmpegArguments(
    { id: 'lane-1', widthPx: 1_920, heightPx: 1_080, framesPerS: 15, ...more, driver, source },
    0,
  ).join(' ');

test('RTSP is asked for over TCP, without waiting or buffering', () => {
  expect(lane('rtsp', 'rtsp://10.0.0.5/stream')).toBe(
    '-hide_banner -nostdin -nostats -loglevel error -filter_threads 1 -threads 1 -max_pixels 66355200 ' +
      '-fflags nobuffer -flags low_delay -use_wallclock_as_timestamps 1 ' +
      '-protocol_whitelist rtsp,rtp,tcp,udp,tls,srtp -rtsp_transport tcp -allowed_media_types video ' +
      '-timeout 10000000 -max_delay 0 -analyzeduration 500000 -probesize 500000 ' +
      '-i rtsp://10.0.0.5/stream ' +
      "-map 0:v:0 -vf select='isnan(prev_selected_t)+lt(t,prev_selected_t)+gte(t-prev_selected_t,0.0433)'," +
      'scale=1920:1080:force_original_aspect_ratio=decrease:out_range=full,format=gray,' +
      'pad=1920:1080:(ow-iw)/2:(oh-ih)/2,settb=1/1000,setpts=1000*N ' +
      '-threads 1 -fps_mode passthrough -f rawvideo -pix_fmt gray -flush_packets 1 pipe:1',
  );
});

test('HTTP is read as a multipart stream whose broken pictures are dropped', () => {
  const line = lane('mjpeg', 'http://10.0.0.5/mjpg');
  expect(line).toContain('-err_detect explode');
  expect(line).toContain('-f mpjpeg -i http://10.0.0.5/mjpg');
  expect(line).toContain('-protocol_whitelist http,https,tcp,tls ');
});

test('a capture device is asked for JPEG first, and without a wish the next time', () => {
  const settings = {
    id: 'lane-1',
    driver: 'v4l2' as const,
    source: '/dev/video0',
    widthPx: 1_280,
    heightPx: 720,
    framesPerS: 30,
  };
  expect(ffmpegArguments(settings, 0).join(' ')).toContain(
    '-f v4l2 -framerate 30 -video_size 1280x720 -input_format mjpeg -i /dev/video0',
  );
  expect(ffmpegArguments(settings, 1).join(' ')).toContain(
    '-f v4l2 -framerate 30 -video_size 1280x720 -i /dev/video0',
  );
});

test('a file plays at its own speed, and again only when told', () => {
  expect(lane('file', 'gate.mp4')).toContain(' -re -protocol_whitelist file -i file:gate.mp4');
  expect(lane('file', 'gate.mp4', { loop: true })).toContain(' -re -stream_loop -1 -protocol');
});

test('a recording is read as fast as it is taken, every frame of it', () => {
  const line = lane('file', 'gate.mp4', { realtime: false });
  expect(line).not.toContain('-re');
  expect(line).not.toContain('select=');
});

test('a source that begins with a dash is a file name, never an option', () => {
  const settings = { id: 'x', driver: 'file' as const, widthPx: 640, heightPx: 480, framesPerS: 5 };
  expect(ffmpegArguments({ ...settings, source: '-version' }, 0)).toContain('file:-version');
});
