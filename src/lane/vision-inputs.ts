import type { VisionEvent } from '../vision/vision-event.ts';
import type { LaneInput } from './lane-input.ts';

/** What a camera tells besides the codes that it is shown, as its lane takes it. */
export function visionInput(event: Exclude<VisionEvent, { kind: 'code-shown' }>): LaneInput {
  const { deviceId } = event;
  switch (event.kind) {
    case 'code-left':
      return { kind: 'code-left', sighting: { deviceId, track: event.track } };
    case 'hint':
      return { kind: 'hint', word: event.hint };
    case 'luminance':
      return { kind: 'luminance', mean: event.mean };
    case 'online':
    case 'offline':
      return { kind: 'camera', deviceId, online: event.kind === 'online' };
    default:
      return event satisfies never;
  }
}
