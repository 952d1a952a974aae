import type { CameraReason, CameraSettings } from './camera-settings.ts';
import type { ChildEnd } from './child-run.ts';

/** One life of a camera's child, from its start to its end. */
export type SessionEnd = {
  readonly end: ChildEnd;
  readonly framesSeen: boolean;
  /** The watchdog killed it. */
  readonly overdue: boolean;
  readonly lines: readonly string[];
};

type Outage = { readonly reason: CameraReason; readonly advice?: string };

/** What ffmpeg says when it could not even begin, in the order to look for. */
const SAID: readonly (readonly [RegExp, CameraReason])[] = [
  [/device or resource busy/i, 'camera.busy'],
  [
    /(returned|error|failed:) 40[13]\b|unauthorized|permission denied|operation not permitted/i,
    'camera.denied',
  ],
  [/(returned|error|failed:) 404\b/i, 'camera.no-source'],
  [
    /(returned|error|failed:) [45]|connection (refused|reset|timed out)|timed out|no route|unreachable|failed to resolve|input\/output error|end of file/i,
    'camera.unreachable',
  ],
];

/** Why the camera is out, and a sentence for the operator where ffmpeg's own is not enough. */
export function outageOf(settings: CameraSettings, session: SessionEnd): Outage {
  const { end, framesSeen, overdue } = session;
  if (end.kind === 'not-started') return notStarted(end.errorCode);
  if (overdue) return { reason: framesSeen ? 'camera.stalled' : 'camera.no-picture' };
  if (!framesSeen) return neverBegan(settings, session.lines.join('\n'));
  const ended = settings.driver === 'file' && settings.loop !== true && end.code === 0;
  return { reason: ended ? 'camera.ended' : 'camera.lost' };
}

function neverBegan({ driver, source }: CameraSettings, said: string): Outage {
  const local = driver === 'file' || driver === 'v4l2';
  if (local && /no such (file|device)|is a directory/i.test(said)) {
    return driver === 'v4l2'
      ? { reason: 'camera.no-device', advice: noDevice(source) }
      : { reason: 'camera.no-source', advice: `no video file ${source}: mend source` };
  }
  const reason = SAID.find(([pattern]) => pattern.test(said))?.[1] ?? 'camera.bad-picture';
  return { reason: local && reason === 'camera.unreachable' ? 'camera.bad-picture' : reason };
}

function notStarted(errorCode: string): Outage {
  if (errorCode === 'ENOENT') {
    const advice = 'ffmpeg is not installed: apt install ffmpeg (5.1 or newer)';
    return { reason: 'camera.no-ffmpeg', advice };
  }
  return { reason: 'camera.no-ffmpeg', advice: `ffmpeg could not be started (${errorCode})` };
}

function noDevice(source: string): string {
  return `no ${source}: plug the camera in, see "v4l2-ctl --list-devices" for its name, and check that the daemon's user is in the group "video"`;
}
