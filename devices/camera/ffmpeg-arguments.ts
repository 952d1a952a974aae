import type { CameraSettings } from './camera-settings.ts';

/** Sockets that say nothing for this long end by themselves should this process die; the frame-age watchdog is faster. */
const SOCKET_TIMEOUT_US = 10_000_000;
/** Larger pictures are refused before they are decoded: twice an 8K picture. */
const INPUT_PIXELS_MAX = 2 * 7_680 * 4_320;

type FfmpegSettings = CameraSettings & {
  readonly driver: Exclude<CameraSettings['driver'], 'stills'>;
};

/**
 * ffmpeg's command line for a camera: raw grey frames of `widthPx` by `heightPx`, rows without padding, on stdout.
 *
 * `attempt` chooses between ways of asking where devices differ: webcams give their large pictures as JPEG only, other
 * capture devices know no JPEG.
 */
export function ffmpegArguments(settings: FfmpegSettings, attempt: number): readonly string[] {
  const decoding = ['-threads', '1', '-max_pixels', String(INPUT_PIXELS_MAX)];
  // The raw "encoder" too has threads, and each holds a picture back: 67 ms at 15 a second.
  const output = [
    '-threads',
    '1',
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
  ];
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-filter_threads', '1'],
    ...decoding,
    ...inputArguments(settings, attempt),
    ...['-map', '0:v:0', '-vf', filters(settings)],
    ...output,
    ...['-flush_packets', '1', 'pipe:1'],
  ];
}

function inputArguments(settings: FfmpegSettings, attempt: number): readonly string[] {
  const { driver, source, framesPerS, widthPx, heightPx } = settings;
  // Without wall clock times, a source whose own clock jumps would be thinned out wrongly. See `filters`.
  const live = ['-fflags', 'nobuffer', '-flags', 'low_delay', '-use_wallclock_as_timestamps', '1'];
  // A JPEG cut short would otherwise come out as a good frame, grey or black where it ends.
  const whole = ['-err_detect', 'explode'];
  switch (driver) {
    case 'rtsp':
      return [
        ...live,
        ...['-protocol_whitelist', 'rtsp,rtp,tcp,udp,tls,srtp', '-rtsp_transport', 'tcp'],
        ...['-allowed_media_types', 'video', '-timeout', String(SOCKET_TIMEOUT_US)],
        ...['-max_delay', '0', '-analyzeduration', '500000', '-probesize', '500000'],
        ...['-i', source],
      ];
    case 'mjpeg':
      return [
        ...live,
        ...whole,
        ...['-protocol_whitelist', 'http,https,tcp,tls', '-rw_timeout', String(SOCKET_TIMEOUT_US)],
        ...['-f', 'mpjpeg', '-i', source],
      ];
    case 'v4l2':
      return [
        ...live,
        ...whole,
        ...[
          '-f',
          'v4l2',
          '-framerate',
          String(framesPerS),
          '-video_size',
          `${widthPx}x${heightPx}`,
        ],
        ...(attempt % 2 === 0 ? ['-input_format', 'mjpeg'] : []),
        ...['-i', source],
      ];
    case 'file':
      return [
        ...(settings.realtime === false ? [] : ['-re']),
        ...(settings.loop === true ? ['-stream_loop', '-1'] : []),
        ...['-protocol_whitelist', 'file', '-i', `file:${source}`],
      ];
    default:
      return driver satisfies never;
  }
}

/** Frames of a burst share a tick of the stream's clock and would be dropped: one second a frame, nobody looks at it. */
const NUMBERED = 'settb=1/1000,setpts=1000*N';

/**
 * Frames beyond `framesPerS` are dropped before they cost anything; the limit has a third of slack, since a stream of
 * exactly that rate arrives with jitter. The pinned scale lets a change of resolution pass, bars keep codes square. `out_range`:
 * video has black at 16 and white at 235, JPEG at 0 and 255; frames always have the latter.
 */
function filters(settings: FfmpegSettings): string {
  const { widthPx, heightPx, framesPerS } = settings;
  const gapS = (0.65 / framesPerS).toFixed(4);
  const thin = `select='isnan(prev_selected_t)+lt(t,prev_selected_t)+gte(t-prev_selected_t,${gapS})'`;
  const scale = `scale=${widthPx}:${heightPx}:force_original_aspect_ratio=decrease:out_range=full`;
  const pad = `pad=${widthPx}:${heightPx}:(ow-iw)/2:(oh-ih)/2`;
  const everyFrame = settings.driver === 'file' && settings.realtime === false;
  return [...(everyFrame ? [] : [thin]), scale, 'format=gray', pad, NUMBERED].join(',');
}
