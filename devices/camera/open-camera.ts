import type { FrameSource } from '../../src/ports/frame-source.ts';
import type { CameraDeps, CameraSettings } from './camera-settings.ts';
import { FfmpegCamera } from './ffmpeg-camera.ts';
import { StillsCamera } from './stills-camera.ts';

/** The camera of these settings. Nothing is started before its events are asked for. */
export function openCamera(settings: CameraSettings, deps: CameraDeps): FrameSource {
  const { driver } = settings;
  if (driver === 'stills') return new StillsCamera(settings, deps);
  return new FfmpegCamera({ ...settings, driver }, deps);
}
