import type { Clock } from '../../src/ports/clock.ts';

export type CameraDriver = 'v4l2' | 'rtsp' | 'mjpeg' | 'file' | 'stills';

/** One camera as configured. Every frame it gives is exactly `widthPx` by `heightPx`, whatever the stream sends. */
export type CameraSettings = {
  readonly id: string;
  readonly driver: CameraDriver;
  /** v4l2: device path; rtsp, mjpeg: URL, with credentials where the camera wants them; file, stills: path. */
  readonly source: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** At most about this many frames a second are decoded further; v4l2 and stills are asked for exactly this. */
  readonly framesPerS: number;
  /** file and stills: begin again at the end. Without it the camera goes offline as `camera.ended` and stays so. */
  readonly loop?: boolean;
  /**
   * file and stills: false gives every frame as fast as the consumer takes them, none dropped, as reading a recording
   * needs it. Default true: played at its own speed, the newest frame wins.
   */
  readonly realtime?: boolean;
  /** v4l2: names and values as `v4l2-ctl --list-ctrls` prints them, e.g. `focus_absolute`. */
  readonly controls?: Readonly<Record<string, number>>;
};

/** Programs that drivers start; names are looked up in the system's own folders, never in the caller's PATH. */
export type CameraPrograms = { readonly ffmpeg: string; readonly v4l2Ctl: string };

export type CameraDeps = {
  readonly clock: Clock;
  /** In [0, 1): spreads restarts so that cameras on one switch do not come back in step. */
  readonly random: () => number;
  readonly programs?: CameraPrograms;
};

/** Why a camera is out; docs/devices.md tells what to do about each. */
export type CameraReason =
  | 'camera.no-ffmpeg'
  | 'camera.no-device'
  | 'camera.no-source'
  | 'camera.busy'
  | 'camera.denied'
  | 'camera.unreachable'
  | 'camera.no-picture'
  | 'camera.bad-picture'
  | 'camera.stalled'
  | 'camera.lost'
  | 'camera.ended';

export const SYSTEM_PROGRAMS: CameraPrograms = { ffmpeg: 'ffmpeg', v4l2Ctl: 'v4l2-ctl' };
